package rule

// The parameters of every rule that reads source, which bound what reading may cost.
const (
	MaxFiles     = "maxFiles"
	MaxMegabytes = "maxMegabytes"
	MaxSeconds   = "maxSeconds"
)

// BudgetParams returns the parameters that bound what reading the source may cost.
// Rules with the same values read it once, together.
func BudgetParams() []Param {
	return []Param{
		{
			Name: MaxFiles, Type: Integer, Default: 5000,
			Description: "How many source files are looked at before the rule answers \"not evaluated\".",
		},
		{
			Name: MaxMegabytes, Type: Integer, Default: 64,
			Description: "How many megabytes of source are read before the rule answers \"not evaluated\".",
		},
		{
			Name: MaxSeconds, Type: Integer, Default: 2,
			Description: "How many seconds reading may take before the rule answers \"not evaluated\".",
		},
	}
}
