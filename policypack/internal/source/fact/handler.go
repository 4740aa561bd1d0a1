package fact

import "fmt"

// Handler is the source of one handler: the file that Lambda loads first and the files that it imports.
type Handler struct {
	Facts
	// Entry is the file, or for Go the folder, that the handler starts in,
	// relative to the program's folder.
	Entry string
}

// Unread returns a single line that explains why part of the source could not be read, or "" if all of it was.
func (f *Facts) Unread() string {
	if len(f.Gaps) == 0 {
		return ""
	}
	first := f.Gaps[0].File + " " + f.Gaps[0].Reason
	if f.Gaps[0].File == "." {
		first = "the program's folder " + f.Gaps[0].Reason
	}
	if len(f.Gaps) > 1 {
		first += fmt.Sprintf(" (and %d more)", len(f.Gaps)-1)
	}
	return first
}
