package rule

import (
	"cmp"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// NotPublic judges the statements of the policy that a resource holds, if any: none may allow everyone.
func NotPublic(_ *Pass, r *graph.Resource) []Verdict {
	policy := aws.PolicyOf(r)
	if policy == nil {
		return nil
	}
	if problem := policy.Document().Problem(); problem != "" {
		return []Verdict{NotEvaluated(r, "the policy of "+r.String()+" "+problem)}
	}
	var all []Verdict
	for _, statement := range policy.Document().Statements() {
		of := statement.String() + " of the policy of " + r.String()
		all = append(all, Verdict{
			Answer: -statement.Public(), Property: "policy",
			Message: of + " allows everyone: its principal is everyone, and no condition narrows that.",
			Reason:  "whether " + of + " allows everyone is not known yet",
			Fix: NamePrincipals(r, "policy."+statement.Path(), statement, "name the principals, or add a condition on "+
				"aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID instead"),
		})
	}
	return all
}

// NamePrincipals returns the fix that names whom a statement of a policy, at a path, is for.
func NamePrincipals(r *graph.Resource, path string, s iam.Statement, decide string) fix.Fix {
	name := fix.Set(r, path+".Principal", fix.Object{{Name: "AWS", Value: fix.Choice("the ARN of who needs access")}})
	if named, _ := s.Principals(); len(named) == 0 {
		name = name.And(fix.Remove(r, path+".NotPrincipal"))
	}
	return name.Deciding(decide)
}

// RequireTLS judges whether the policy of a bucket, queue or topic denies requests without TLS. A wrong policy is at
// fault itself; the resource is where the program declares none.
func RequireTLS(policies aws.Policies) Verdict {
	r, denies := policies.Resource, policies.DenyPlainText()
	switch {
	case denies == answer.Yes:
		return OK
	case denies == answer.Unknown:
		return NotEvaluated(r, "whether requests to "+r.String()+" without TLS are denied is not known: "+PolicyDoubt(policies))
	case policies.Maybe != nil:
		return NotEvaluated(r, policies.Maybe.String()+" may hold the policy of "+r.String()+": what it is for is not known yet")
	}
	add := AddStatement(policies, denyPlainText(r))
	if at := policies.Declared(); at != nil {
		return Violation(at.Resource, "policy", "the policy of "+at.String()+" does not deny every request to "+r.String()+
			" that comes without TLS.", add.Safely())
	}
	return Violation(r, "", r.String()+" has no policy that denies requests without TLS.", add)
}

// PolicyDoubt returns why it is not known what policies, at least one, say: the end of a sentence.
func PolicyDoubt(policies aws.Policies) string {
	if len(policies.Held) > 1 {
		return text.Names(policies.Held) + " overwrite each other's policy"
	}
	return "the policy of " + policies.Held[0].String() + " " + cmp.Or(policies.Held[0].Document().Problem(), "is not known yet")
}

// AddStatement returns the fix that adds a statement to the policy of a resource. One that has none gets it with what
// AWS's default policy allows to the owner, which a policy of its own replaces.
func AddStatement(policies aws.Policies, statement fix.Object) fix.Fix {
	if at := policies.Declared(); at != nil {
		return fix.Append(at.Resource, "policy.Statement", withoutSelf(at.Resource, statement))
	}
	r, holder := policies.Resource, iam.PolicyHolder(policies.Resource.Type)
	target := "id"
	switch r.Type {
	case graph.Queue:
		target = "url"
	case graph.Topic:
		target = "arn"
	default: // the id
	}
	statements := append(ownersStatements(r), statement)
	if r.Type == graph.Bucket && statement[0].Value != "Deny" {
		statements = append(statements, denyPlainText(r)) // s3-tls-only would ask for it next
	}
	add := fix.Add(&fix.Declaration{Type: holder, Name: r.Name, Arguments: fix.Object{
		{Name: graph.AttachedBy(holder, r.Type), Value: fix.Output{Resource: r, Property: target}},
		{Name: "policy", Value: fix.JSON{Value: fix.Object{
			{Name: "Version", Value: "2012-10-17"}, {Name: "Statement", Value: statements},
		}}},
	}})
	if len(policies.Held) > 0 {
		return add.Deciding("keep the statements of the policy that it has")
	}
	return add
}

// withoutSelf returns a value for an argument of a resource, which cannot refer to the resource's own ARN. That of a
// bucket follows from its name; the policy of a queue or topic is for that alone, whatever it names.
func withoutSelf(r *graph.Resource, value any) any {
	switch v := value.(type) {
	case fix.Output:
		name, known := r.Arg("bucket").Str()
		switch {
		case v.Resource != r:
			return v
		case r.Type != graph.Bucket:
			return "*"
		case !known:
			return fix.Choice("the ARN of the bucket")
		}
		return "arn:" + naming.PartitionOf(r.Region().Name).Name + ":s3:::" + name
	case fix.Object:
		o := make(fix.Object, len(v))
		for i, m := range v {
			o[i] = fix.Member{Name: m.Name, Value: withoutSelf(r, m.Value)}
		}
		return o
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = withoutSelf(r, item)
		}
		return items
	case fix.Joined:
		items, _ := withoutSelf(r, []any(v)).([]any)
		return fix.Joined(items)
	default:
		return v
	}
}

// ownersStatements returns what the policy has to allow to the owner's account that AWS allows where there is none.
//
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
func ownersStatements(r *graph.Resource) []any {
	switch r.Type {
	case graph.Topic:
		return []any{fix.Object{
			{Name: "Effect", Value: "Allow"},
			{Name: "Principal", Value: fix.Object{{Name: "AWS", Value: "*"}}},
			{Name: "Action", Value: []any{
				"sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish",
				"sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
			}},
			{Name: "Resource", Value: fix.Output{Resource: r, Property: "arn"}},
			{Name: "Condition", Value: fix.Object{{Name: "StringEquals", Value: fix.Object{
				{Name: "aws:SourceOwner", Value: fix.Output{Resource: r, Property: "owner"}},
			}}}},
		}}
	case graph.Key:
		return []any{ownersUse(r.Region())}
	default:
		return nil
	}
}

// denyPlainText returns the statement by which the policy of a bucket, queue or topic denies requests without TLS.
func denyPlainText(r *graph.Resource) fix.Object {
	arn := fix.Output{Resource: r, Property: "arn"}
	action, resources := "s3:*", any([]any{arn, fix.Joined{arn, "/*"}})
	switch r.Type {
	case graph.Queue:
		action, resources = "sqs:*", arn
	case graph.Topic:
		action, resources = "sns:Publish", arn
	default: // a bucket
	}
	return fix.Object{
		{Name: "Effect", Value: "Deny"},
		{Name: "Principal", Value: "*"},
		{Name: "Action", Value: action},
		{Name: "Resource", Value: resources},
		{Name: "Condition", Value: fix.Object{{Name: "Bool", Value: fix.Object{{Name: "aws:SecureTransport", Value: "false"}}}}},
	}
}
