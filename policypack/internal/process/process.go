// Package process finds the processes that a process has started.
package process

// Process is a running process.
type Process struct {
	ID, Parent int
	// Command is its command line.
	Command string
}

// Below returns the processes that a process has started, and their descendants, as
// far as the system reveals them.
func Below(id int) []Process {
	all := All()
	var found []Process
	for parents := []int{id}; len(parents) > 0; parents = parents[1:] {
		for _, p := range all {
			if p.Parent == parents[0] {
				found = append(found, p)
				parents = append(parents, p.ID)
			}
		}
	}
	return found
}
