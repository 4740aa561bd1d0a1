package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// notInfrastructure lists packages whose resources do not exist in a cloud: they generate values or run something on
// the machine that deploys.
var notInfrastructure = []string{
	"archive", "command", "docker", "docker-build", "external", "local", "null", "pulumi", "random", "std", "time", "tls",
}

// isJudged reports whether a resource is from a package whose resources the rules judge, or needs no judgement.
func isJudged(r *graph.Resource) bool {
	pkg, _, _ := strings.Cut(string(r.Type), ":")
	return pkg == "aws" || !r.Managed() || r.Component || slices.Contains(notInfrastructure, pkg)
}

// maxTypes bounds how many types of resources a notice names.
const maxTypes = 10

// unjudged returns the notice that no rule judges some of the resources, by their types; nil if there are none.
func unjudged(g *graph.Graph) []finding.Notice {
	byType, total := map[graph.Type]int{}, 0
	for _, r := range g.Resources {
		if !isJudged(r) {
			byType[r.Type]++
			total++
		}
	}
	if total == 0 {
		return nil
	}
	types := slices.SortedFunc(maps.Keys(byType), func(a, b graph.Type) int {
		return cmp.Or(byType[b]-byType[a], cmp.Compare(a, b))
	})
	var names []string
	for _, t := range types[:min(len(types), maxTypes)] {
		names = append(names, fmt.Sprintf("%s (%d)", t, byType[t]))
	}
	if more := len(types) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more types", more))
	}
	subject := "1 resource is of a type that no rule judges: "
	if total > 1 {
		subject = fmt.Sprintf("%d resources are of types that no rule judges: ", total)
	}
	message := subject + strings.Join(names, ", ")
	return []finding.Notice{{Message: message}}
}
