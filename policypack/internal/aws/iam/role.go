package iam

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// grants are the resource types that give a role policies, with the argument that holds the document or the ARNs.
var grants = []struct {
	from             graph.Type
	document, policy string
}{
	{from: graph.RolePolicy, document: "policy"},
	{from: graph.RolePolicyAttachment, policy: "policyArn"},
	{from: graph.PolicyAttachment, policy: "policyArn"},
	// This one lists all managed policies of a role, and attaches those that are
	// not attached yet.
	{from: graph.RolePolicyAttachmentsExclusive, policy: "policyArns"},
}

// Roles answers what the roles of one stack may do, to any number of goroutines.
type Roles struct {
	graph *graph.Graph
	// givers are who gives a role policies, in the order of grants.
	givers []*graph.Referrers
	// grantsOf are the grants on a key, and grantsTo those to a role.
	grantsOf, grantsTo *graph.Referrers
	// read returns the policies of a role, and based the resource-based ones of a target. Reading them is the most of an
	// answer, and is done once.
	read, based map[*graph.Resource]func() []policy
}

// NewRoles returns the roles of a stack, with what gives them their policies.
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

// Request is what a role asks for.
type Request struct {
	// Action is as in `sqs:SendMessage`.
	Action string
	// Target is what the action is on, nil when it is not in the stack. ARN is
	// where on it, if not on all of it, or that of a target elsewhere; empty when
	// it is not known.
	Target *graph.Resource
	ARN    string
	// For is the resource for which its service makes the request on the role's
	// behalf, as S3 does when the role reads from a bucket that a key encrypts.
	For *graph.Resource
}

// Allows says whether a role may make a request, and why, in a sentence without
// a full stop that shows no secret.
//
// The answer is No only when every policy of the role is known and none allows
// the action, or one that is certainly the role's denies it. A permissions
// boundary must allow it too. A resource-based policy of the target that may
// allow it to the role makes a No Unknown, and one that denies it to the role,
// or that of a key which lets neither the role nor its account in, makes any
// answer No; that of a target outside the stack is not seen. Policies of the
// organisation are not regarded.
func (x *Roles) Allows(role *graph.Resource, r Request) (answer.Answer, string) {
	got := x.judge(role, r)
	return got.answer, got.reason
}

// Obstacle is a policy that keeps a role from a request, whatever other policies allow.
type Obstacle struct {
	Kind ObstacleKind
	// Holder is the resource of the stack that holds the policy, at Path; nil for one that AWS manages.
	Holder *graph.Resource
	Path   string
	// Statements are those that deny the request.
	Statements []Statement
}

// ObstacleKind is how a policy keeps a role from a request.
type ObstacleKind int

// The kinds there are.
const (
	// Denies is a policy that denies the request.
	Denies ObstacleKind = iota
	// Bounds is a permissions boundary that does not allow it.
	Bounds
	// WithholdsKey is the policy of a key that allows its use to neither the role nor the account.
	WithholdsKey
)

// Obstacles returns what keeps a role from a request to which Allows answers No, and whether the role's own policies
// allow it. There are none when it is only that no policy allows it.
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

// grant is one on a key that allows the action to a role, or may do so. It does
// so whatever policies there are, unless one denies it.
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func (x *Roles) grant(role, key *graph.Resource, action string) *graph.Resource {
	about := func(grants *graph.Referrers, r, grant *graph.Resource) bool {
		return slices.Contains(grants.Linked(r), grant) || grants.Maybe(r) == grant
	}
	_, operation, _ := strings.Cut(action, ":")
	for _, grant := range x.graph.Managed(graph.KeyGrant) {
		allows := slices.ContainsFunc(grant.Refs("operations"), func(ref graph.Ref) bool {
			return ref.Value.Unknown() || ref.Value.Is(operation)
		})
		if allows && about(x.grantsOf, key, grant) && about(x.grantsTo, role, grant) {
			return grant
		}
	}
	return nil
}

// request is an action on a resource, which is an ARN with holes.
type request struct {
	action, arn string
	// through is the service that makes the request on a role's behalf.
	through service
	// assumed is the region that a plan assumes, as [graph.Resource.AssumedRegion]
	// has it, and open the same if the region in arn may come from there.
	assumed, open string
}

// isOn says whether a pattern of a Resource element matches what the request is
// on. Account and region do not tell the two apart where nobody has said which
// the stack is for.
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
	// holder is the resource of the stack that holds the document, at path; nil for one that AWS manages.
	holder *graph.Resource
	path   string
	// linked says that only a dependency makes it the role's, and computed that
	// only a dependency tells which policy it is. As anywhere, that clears but
	// does not accuse.
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

