// Package vet makes analyzers of the rules that judge source, for `go vet -vettool`.
package vet

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/golang"
)

// pulumiSDK is what a Pulumi program in Go imports.
const pulumiSDK = "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Analyzers returns the rules that judge source, for drivers of go/analysis such
// as `go vet -vettool`. There each package is judged by itself, with all its
// types. The rules about programs judge those that import Pulumi's SDK.
func Analyzers(registry *rule.Registry) []*analysis.Analyzer {
	var analyzers []*analysis.Analyzer
	for _, r := range registry.Rules() {
		if r.JudgeSource != nil {
			analyzers = append(analyzers, goAnalyzer(r))
		}
	}
	return analyzers
}

func goAnalyzer(r *rule.Rule) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:     strings.ReplaceAll(r.ID, "-", "_"), // a name is an identifier
		Doc:      r.Title + "\n\n" + r.Rationale + "\n\n" + r.Remediation,
		URL:      r.Links[0],
		Requires: []*analysis.Analyzer{golang.Analyzer},
		Run: func(pass *analysis.Pass) (any, error) {
			if r.Scope == rule.SourceScope && !importsPulumi(pass) {
				return nil, nil
			}
			facts, ok := pass.ResultOf[golang.Analyzer].(*fact.Facts)
			if !ok {
				return nil, nil
			}
			for _, v := range r.JudgeSource(facts) {
				if v.Answer == answer.No {
					pass.Report(analysis.Diagnostic{
						Pos: position(pass, v.Call), Category: r.ID, URL: r.Links[0],
						Message: r.ID + ": " + v.Message + rule.CalledFrom(facts, v.Call) + " Fix: " + v.Fix.Text(fix.Dialect{Language: fix.Go}, nil),
					})
				}
			}
			return nil, nil
		},
	}
}

func importsPulumi(pass *analysis.Pass) bool {
	return slices.ContainsFunc(pass.Pkg.Imports(), func(p *types.Package) bool { return p.Path() == pulumiSDK })
}

// position returns where a call starts, as a position of the driver.
func position(pass *analysis.Pass, c *fact.Call) token.Pos {
	for _, file := range pass.Files {
		f := pass.Fset.File(file.Pos())
		if f != nil && strings.HasSuffix(strings.ReplaceAll(f.Name(), `\`, "/"), c.Location.File) && c.Location.Line <= f.LineCount() {
			return f.LineStart(c.Location.Line) + token.Pos(max(c.Location.Column-1, 0))
		}
	}
	return token.NoPos
}
