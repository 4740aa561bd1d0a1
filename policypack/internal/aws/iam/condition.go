package iam

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// condition is one key of a Condition element under one operator. It holds when
// the request's value for the key matches any of the values.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	// operator and key are in lower case: IAM does not regard their case. The
	// operator is without its prefix and suffix.
	operator, key string
	// set is "forallvalues" or "foranyvalue" for a key of several values.
	set string
	// ifExists says that the condition also holds where the key is missing.
	ifExists bool
	values   []string
	// open says that more is not known yet: values or, without a key, all.
	open bool
}

func parseConditions(element any) []condition {
	operators, ok := element.(map[string]any)
	if !ok {
		if element == nil {
			return nil
		}
		return []condition{{open: true}}
	}
	var all []condition
	for _, operator := range sortedKeys(operators) {
		keys, ok := operators[operator].(map[string]any)
		if !ok {
			all = append(all, condition{open: true})
			continue
		}
		for _, key := range sortedKeys(keys) {
			all = append(all, newCondition(operator, key, keys[key]))
		}
	}
	return all
}

func newCondition(operator, key string, values any) condition {
	c := condition{operator: strings.ToLower(operator), key: strings.ToLower(key)}
	if set, rest, found := strings.Cut(c.operator, ":"); found {
		c.set, c.operator = set, rest
	}
	c.operator, c.ifExists = strings.CutSuffix(c.operator, "ifexists")
	c.open = values == nil
	for _, value := range list(values) {
		switch v := value.(type) {
		case string:
			c.values = append(c.values, v)
		case bool:
			c.values = append(c.values, strconv.FormatBool(v))
		case float64:
			c.values = append(c.values, strconv.FormatFloat(v, 'f', -1, 64))
		default:
			c.open = true
		}
	}
	return c
}

// likening are the operators that hold for a value like the given ones, and so
// tie a statement to them.
var likening = []string{"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}

// callers are the condition keys that tell whose request it is: the caller's
// account, organisation or ARN, those of the resource that a service acts for,
// the network endpoint, the service that a key is used through, and the access
// point. Addresses, the referer and TLS tell from where and how, not who.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var callers = []string{
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
	"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
	"kms:calleraccount", "kms:viaservice",
	"s3:dataaccesspointaccount", "s3:dataaccesspointarn",
}

// narrowed says whether a condition ties the statement to certain callers.
func (s Statement) narrowed() answer.Answer {
	return s.TiedTo(func(key string) bool { return slices.Contains(callers, key) })
}

// TiedTo says whether a condition ties the statement to certain values of a key
// for which is says so: with a positive operator and values that are more than
// wildcards. The key is given in lower case.
func (s Statement) TiedTo(is func(key string) bool) answer.Answer {
	found := answer.No
	for _, c := range s.conditions {
		switch {
		case c.key == "":
			found = max(found, answer.Unknown)
		case is(c.key) && slices.Contains(likening, c.operator):
			// With …IfExists and ForAllValues a request without the key passes.
			if !c.ifExists && c.set != "forallvalues" || s.needs(c.key) {
				found = max(found, c.pins())
			}
		}
	}
	return found
}

// needs says that the statement applies only to requests that have the key.
func (s Statement) needs(key string) bool {
	return slices.ContainsFunc(s.conditions, func(c condition) bool {
		return c.operator == "null" && c.key == key && !c.open && slices.Equal(c.values, []string{"false"})
	})
}

// pins says whether each of the values leaves out something.
func (c condition) pins() answer.Answer {
	pinned := answer.Yes
	if c.open {
		pinned = answer.Unknown
	}
	for _, value := range c.values {
		pinned = min(pinned, pins(value))
		// Whoever has an account may name a role there as they like.
		if a, err := arn.Parse(value); c.key == "aws:principalarn" && err == nil && isWildcard(a.AccountID) {
			pinned = answer.No
		}
	}
	return pinned
}

// resourceVariables stand for the account or organisation that owns the
// resource.
var resourceVariables = []string{"${aws:ResourceAccount}", "${aws:ResourceOrgID}"}

func pins(value string) answer.Answer {
	if slices.ContainsFunc(resourceVariables, func(v string) bool { return strings.EqualFold(v, value) }) {
		return answer.Yes
	}
	literal := withoutVariables(value)
	switch {
	case !IsBare(literal):
		return answer.Yes
	case literal == value:
		return answer.No
	default: // it depends on what the variable stands for
		return answer.Unknown
	}
}

// kinds are what values begin with before they name anyone: the ids of
// organisations, VPCs and their endpoints, and the subjects that GitHub,
// Kubernetes, GitLab and HCP Terraform give their tokens.
var kinds = []string{"o-", "vpc-", "vpce-", "repo", "system:serviceaccount", "project_path", "organization"}

// owners are how subjects of tokens begin that name their owner next, and what
// ends its name. Whoever has an account there can be an owner.
// https://docs.github.com/en/actions/reference/security/oidc
// https://docs.gitlab.com/ci/secrets/id_token_authentication/
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
var owners = []struct{ prefix, end string }{{"repo:", "/"}, {"project_path:", "/"}, {"organization:", ":"}}