// because is the reason that a policy gives for an answer.
func (p policy) because(a answer.Answer, does, may, action string) string {
	switch {
	case p.document.problem != "":
		return p.source + " " + p.document.problem
	case a == answer.Yes:
		return p.source + " " + does + " " + action
	default:
		return p.source + " may " + may + " " + action
	}
}

// judgement is an answer and its reason, which is empty when no policy speaks of the request. An explicit deny is one
// that no other policy can undo. Allowed is set when a policy allows the request, obstacles or not.
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
			allow, allowed = a, p.because(a, "allows", "allow", r.action)
		}
		if d > deny {
			deny, denied = d, p.because(d, "denies", "deny", r.action)
		}
	}
	if deny == answer.Yes || deny == answer.Unknown && allow == answer.Yes {
		return judgement{decide(allow, deny), denied, obstacles, deny == answer.Yes, allow == answer.Yes}
	}
	return judgement{answer: decide(allow, deny), reason: allowed, allowed: allow == answer.Yes}
}

// policies are the documents that are, or may be, identity-based policies of a
// role.
func (x *Roles) policies(role *graph.Resource) []policy {
	var all []policy
	for i, inline := range role.Refs("inlinePolicies") {
		// An empty entry is how a program asks for no inline policy at all.
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

// attached are the managed policies whose ARNs an argument of r holds.
func (x *Roles) attached(r *graph.Resource, property string) []policy {
	var all []policy
	for _, ref := range r.Refs(property) {
		if !ref.Value.Absent() {
			all = append(all, x.managedPolicies(r, ref)...)
		}
	}
	return all
}

// managedPolicies are the policies that one ARN may mean.
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

// mayGrant is why the resource-based policy of a target may allow a request by
// a role, or empty. Within an account such a policy is enough by itself.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
func (x *Roles) mayGrant(role, target *graph.Resource, r request) string {
	if holders := PolicyHolder(target.Type); holders != "" {
		if holder := x.graph.Attached(holders, target.Type).Maybe(target); holder != nil {
			return fmt.Sprintf("%s may hold the policy of %s", holder, target)
		}
	}
	for _, p := range x.resourcePolicies(target) {
		p.document = p.document.only(func(s Statement) bool { return s.effect != "Deny" && s.principals.name(role) != answer.No })
		if may, _ := p.document.effects(r); may != answer.No {
			return p.because(answer.Unknown, "allows", "allow", r.action)
		}
	}
	return ""
}

// limit is what the resource-based policies of a target leave of a request by a
// role that the role's own policies allow. A deny under conditions is not
// regarded: most are about what a function never does, as to come without TLS.
func (x *Roles) limit(role, target *graph.Resource, r request) judgement {
	limit := judgement{answer: answer.Yes}
	all := x.resourcePolicies(target)
	refuse := func(p policy, certain bool, reason string, obstacle Obstacle) {
		switch {
		case certain && !p.linked && len(all) == 1: // of several the last one written stays
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
				refuse(p, false, p.because(answer.Unknown, "", "", ""), Obstacle{})
			}
			continue
		}
		denies := p.document.only(func(s Statement) bool {
			return s.effect == "Deny" && len(s.conditions) == 0 && s.principals.name(role) == answer.Yes
		})
		if _, deny := denies.effects(r); deny != answer.No {
			refuse(p, deny == answer.Yes, p.because(deny, "denies", "deny", r.action), p.obstacle(Denies, denies.denying(r)...))
		}
		// A key has no other policies but where its own hands over to them.
		// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
		open := p.document.only(func(s Statement) bool {
			return s.principals.name(role) != answer.No || slices.ContainsFunc(s.principals.named, Principal.isAccount)
		})
		if allow, _ := open.effects(r); target.Type == graph.Key && allow == answer.No {
			refuse(p, true, fmt.Sprintf("%s allows %s to neither %s nor the account", p.source, r.action, role), p.obstacle(WithholdsKey))
		}
	}
	return limit
}

// resourcePolicies returns the resource-based policies of a target, if it is of a type that has any.
func (x *Roles) resourcePolicies(target *graph.Resource) []policy {
	if read, ok := x.based[target]; ok {
		return read()
	}
	return nil
}

// resourceBased reads the resource-based policies of a target: its own, and those
// that other resources give it.
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
