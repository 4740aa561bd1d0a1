package rules

import (
	"cmp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

const s3Service = "s3.amazonaws.com"

// deliveries tells whom S3 may deliver a bucket's events to.
type deliveries struct {
	g *graph.Graph
	// permissions are for a function or, as far as they name one, an alias.
	permissions, aliasPermissions *graph.Referrers
	// policies are the resource-based policies of queues and topics.
	policies map[graph.Type]*graph.Referrers
}

func newDeliveries(g *graph.Graph) *deliveries {
	permissions := g.All(graph.Permission)
	return &deliveries{
		g:                g,
		permissions:      g.Referrers(permissions, graph.Arg("function"), graph.Function),
		aliasPermissions: g.Referrers(permissions, graph.Arg("function"), graph.FunctionAlias),
		policies: map[graph.Type]*graph.Referrers{
			graph.Queue: g.Referrers(g.All(graph.QueuePolicy), graph.Arg("queueUrl"), graph.Queue),
			graph.Topic: g.Referrers(g.All(graph.TopicPolicy), graph.Arg("arn"), graph.Topic),
		},
	}
}

// consent says whether S3 may deliver: by which resources, or why not and how to
// fix it.
type consent struct {
	answer   answer.Answer
	by       []*graph.Resource
	why, fix string
}

// to says whether S3 may deliver the events of a notification to a target, which
// the notification names by ref.
func (d *deliveries) to(target, notification *graph.Resource, ref graph.Ref) consent {
	source := d.source(notification)
	switch target.Type {
	case graph.Queue:
		return d.byPolicy(target, "sqs:SendMessage", source)
	case graph.Topic:
		return d.byPolicy(target, "sns:Publish", source)
	default:
		return d.byPermission(target, ref, source)
	}
}

// byPermission looks for a permission to invoke a function or an alias of it.
func (d *deliveries) byPermission(target *graph.Resource, ref graph.Ref, source eventSource) consent {
	best := consent{
		answer: answer.No, why: "no aws.lambda.Permission for it names principal " + s3Service,
		fix: "declare an aws.lambda.Permission for " + target.String() + " with action: lambda:InvokeFunction, principal: " +
			s3Service + ", sourceArn: the bucket's ARN",
	}
	candidates, maybe := d.permissions.Linked(target), d.permissions.Maybe(target)
	if target.Type == graph.FunctionAlias {
		candidates, maybe = slices.Clone(d.aliasPermissions.Linked(target)), d.aliasPermissions.Maybe(target)
		of := d.g.Resolve(target, target.Ref("functionName"), graph.Function)
		for _, function := range of.Linked() {
			candidates = append(candidates, d.permissions.Linked(function)...)
			maybe = cmp.Or(maybe, d.permissions.Maybe(function))
		}
		if permissions := d.g.All(graph.Permission); len(permissions) > 0 && (of.Open || len(of.Possible) > 0) {
			maybe = cmp.Or(maybe, permissions[0]) // it may be for the alias's function
		}
	}
	for _, permission := range candidates {
		best = best.or(d.permits(permission, target, ref, source))
	}
	return best.unless(maybe)
}

// permits judges one permission for a function, by all that S3 compares.
func (d *deliveries) permits(permission, target *graph.Resource, ref graph.Ref, source eventSource) consent {
	principal := permission.Setting("principal")
	for _, part := range []struct {
		argument string
		matches  answer.Answer
	}{
		{"principal", max(principal.Equals(s3Service), principal.Equals("*"))},
		{"action", oneMatches(permission.Setting("action"), "lambda:InvokeFunction")},
		{"qualifier", d.qualifies(permission, target, ref)},
		{"sourceArn", source.named(permission, permission.Ref("sourceArn"))},
	} {
		switch part.matches {
		case answer.No:
			return consent{
				answer: answer.No, why: "the " + part.argument + " of " + permission.String() + " does not match",
				fix: "set it to match this notification, or declare another permission",
			}
		case answer.Unknown:
			return consent{why: "the " + part.argument + " of " + permission.String() + " is not known yet"}
		case answer.Yes:
		}
	}
	return consent{answer: answer.Yes, by: []*graph.Resource{permission}}
}

// or is the better of two consents; together they name all that consent.
func (c consent) or(other consent) consent {
	if other.answer == answer.Yes && c.answer == answer.Yes {
		other.by = slices.Concat(c.by, other.by)
	}
	// Of two that refuse, the one there is says more than that there is none.
	if other.answer >= c.answer {
		return other
	}
	return c
}

// unless makes a No doubtful while another resource may consent.
func (c consent) unless(maybe *graph.Resource) consent {
	if c.answer == answer.No && maybe != nil {
		return consent{why: maybe.String() + " may be for it"}
	}
	return c
}

// qualifies says whether a permission is for the function or the very alias
// that is the target: each has permissions of its own.
func (d *deliveries) qualifies(permission, target *graph.Resource, ref graph.Ref) answer.Answer {
	given := permission.Setting("qualifier")
	function, _ := permission.Setting("function").Str()
	if inName := qualifierIn(function); inName != "" {
		given = graph.NewValue(resource.NewProperty(inName))
	}
	if target.Type == graph.FunctionAlias {
		alias := graph.Ref{Property: "qualifier", Value: given}
		name, known := target.PhysicalName().Str()
		switch {
		case len(d.g.Resolve(permission, alias, graph.FunctionAlias).ByDependency) > 0,
			slices.Contains(d.aliasPermissions.Linked(target), permission), known && given.Is(name):
			return answer.Yes
		case given.Unknown() || !known:
			return answer.Unknown
		}
		return answer.No
	}
	wanted, known := ref.Value.Str()
	switch {
	case given.Absent() && (!known || qualifierIn(wanted) == ""), known && given.Is(qualifierIn(wanted)):
		return answer.Yes
	case given.Unknown() || !known:
		return answer.Unknown
	}
	return answer.No
}

// byPolicy looks for a statement that allows S3 an action on a queue or topic.
func (d *deliveries) byPolicy(target *graph.Resource, action string, source eventSource) consent {
	policies := d.policies[target.Type]
	holders := policiesOf(target, policies.Linked(target))
	found := consent{by: holders, fix: "allow " + action + " to Service " + s3Service + " in the policy of " + target.String() +
		", with the bucket's ARN as aws:SourceArn"}
	found.answer = agreed(d.g, holders, func(holder *graph.Resource, document iam.Document) answer.Answer {
		return policyAllows(holder, document, target, action, source)
	})
	switch {
	case len(holders) == 0:
		found.why = "it has no policy"
	case found.answer == answer.Unknown:
		found.why = doubt(d.g, holders)
	default:
		found.why = "the policy of " + names(holders) + " does not allow " + action + " to " + s3Service + " for this bucket"
	}
	return found.unless(policies.Maybe(target))
}

// policyAllows says whether a statement of the policy of a target, which the
// holder holds, allows S3 the action for events of the source.
func policyAllows(holder *graph.Resource, document iam.Document, target *graph.Resource, action string, source eventSource) answer.Answer {
	if document.Problem() != "" {
		return answer.Unknown
	}
	content, _ := holder.Setting("policy").JSON()
	items := content.Get("Statement").Items()
	allows := answer.No
	for i, statement := range document.Statements() {
		if statement.Spares(target) {
			continue
		}
		condition := graph.Unknown // while the list of statements is
		if i < len(items) {
			condition = items[i].Get("Condition")
		}
		allows = max(allows, min(statement.LetsService(s3Service, action), source.meets(holder, condition)))
	}
	return allows
}
