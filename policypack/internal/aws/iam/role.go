package iam

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// grants maps the resource types that give policies to a role to the argument that holds the document or the ARNs.
var grants = []struct {
	from             graph.Type
	document, policy string
}{
	{from: graph.RolePolicy, document: "policy"},
	{from: graph.RolePolicyAttachment, policy: "policyArn"},
	{from: graph.PolicyAttachment, policy: "policyArn"},
	// This type lists all managed policies of a role, and attaches those that are not attached yet.
	{from: graph.RolePolicyAttachmentsExclusive, policy: "policyArns"},
}

// Roles answers what the roles of one stack may do. It is safe for concurrent use.
type Roles struct {
	graph *graph.Graph
	// givers are the resources that give policies to a role, in the order of grants.
	givers []*graph.Referrers
	// grantsOf are the grants on a key, and grantsTo the grants to a role.
	grantsOf, grantsTo *graph.Referrers
	// read returns the policies of a role, and based the resource-based policies of a target. Reading them is most of
	// the work of an answer, and is done once.
	read, based map[*graph.Resource]func() []policy
}

// NewRoles returns the roles of a stack, along with what gives them their policies.
func NewRoles(g *graph.Graph) *Roles {
	x := &Roles{
		graph: g, grantsOf: g.Attached(graph.KeyGrant, graph.Key), grantsTo: g.Attached(graph.KeyGrant, graph.Role),
		read: map[*graph.Resource]func() []policy{}, based: map[*graph.Resource]func() []policy{},
	}
	for _, grant := range grants {
		x.givers = append(x.givers, g.Attached(grant.from, graph.Role))
	}
	for _, role := range g.All(graph.Role) {
		x.read[role] = sync.OnceValue(func() []policy { return x.policies(role) })
	}
	for t := range policyHolders {
		for _, target := range g.All(t) {
			x.based[target] = sync.OnceValue(func() []policy { return x.resourceBased(target) })
		}
	}
	return x
}

// Request is a request that a role may make.
type Request struct {
	// Action is an action such as `sqs:SendMessage`.
	Action string
	// Target is the resource that the action is on, or nil if it is not in the stack. ARN is a part of the target, if
	// the action is not on all of it, or the ARN of a target outside the stack; it is empty if that is not known.
	Target *graph.Resource
	ARN    string
	// For is the resource whose service makes the request on the role's behalf. S3, for example, does so when the role
	// reads from a bucket that a key encrypts.
	For *graph.Resource
}

// Allows reports whether a role may make a request, and why, in a sentence without a full stop that contains no secret.
//
// The answer is No only if all policies of the role are known and none allows the action, or if one that certainly
// belongs to the role denies it. A permissions boundary must allow the action, too. If a resource-based policy of the
// target may allow it to the role, a No becomes Unknown. If a resource-based policy denies it to the role, or that of a
// key allows it to neither the role nor its account, the answer is always No; the policy of a target outside the stack
// is not visible. Policies of the organization are not considered.
func (x *Roles) Allows(role *graph.Resource, r Request) (answer.Answer, string) {
	got := x.judge(role, r)
	return got.answer, got.reason
}

// Obstacle is a policy that blocks a role's request, whatever other policies allow.
type Obstacle struct {
	Kind ObstacleKind
	// Holder is the resource of the stack that holds the policy, at Path; nil for an AWS managed policy.
	Holder *graph.Resource
	Path   string
	// Statements are the statements that deny the request.
	Statements []Statement
}

// ObstacleKind is how a policy blocks a role's request.
type ObstacleKind int

// The kinds of obstacle.
const (
	// Denies means that a policy denies the request.
	Denies ObstacleKind = iota
	// Bounds means that a permissions boundary does not allow it.
	Bounds
	// WithholdsKey means that a key's policy allows its use to neither the role nor the account.
	WithholdsKey
)

// Obstacles returns what blocks a request for which Allows returns No, and whether the role's own policies allow it.
// There are no obstacles if the reason is only that no policy allows it.
func (x *Roles) Obstacles(role *graph.Resource, r Request) (obstacles []Obstacle, allowed bool) {
	got := x.judge(role, r)
	return got.obstacles, got.allowed
}

