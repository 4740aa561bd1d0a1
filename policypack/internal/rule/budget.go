package rule

import (
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// Budget parameters, for every rule that reads source.
const (
	maxFiles     = "maxFiles"
	maxMegabytes = "maxMegabytes"
	maxSeconds   = "maxSeconds"
)

// BudgetParams are the parameters that bound what reading the source may cost.
// Rules with the same values read it once, together.
func BudgetParams() []Param {
	return []Param{
		{
			Name: maxFiles, Type: Integer, Default: 5000,
			Description: "How many source files are looked at before the rule answers \"not evaluated\".",
		},
		{
			Name: maxMegabytes, Type: Integer, Default: 64,
			Description: "How many megabytes of source are read before the rule answers \"not evaluated\".",
		},
		{
			Name: maxSeconds, Type: Integer, Default: 2,
			Description: "How many seconds reading may take before the rule answers \"not evaluated\".",
		},
	}
}

// Budget is what BudgetParams are set to.
func (p *Pass) Budget() tree.Budget {
	return tree.Budget{
		Files: p.Number(maxFiles),
		Bytes: int64(p.Number(maxMegabytes)) << 20,
		Time:  time.Duration(p.Number(maxSeconds)) * time.Second,
	}
}
