package rules_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// said returns what rules said, one line each: of the program itself, or of the one that translate turns into it.
func said(res check.Result, translate func(resource.URN, string, string) (resource.URN, string, string)) []string {
	if translate == nil {
		translate = func(urn resource.URN, property, message string) (resource.URN, string, string) {
			return urn, property, message
		}
	}
	var lines []string
	for _, f := range res.Findings {
		urn, property, message := translate(f.URN, f.Property, f.Message)
		lines = append(lines, fmt.Sprintf("%s %s: %s", urn, property, message))
	}
	for _, n := range res.NotEvaluated {
		urn, _, reason := translate(n.URN, "", n.Reason)
		lines = append(lines, fmt.Sprintf("%s not evaluated: %s", urn, reason))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// nativeProperties returns the paths of each type's properties in aws-native; see testdata/properties.py there.
func nativeProperties(t *testing.T) map[graph.Type]map[string]bool {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "aws", "native", "testdata", "properties.txt"))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // nothing is written
	all := map[graph.Type]map[string]bool{}
	var of map[string]bool
	for lines := bufio.NewScanner(f); lines.Scan(); {
		path, isProperty := strings.CutPrefix(lines.Text(), " ")
		if !isProperty {
			of = map[string]bool{}
			all[graph.Type(path)] = of
			continue
		}
		of[path] = true
		for i, c := range path {
			if c == '.' {
				of[path[:i]+".*"] = true // has known members
			}
		}
	}
	return all
}

// invented returns the paths of arguments that a type does not have. What is in a value without known members, such as a
// policy, may be anything.
func invented(has map[string]bool, path string, v graph.Value) []string {
	if path != "" && !has[path] {
		return []string{path}
	}
	var found []string
	if v.IsList() {
		for _, item := range v.Items() {
			found = append(found, invented(has, path, item)...)
		}
	} else if path == "" || has[path+".*"] {
		for _, key := range v.Keys() {
			found = append(found, invented(has, strings.TrimPrefix(path+"."+key, "."), v.Get(key))...)
		}
	}
	return found
}

// notInNative are the arguments that aws-native does not have, with the reason. A case that gives one to a resource
// cannot be said in it.
var notInNative = map[string]string{
	"__defaults":   "it is the real provider's own note",
	"forceDestroy": "CloudFormation never empties a bucket",
	"grants":       "CloudFormation has canned ACLs only",
	"namePrefix":   "a name is given or made up, not begun",
	"qualifier":    "it is in the name or the ARN of the function",
	"region":       "a resource is in the region of its provider",
	// Of pulumi-aws 5 and 6, for what has a place of its own in 7 and in aws-native.
	"lifecycleRules":                     "it is spelt lifecycleConfiguration",
	"loggings":                           "it is spelt loggingConfiguration",
	"policy":                             "it is a resource of its own",
	"serverSideEncryptionConfiguration":  "it is spelt bucketEncryption",
	"serverSideEncryptionConfigurations": "it is spelt bucketEncryption",
	"versioning":                         "it is spelt versioningConfiguration",
	"versionings":                        "it is spelt versioningConfiguration",
}

// aboutMisspelling are rules that judge arguments which do not exist, in aws-native either.
var aboutMisspelling = []string{"s3-bucket-arguments", "s3-notification-typed"}

// otherInNative are cases of which a rule says something else of aws-native, with the reason.
var otherInNative = map[string]string{
	"s3-public-access-block/block by way of the bucket's versioning": "the versioning is part of the bucket, so that nothing is in doubt",
}

// nothingOfNative are the rules that have nothing to say of resources of aws-native, with the reason.
var nothingOfNative = map[string]string{
	"lambda-archive-deterministic": "code comes from S3 or is a text",
	"lambda-archive-handler":       "code comes from S3 or is a text",
	"lambda-prebuilt-code":         "code comes from S3 or is a text, of which TestInlineCodeIsMadeByTheProgram has a case",
	"s3-no-force-destroy":          notInNative["forceDestroy"],
	"secrets-in-outputs":           "it judges the outputs of the stack",
}

// Each case of each rule is tried with the same resources in the spelling of aws-native.
func TestEachRuleSaysTheSameOfAWSNative(t *testing.T) {
	t.Parallel()
	has := nativeProperties(t)
	var mu sync.Mutex
	fired, met := map[string]int{}, map[string]bool{}
	t.Run("cases", func(t *testing.T) {
		for id, cases := range cases(t) {
			for _, c := range cases {
				for name, phase := range phases {
					t.Run(id+"/"+c.Name+" "+name, func(t *testing.T) {
						t.Parallel()
						g, err := ruletest.Graph(c.Program, phase)
						require.NoError(t, err)
						policies := only(id)
						policies[id] = config.Policy{Level: apitype.Mandatory, Params: c.Params}
						native := ruletest.Native(g)
						missing, isNative := notExpressed(has, native)
						if !slices.Contains(aboutMisspelling, id) && len(missing) > 0 {
							for _, name := range missing {
								assert.Contains(t, notInNative, name)
								mu.Lock()
								met[name] = true
								mu.Unlock()
							}
							return
						}
						want, got := said(checkGraph(t, g, policies), native.Translate), said(checkGraph(t, native.Graph, policies), nil)
						if otherInNative[id+"/"+c.Name] != "" {
							mu.Lock()
							met[id+"/"+c.Name] = met[id+"/"+c.Name] || !slices.Equal(want, got)
							mu.Unlock()
							return
						}
						assert.Equal(t, want, got, "%s", c.Program)
						if isNative && c.Fires() {
							mu.Lock()
							fired[id]++
							mu.Unlock()
						}
					})
				}
			}
		}
	})
	for name := range notInNative {
		assert.True(t, met[name], "no case needs the argument %s", name)
	}
	for name := range otherInNative {
		assert.True(t, met[name], "the rule says the same of %s", name)
	}
	for _, r := range registry(t).Rules() {
		if !r.Scope.Code() {
			assert.Equal(t, nothingOfNative[r.ID] == "", fired[r.ID] > 0, "%s has %d cases that it stops in aws-native", r.ID, fired[r.ID])
		}
	}
}

// notExpressed returns the names of the arguments of a program that aws-native does not have, and whether it has AWS
// resources, all of aws-native.
func notExpressed(has map[graph.Type]map[string]bool, p ruletest.NativeProgram) (names []string, isNative bool) {
	for _, r := range p.Graph.Resources {
		d := r.Declared()
		if d == r || !d.Managed() {
			continue
		}
		isNative = len(p.Kept) == 0
		for _, path := range invented(has[d.Type], "", graph.NewValue(resource.NewProperty(d.Inputs))) {
			names = append(names, path[strings.LastIndexByte(path, '.')+1:])
		}
	}
	return names, isNative
}