func (x *Roles) judge(role *graph.Resource, r Request) judgement {
	if !role.Managed() {
		return judgement{reason: fmt.Sprintf("%s is not declared in this stack", role)}
	}
	action, target := r.Action, r.Target
	asked := request{
		action: action, arn: targetText(action, target, r.ARN), through: serviceOf(r.For),
		assumed: role.AssumedRegion(), open: role.AssumedRegion(),
	}
	if target != nil && target.Region().Name != "" && !target.Region().Open {
		asked.open = ""
	}
	got := judge(x.read[role](), asked)
	if got.reason == "" {
		got.reason = fmt.Sprintf("no policy of %s allows %s", role, action)
	}
	allowed := got.allowed
	if boundary := x.attached(role, "permissionsBoundary"); len(boundary) > 0 {
		limit := judge(boundary, asked)
		if limit.reason == "" {
			limit.reason = fmt.Sprintf("the permissions boundary of %s does not allow %s", role, action)
			limit.obstacles = []Obstacle{boundary[0].obstacle(Bounds)}
		}
		if limit.answer < got.answer || limit.denied {
			got = limit
			got.allowed = allowed
		}
	}
	if target == nil || got.denied {
		return got
	}
	if got.answer == answer.No {
		if reason := x.mayGrant(role, target, asked); reason != "" {
			return judgement{reason: reason}
		}
	}
	if limit := x.limit(role, target, asked); limit.answer == answer.No || limit.answer < got.answer {
		got = limit
		got.allowed = allowed
	}
	if got.answer == answer.No && !got.denied {
		if grant := x.grant(role, target, action); grant != nil {
			return judgement{reason: fmt.Sprintf("%s may allow %s to %s", grant, action, role)}
		}
	}
	return got
}

// grant returns a grant on a key that allows the action to a role, or may do so. It does so independently of policies,
// unless one denies the action.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func (x *Roles) grant(role, key *graph.Resource, action string) *graph.Resource {
	concerns := func(grants *graph.Referrers, r, grant *graph.Resource) bool {
		return slices.Contains(grants.Linked(r), grant) || grants.Maybe(r) == grant
	}
	_, operation, _ := strings.Cut(action, ":")
	for _, grant := range x.graph.Managed(graph.KeyGrant) {
		allows := slices.ContainsFunc(grant.Refs("operations"), func(ref graph.Ref) bool {
			return ref.Value.Unknown() || ref.Value.Is(operation)
		})
		if allows && concerns(x.grantsOf, key, grant) && concerns(x.grantsTo, role, grant) {
			return grant
		}
	}
	return nil
}

// request is an action on a resource, given as an ARN with holes.
type request struct {
	action, arn string
	// through is the service that makes the request on a role's behalf.
	through service
	// assumed is the region that the plan assumes, see [graph.Resource.AssumedRegion]; open is the same if the region
	// in arn may come from there.
	assumed, open string
}

// isOn reports whether a pattern of a Resource element matches the resource of the request. Account and region do not
// distinguish the two if the stack's are not configured.
func (r request) isOn(pattern string) answer.Answer {
	if matches := matchResource(pattern, r.arn); matches != answer.No {
		return matches
	}
	loosePattern, loose := loosen(pattern, r.assumed, "*"), loosen(r.arn, r.open, string(segmentHole))
	if loosePattern == pattern && loose == r.arn {
		return answer.No
	}
	return min(answer.Unknown, matchResource(loosePattern, loose))
}

// policy is a document that a role may have.
type policy struct {
	// source names the document in a reason.
	source   string
	document Document
	// holder is the resource of the stack that holds the document, at path; nil for an AWS managed policy.
	holder *graph.Resource
	path   string
	// linked is set if only a dependency shows that the policy is the role's, and computed if only a dependency shows
	// which policy it is. As elsewhere, a dependency can clear a resource of a finding, but cannot cause one.
	linked, computed bool
}

func (p policy) effects(r request) (allow, deny answer.Answer) {
	allow, deny = p.document.effects(r)
	if p.linked || p.computed {
		deny = min(deny, answer.Unknown)
	}
	if p.computed {
		allow = max(allow, answer.Unknown)
	}
	return allow, deny
}