// IsBare says that a value names nothing in particular: wildcards alone, or in
// an ARN no account and no resource, as in arn:aws:s3:::* or arn:aws:sns:*:*:*,
// or no more than its kind, as in o-* or repo:*. A repository of GitHub, and the
// like, is anybody's until all of its owner's name is there.
func IsBare(value string) bool {
	if rest := strings.Trim(value, "*?:/"); rest == "" || slices.Contains(kinds, rest) {
		return true
	}
	for _, o := range owners {
		if rest, ok := strings.CutPrefix(value, o.prefix); ok {
			owner, _, _ := strings.Cut(rest, o.end)
			return strings.ContainsAny(owner, "*?")
		}
	}
	a, err := arn.Parse(value)
	if err != nil { // arn:aws:s3:* ends before it names an account
		return strings.HasPrefix(value, "arn:") && strings.HasSuffix(value, "*")
	}
	if strings.Trim(a.AccountID, "*?") != "" {
		return false
	}
	resource := a.Resource
	if i := strings.IndexAny(resource, ":/"); i >= 0 && a.Service != "s3" {
		resource = resource[i:] // the first word is the resource's type
	}
	return strings.Trim(resource, "*?:/") == ""
}

// service is an AWS service in a region.
type service struct {
	name   string
	region graph.Region
}

// serviceOf is the service that a resource belongs to, for those whose service
// uses keys on behalf of whoever uses the resource.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func serviceOf(r *graph.Resource) service {
	if r == nil {
		return service{}
	}
	names := map[graph.Type]string{graph.Bucket: "s3", graph.Function: "lambda", graph.Queue: "sqs", graph.Topic: "sns"}
	return service{names[r.Type], r.Region()}
}

// host is the service as kms:ViaService has it, with holes.
func (s service) host() string {
	if s.region.Name == "" {
		return s.name + "." + string(anyHole)
	}
	suffix := naming.PartitionOf(s.region.Name).DNSSuffix
	if suffix != "amazonaws.com" {
		suffix = string(anyHole) // AWS documents the form for its commercial regions
	}
	return s.name + "." + s.region.Name + "." + suffix
}

// holdsFor says whether the condition holds for a request. Of the conditions only
// the one on the service through which a key is used is looked into.
func (c condition) holdsFor(r request) answer.Answer {
	if c.key != "kms:viaservice" || r.through.name == "" {
		return answer.Unknown
	}
	found := answer.No
	if c.open {
		found = answer.Unknown
	}
	for _, value := range c.values {
		found = max(found, c.matches(value, r))
	}
	switch c.operator {
	case "stringequals", "stringequalsignorecase", "stringlike":
		return found
	case "stringnotequals", "stringnotequalsignorecase", "stringnotlike":
		return -found
	default:
		return answer.Unknown
	}
}

// matches says whether a value of the condition is the service through which a
// request is made.
func (c condition) matches(value string, r request) answer.Answer {
	host := r.through.host()
	if strings.HasSuffix(c.operator, "ignorecase") {
		value = strings.ToLower(value)
	}
	if !strings.HasSuffix(c.operator, "like") && !strings.Contains(value, "${") && strings.ContainsAny(value, "*?") {
		return answer.No // a wildcard stands for itself there
	}
	if matches := matchResource(value, host); matches != answer.No {
		return matches
	}
	if r.through.region.Open {
		host = service{name: r.through.name}.host()
	}
	if r.assumed != "" {
		value = strings.ReplaceAll(value, "."+r.assumed+".", ".*.")
	}
	return min(answer.Unknown, matchResource(value, host))
}

// holdsWithoutTLS says whether the condition holds for each request that does
// not come over TLS. AWS's own services, whom a policy may except, always use it.
func (c condition) holdsWithoutTLS() answer.Answer {
	has := func(value string) answer.Answer {
		switch {
		case slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, value) }):
			return answer.Yes
		case c.open:
			return answer.Unknown
		default:
			return answer.No
		}
	}
	switch {
	case c.key == "":
		return answer.Unknown
	case c.key == "aws:securetransport" && c.operator == "bool",
		c.key == "aws:principalisawsservice" && c.operator == "bool",
		c.key == "aws:viaawsservice" && c.operator == "bool":
		return has("false")
	case c.key == "aws:securetransport":
		return answer.Unknown // AWS documents no other operator for it
	case c.key == "s3:tlsversion" && (c.operator == "numericlessthan" || c.operator == "numericlessthanequals"):
		if slices.ContainsFunc(c.values, isVersion) {
			return answer.Yes
		}
		return has("")
	default:
		return answer.No
	}
}

func isVersion(s string) bool {
	version, err := strconv.ParseFloat(s, 64)
	return err == nil && version >= 1
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// TakesNoWildcards reports whether a condition operator, as it is written, compares wildcards literally.
func TakesNoWildcards(operator string) bool {
	_, name, isSet := strings.Cut(strings.ToLower(operator), ":")
	if !isSet {
		name = strings.ToLower(operator)
	}
	return strings.HasPrefix(name, "stringequals")
}
