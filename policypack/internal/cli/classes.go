package cli

import (
	"regexp"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
)

// v2Class is the name, in a message, of a class that later versions of pulumi-aws
// have without the suffix.
var v2Class = regexp.MustCompile(`\baws\.([a-z][a-z0-9]*)\.([A-Z]\w*)V2\b`)

// useClassesOf has fixes name the classes that a version of pulumi-aws has:
// aws.s3.BucketVersioningV2 is aws.s3.BucketVersioning since version 7.
func (c *checked) useClassesOf(version string) {
	if version == "" {
		return
	}
	current := func(text string) string {
		return v2Class.ReplaceAllStringFunc(text, func(class string) string {
			name := strings.TrimSuffix(class, "V2")
			parts := strings.Split(name, ".")
			module, typ := parts[1], parts[2]
			token := "aws:" + module + "/" + strings.ToLower(typ[:1]) + typ[1:] + ":" + typ
			if found, deprecated := planprovider.HasType(version, token); found && deprecated == "" && typ != "Bucket" {
				return name
			}
			return class
		})
	}
	for i, f := range c.Findings {
		c.Findings[i].Fix, c.Findings[i].Message = current(f.Fix), current(f.Message)
	}
	for i, w := range c.Waived {
		c.Waived[i].Fix, c.Waived[i].Message = current(w.Fix), current(w.Message)
	}
}