func (p policy) obstacle(kind ObstacleKind, statements ...Statement) Obstacle {
	return Obstacle{Kind: kind, Holder: p.holder, Path: p.path, Statements: statements}
}

// reason returns the reason that a policy gives for an answer.
func (p policy) reason(a answer.Answer, does, may, action string) string {
	switch {
	case p.document.problem != "":
		return p.source + " " + p.document.problem
	case a == answer.Yes:
		return p.source + " " + does + " " + action
	default:
		return p.source + " may " + may + " " + action
	}
}

// judgement is an answer and its reason, which is empty if no policy mentions the request. An explicit deny cannot be
// overridden by any other policy. Allowed is set if a policy allows the request, regardless of obstacles.
type judgement struct {
	answer          answer.Answer
	reason          string
	obstacles       []Obstacle
	denied, allowed bool
}

// judge combines policies as Document.Allows combines statements.
func judge(policies []policy, r request) judgement {
	allow, deny := answer.No, answer.No
	var allowed, denied string
	var obstacles []Obstacle
	for _, p := range policies {
		a, d := p.effects(r)
		if d == answer.Yes {
			obstacles = append(obstacles, p.obstacle(Denies, p.document.denying(r)...))
		}
		if a > allow {
			allow, allowed = a, p.reason(a, "allows", "allow", r.action)
		}
		if d > deny {
			deny, denied = d, p.reason(d, "denies", "deny", r.action)
		}
	}
	if deny == answer.Yes || deny == answer.Unknown && allow == answer.Yes {
		return judgement{decide(allow, deny), denied, obstacles, deny == answer.Yes, allow == answer.Yes}
	}
	return judgement{answer: decide(allow, deny), reason: allowed, allowed: allow == answer.Yes}
}

// policies returns the documents that are, or may be, identity-based policies of a role.
func (x *Roles) policies(role *graph.Resource) []policy {
	var all []policy
	for i, inline := range role.Refs("inlinePolicies") {
		// An empty entry is how a program asks for no inline policies at all.
		if document := inline.Value.Get("policy"); !document.Absent() {
			all = append(all, policy{
				source: "an inline policy of " + role.String(), document: ParseDocument(document),
				holder: role, path: fmt.Sprintf("inlinePolicies[%d].policy", i),
			})
		}
	}
	all = append(all, x.attached(role, "managedPolicyArns")...)
	for i, grant := range grants {
		certain := x.givers[i].Certain(role)
		for _, r := range x.givers[i].Linked(role) {
			given := x.attached(r, grant.policy)
			if grant.document != "" {
				given = []policy{{
					source: "the policy of " + r.String(), document: ParseDocument(r.Setting(grant.document)), holder: r, path: grant.document,
				}}
			}
			for _, p := range given {
				p.linked = !slices.Contains(certain, r)
				all = append(all, p)
			}
		}
		if r := x.givers[i].Maybe(role); r != nil {
			all = append(all, policy{
				source:   r.String(),
				document: Document{problem: "may give a policy to " + role.String()},
			})
		}
	}
	return all
}

// attached returns the managed policies whose ARNs an argument of r holds.
func (x *Roles) attached(r *graph.Resource, property string) []policy {
	var all []policy
	for _, ref := range r.Refs(property) {
		if !ref.Value.Absent() {
			all = append(all, x.managedPolicies(r, ref)...)
		}
	}
	return all
}

// managedPolicies returns the policies that an ARN may refer to.
func (x *Roles) managedPolicies(r *graph.Resource, ref graph.Ref) []policy {
	arn, _ := ref.Value.Str()
	if name, ok := managedName(arn); ok {
		document, known := managed[name]
		if !known {
			document.problem = "is an AWS-managed policy whose permissions are not known here"
		}
		return []policy{{source: fmt.Sprintf("%s of %s", ref.Value.Show(), r), document: document}}
	}
	target := x.graph.Resolve(r, ref, graph.Policy)
	var all []policy
	for _, p := range target.Linked() {
		all = append(all, policy{
			source:   "the policy of " + p.String(),
			document: ParseDocument(p.Setting("policy")), holder: p, path: "policy",
			computed: len(target.Certain) != 1,
		})
	}
	if len(all) == 0 {
		all = append(all, policy{
			source:   fmt.Sprintf("%s of %s", ref.Property, r),
			document: Document{problem: "holds a policy that is not in this stack or not known yet"},
		})
	}
	return all
}

