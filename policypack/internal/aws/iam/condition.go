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

// condition is one key of a Condition element under one operator. It holds if the request's value for the key matches
// any of the values.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	// operator and key are in lower case, since IAM ignores their case. The operator has no prefix or suffix.
	operator, key string
	// set is "forallvalues" or "foranyvalue" for a key with several values.
	set string
	// ifExists is set if the condition also holds when the key is missing.
	ifExists bool
	values   []string
	// open is set if more is not known yet: some values or, if there is no key, the whole condition.
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

// likening are the operators that hold for values like the given ones, and so restrict a statement to them.
var likening = []string{"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}

// callers are the condition keys that identify the caller: the caller's account, organization or ARN, those of the
// resource that a service acts for, the network endpoint, the service that a key is used through, and the access point.
// Addresses, the referer and TLS show where a request comes from and how, but not who makes it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var callers = []string{
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
	"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
	"kms:calleraccount", "kms:viaservice",
	"s3:dataaccesspointaccount", "s3:dataaccesspointarn",
}

// narrowed reports whether a condition restricts the statement to certain callers.
func (s Statement) narrowed() answer.Answer {
	return s.TiedTo(func(key string) bool { return slices.Contains(callers, key) })
}

// TiedTo reports whether a condition restricts the statement to certain values of a key that satisfies is: with a
// positive operator and values that are more than wildcards. The key is passed in lower case.
func (s Statement) TiedTo(is func(key string) bool) answer.Answer {
	found := answer.No
	for _, c := range s.conditions {
		switch {
		case c.key == "":
			found = max(found, answer.Unknown)
		case is(c.key) && slices.Contains(likening, c.operator):
			// With …IfExists and ForAllValues, a request without the key passes.
			if !c.ifExists && c.set != "forallvalues" || s.needs(c.key) {
				found = max(found, c.pins())
			}
		}
	}
	return found
}

// needs reports whether the statement applies only to requests that have the key.
func (s Statement) needs(key string) bool {
	return slices.ContainsFunc(s.conditions, func(c condition) bool {
		return c.operator == "null" && c.key == key && !c.open && slices.Equal(c.values, []string{"false"})
	})
}

// pins reports whether each of the values excludes something.
func (c condition) pins() answer.Answer {
	pinned := answer.Yes
	if c.open {
		pinned = answer.Unknown
	}
	for _, value := range c.values {
		pinned = min(pinned, pins(value))
		// Whoever owns an account can choose the names of the roles in it.
		if a, err := arn.Parse(value); c.key == "aws:principalarn" && err == nil && isWildcard(a.AccountID) {
			pinned = answer.No
		}
	}
	return pinned
}

// resourceVariables stand for the account or organization that owns the resource.
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

// kinds are the prefixes of values that come before anything specific: those of the ids of organizations, VPCs and
// their endpoints, and of the subjects in tokens of GitHub, Kubernetes, GitLab and HCP Terraform.
var kinds = []string{"o-", "vpc-", "vpce-", "repo", "system:serviceaccount", "project_path", "organization"}

// owners maps the prefixes of token subjects that are followed by an owner to the character that ends the owner's name.
// Anyone with an account there can be an owner.
//
// https://docs.github.com/en/actions/reference/security/oidc
// https://docs.gitlab.com/ci/secrets/id_token_authentication/
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
var owners = []struct{ prefix, end string }{{"repo:", "/"}, {"project_path:", "/"}, {"organization:", ":"}}

// IsBare reports whether a value names nothing in particular: only wildcards, an ARN with neither account nor resource,
// as in arn:aws:s3:::* or arn:aws:sns:*:*:*, or only a prefix, as in o-* or repo:*. A GitHub repository and the like
// may be anyone's unless the value contains the owner's whole name.
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

// serviceOf returns the service that a resource belongs to, if it is one that uses keys on behalf of whoever uses the
// resource.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func serviceOf(r *graph.Resource) service {
	if r == nil {
		return service{}
	}
	names := map[graph.Type]string{graph.Bucket: "s3", graph.Function: "lambda", graph.Queue: "sqs", graph.Topic: "sns"}
	return service{names[r.Type], r.Region()}
}

// host returns the service in the form of kms:ViaService, with holes.
func (s service) host() string {
	if s.region.Name == "" {
		return s.name + "." + string(anyHole)
	}
	suffix := naming.PartitionOf(s.region.Name).DNSSuffix
	if suffix != "amazonaws.com" {
		suffix = string(anyHole) // AWS documents this form for its commercial regions
	}
	return s.name + "." + s.region.Name + "." + suffix
}

// holdsFor reports whether the condition holds for a request. It evaluates only conditions on the service through which
// a key is used.
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

// matches reports whether a value of the condition is the service through which a request is made.
func (c condition) matches(value string, r request) answer.Answer {
	host := r.through.host()
	if strings.HasSuffix(c.operator, "ignorecase") {
		value = strings.ToLower(value)
	}
	if !strings.HasSuffix(c.operator, "like") && !strings.Contains(value, "${") && strings.ContainsAny(value, "*?") {
		return answer.No // a wildcard is literal there
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

// holdsWithoutTLS reports whether the condition holds for every request that is made without TLS. AWS's own services,
// which a policy may exempt, always use TLS.
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

// TakesNoWildcards reports whether a condition operator, as written in the policy, compares wildcards literally.
func TakesNoWildcards(operator string) bool {
	_, name, isSet := strings.Cut(strings.ToLower(operator), ":")
	if !isSet {
		name = strings.ToLower(operator)
	}
	return strings.HasPrefix(name, "stringequals")
}