// mayGrant returns why the resource-based policy of a target may allow a role's request, or "". Within an account, such
// a policy is sufficient on its own.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
func (x *Roles) mayGrant(role, target *graph.Resource, r request) string {
	if holders := PolicyHolder(target.Type); holders != "" {
		if holder := x.graph.Attached(holders, target.Type).Maybe(target); holder != nil {
			return fmt.Sprintf("%s may hold the policy of %s", holder, target)
		}
	}
	for _, p := range x.resourcePolicies(target) {
		p.document = p.document.filter(func(s Statement) bool { return s.effect != "Deny" && s.principals.includesByName(role) != answer.No })
		if may, _ := p.document.effects(r); may != answer.No {
			return p.reason(answer.Unknown, "allows", "allow", r.action)
		}
	}
	return ""
}

// limit judges a request that the role's own policies allow by the resource-based policies of its target. It ignores a
// deny with conditions: most concern requests that a function never makes, such as those without TLS.
func (x *Roles) limit(role, target *graph.Resource, r request) judgement {
	limit := judgement{answer: answer.Yes}
	all := x.resourcePolicies(target)
	refuse := func(p policy, certain bool, reason string, obstacle Obstacle) {
		switch {
		case certain && !p.linked && len(all) == 1: // of several, the one written last remains
			limit = judgement{
				answer: answer.No, reason: reason, obstacles: append(limit.obstacles, obstacle),
				denied: limit.denied || obstacle.Kind == Denies,
			}
		case limit.answer == answer.Yes:
			limit = judgement{reason: reason}
		}
	}
	for _, p := range all {
		if p.document.problem != "" {
			if target.Type == graph.Key {
				refuse(p, false, p.reason(answer.Unknown, "", "", ""), Obstacle{})
			}
			continue
		}
		denies := p.document.filter(func(s Statement) bool {
			return s.effect == "Deny" && len(s.conditions) == 0 && s.principals.includesByName(role) == answer.Yes
		})
		if _, deny := denies.effects(r); deny != answer.No {
			refuse(p, deny == answer.Yes, p.reason(deny, "denies", "deny", r.action), p.obstacle(Denies, denies.denying(r)...))
		}
		// For a key, other policies count only if its own policy delegates to them.
		//
		// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
		open := p.document.filter(func(s Statement) bool {
			return s.principals.includesByName(role) != answer.No || slices.ContainsFunc(s.principals.named, Principal.isAccount)
		})
		if allow, _ := open.effects(r); target.Type == graph.Key && allow == answer.No {
			refuse(p, true, fmt.Sprintf("%s allows %s to neither %s nor the account", p.source, r.action, role), p.obstacle(WithholdsKey))
		}
	}
	return limit
}

// resourcePolicies returns the resource-based policies of a target, if its type has any.
func (x *Roles) resourcePolicies(target *graph.Resource) []policy {
	if read, ok := x.based[target]; ok {
		return read()
	}
	return nil
}

// resourceBased returns the resource-based policies of a target: its own, and those that other resources give it.
func (x *Roles) resourceBased(target *graph.Resource) []policy {
	policies := x.graph.Attached(PolicyHolder(target.Type), target.Type)
	holders := append([]*graph.Resource{target}, policies.Linked(target)...)
	certain := append([]*graph.Resource{target}, policies.Certain(target)...)
	var all []policy
	for _, holder := range holders {
		if v := holder.Setting("policy"); !v.Absent() && !v.Is("") {
			all = append(all, policy{
				source: "the policy of " + holder.String(), document: ParseDocument(v), holder: holder, path: "policy",
				linked: !slices.Contains(certain, holder),
			})
		}
	}
	return all
}
