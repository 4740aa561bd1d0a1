package aws

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Delivery is whether S3 may deliver the events of an entry to a target.
type Delivery struct {
	Answer answer.Answer
	// By are the permissions or policies that allow the delivery.
	By []*graph.Resource
	// Obstacle is the reason why S3 may not deliver, or why that is not known.
	Obstacle Obstacle
	// Permission is the closest match, and Argument the argument of it that does not match or is not known.
	Permission *graph.Resource
	Argument   string
	// Policies are the policies of a queue or topic.
	Policies Policies
	// Maybe is a resource that may allow the delivery.
	Maybe *graph.Resource
}

// Obstacle is the reason why S3 may not deliver, or why that is not known.
type Obstacle int

// The obstacles.
const (
	NoObstacle Obstacle = iota
	// NoPermission means that no permission for the function names S3, and WrongPermission that one does but does not
	// match.
	NoPermission
	WrongPermission
	PermissionInDoubt
	// NoPolicy means that the queue or topic has no policy, and NoStatement that no statement of its policy allows S3
	// to deliver.
	NoPolicy
	NoStatement
	PolicyInDoubt
	// OtherInDoubt means that another resource may allow it.
	OtherInDoubt
)

// Delivery returns whether S3 may deliver the events of the entry to a target.
func (e NotificationEntry) Delivery(target *graph.Resource) Delivery {
	if e.Kind.Service == "lambda" {
		return e.byPermission(target)
	}
	return e.byPolicy(target)
}

// IsNear reports whether a target is in the region of the bucket, since S3 does not send to other regions. For a bucket
// outside the stack, that is the region of the notification: the provider finds a bucket in its own region only.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
func (e NotificationEntry) IsNear(target *graph.Resource) answer.Answer {
	n := e.Notification
	region := graph.Region{Open: true}
	if found := n.stack.Resolve(n.Resource, n.Ref("bucket"), graph.Bucket); len(found.Linked()) == 1 {
		region = found.Linked()[0].Region()
	} else if found.Elsewhere {
		region = n.Region()
	}
	return region.Is(target.Region())
}

// byPermission looks for a permission to invoke a function or an alias of it.
func (e NotificationEntry) byPermission(target *graph.Resource) Delivery {
	s := e.Notification.stack
	candidates, maybe := s.permissionsFor(target)
	best := Delivery{Answer: answer.No, Obstacle: NoPermission}
	for _, permission := range candidates {
		one := e.byOnePermission(permission, target)
		if one.Answer == answer.Yes && best.Answer == answer.Yes {
			one.By = slices.Concat(best.By, one.By)
		}
		if one.Answer >= best.Answer { // of two refusals, a permission that does not match says more than a missing one
			best = one
		}
	}
	return best.orInDoubt(maybe)
}

// permissionsFor returns the permissions for a function, or for an alias and its function, and a resource that may be
// another one.
func (s *Stack) permissionsFor(target *graph.Resource) (linked []*graph.Resource, maybe *graph.Resource) {
	ofFunction := s.Attached(graph.Permission, graph.Function)
	if target.Type != graph.FunctionAlias {
		return ofFunction.Linked(target), ofFunction.Maybe(target)
	}
	ofAlias := s.Attached(graph.Permission, graph.FunctionAlias)
	linked, maybe = slices.Clone(ofAlias.Linked(target)), ofAlias.Maybe(target)
	of := s.Resolve(target, target.Ref(graph.AttachedBy(graph.FunctionAlias, graph.Function)), graph.Function)
	for _, function := range of.Linked() {
		linked = append(linked, ofFunction.Linked(function)...)
		if maybe == nil {
			maybe = ofFunction.Maybe(function)
		}
	}
	if all := s.All(graph.Permission); maybe == nil && len(all) > 0 && (of.Open || len(of.Possible) > 0) {
		maybe = all[0] // it may be for the alias's function
	}
	return linked, maybe
}

// byOnePermission judges a permission by everything that S3 compares.
func (e NotificationEntry) byOnePermission(permission, target *graph.Resource) Delivery {
	principal := permission.Setting("principal")
	for _, part := range []struct {
		argument string
		matches  answer.Answer
	}{
		{"principal", max(principal.Equals(S3.Principal), principal.Equals("*"))},
		{"action", oneMatches(permission.Setting("action"), e.Kind.Action)},
		{"qualifier", e.qualifies(permission, target)},
		{"sourceArn", e.source().isNamed(permission, permission.Ref("sourceArn"))},
	} {
		switch part.matches {
		case answer.No:
			return Delivery{Answer: answer.No, Obstacle: WrongPermission, Permission: permission, Argument: part.argument}
		case answer.Unknown:
			return Delivery{Obstacle: PermissionInDoubt, Permission: permission, Argument: part.argument}
		case answer.Yes:
		}
	}
	return Delivery{Answer: answer.Yes, By: []*graph.Resource{permission}}
}

// orInDoubt returns the delivery, or Unknown in place of No if there is another resource that may allow it.
func (d Delivery) orInDoubt(maybe *graph.Resource) Delivery {
	if d.Answer == answer.No && maybe != nil {
		return Delivery{Obstacle: OtherInDoubt, Maybe: maybe}
	}
	return d
}

// oneMatches reports whether a value, or an item of a list, is a pattern that matches a text.
func oneMatches(v graph.Value, s string) answer.Answer {
	if v.Unknown() {
		return answer.Unknown
	}
	one := answer.No
	for _, item := range v.Items() {
		if pattern, known := item.Str(); known && text.Matches(pattern, s) {
			return answer.Yes
		}
		if item.Unknown() {
			one = answer.Unknown
		}
	}
	return one
}

// qualifies reports whether a permission is for the target itself, the function or the alias: each has permissions of
// its own.
func (e NotificationEntry) qualifies(permission, target *graph.Resource) answer.Answer {
	s, given := e.Notification.stack, permission.Setting("qualifier")
	function, _ := permission.Setting("function").Str()
	if inName := qualifierIn(function); inName != "" {
		given = graph.NewValue(resource.NewProperty(inName))
	}
	if target.Type == graph.FunctionAlias {
		alias := graph.Ref{Property: "qualifier", Value: given}
		name, known := target.PhysicalName().Str()
		switch {
		case len(s.Resolve(permission, alias, graph.FunctionAlias).ByDependency) > 0,
			slices.Contains(s.Attached(graph.Permission, graph.FunctionAlias).Linked(target), permission), known && given.Is(name):
			return answer.Yes
		case given.Unknown() || !known:
			return answer.Unknown
		}
		return answer.No
	}
	wanted, known := e.Target().Value.Str()
	switch {
	case given.Absent() && (!known || qualifierIn(wanted) == ""), known && given.Is(qualifierIn(wanted)):
		return answer.Yes
	case given.Unknown() || !known:
		return answer.Unknown
	}
	return answer.No
}

// byPolicy looks for a statement that allows S3 to send to a queue or topic.
func (e NotificationEntry) byPolicy(target *graph.Resource) Delivery {
	d := Delivery{Policies: e.Notification.stack.Policies(target)}
	for _, policy := range d.Policies.Held {
		d.By = append(d.By, policy.Resource)
	}
	d.Answer = d.Policies.Agree(func(p *Policy) answer.Answer { return e.allowedBy(p, target) })
	switch {
	case len(d.By) == 0:
		d.Obstacle = NoPolicy
	case d.Answer == answer.Unknown:
		d.Obstacle = PolicyInDoubt
	default:
		d.Obstacle = NoStatement
	}
	return d.orInDoubt(d.Policies.Maybe)
}

// allowedBy reports whether a statement of a policy of a target allows S3 to send the entry's events there.
func (e NotificationEntry) allowedBy(p *Policy, target *graph.Resource) answer.Answer {
	if p.Document().Problem() != "" {
		return answer.Unknown
	}
	content, _ := p.Setting("policy").JSON()
	items := content.Get("Statement").Items()
	allows := answer.No
	for i, statement := range p.Document().Statements() {
		if statement.Spares(target) {
			continue
		}
		condition := graph.Unknown // while the list of statements is unknown
		if i < len(items) {
			condition = items[i].Get("Condition")
		}
		allows = max(allows, min(statement.AllowsService(S3.Principal, e.Kind.Action), e.source().meets(p.Resource, condition)))
	}
	return allows
}

// eventSource is the bucket that events come from.
type eventSource struct {
	stack   *Stack
	buckets []*graph.Resource
	// name is the bucket's name, empty while it is not known.
	name string
}

func (e NotificationEntry) source() eventSource {
	n, ref := e.Notification, e.Notification.Ref("bucket")
	source := eventSource{stack: n.stack, buckets: n.stack.Resolve(n.Resource, ref, graph.Bucket).Linked()}
	source.name, _ = ref.Value.Str()
	if len(source.buckets) == 1 {
		source.name, _ = source.buckets[0].PhysicalName().Str()
	}
	return source
}

// isNamed reports whether the value of an argument of r is the ARN of the bucket, or a pattern that matches it. An
// absent value matches every bucket.
func (s eventSource) isNamed(r *graph.Resource, ref graph.Ref) answer.Answer {
	if ref.Value.Absent() {
		return answer.Yes
	}
	pattern, known := ref.Value.Str()
	if known && !strings.HasPrefix(pattern, "arn:") && strings.Trim(pattern, "*?") != "" {
		return answer.No // a bucket's name is not its ARN
	}
	if !known || s.name == "" {
		for _, bucket := range s.stack.Resolve(r, ref, graph.Bucket).Linked() {
			if slices.Contains(s.buckets, bucket) {
				return answer.Yes
			}
		}
		return answer.Unknown
	}
	// AWS's own examples write arn:aws:s3:*:*:name, too.
	if slices.ContainsFunc([]string{"aws", "aws-cn", "aws-us-gov"}, func(partition string) bool {
		return text.Matches(pattern, "arn:"+partition+":s3:::"+s.name)
	}) {
		return answer.Yes
	}
	return answer.No
}

// meets reports whether a request for the bucket's events can meet a condition of the policy of r. It evaluates only
// aws:SourceArn.
func (s eventSource) meets(r *graph.Resource, condition graph.Value) answer.Answer {
	if condition.Unknown() {
		return answer.Unknown
	}
	met := answer.Yes
	for _, operator := range condition.Keys() {
		for _, key := range condition.Get(operator).Keys() {
			if !strings.EqualFold(key, "aws:SourceArn") {
				continue
			}
			one := answer.No
			for _, value := range condition.Get(operator).Get(key).Items() {
				if name, _ := value.Str(); iam.TakesNoWildcards(operator) && strings.ContainsAny(name, "*?") {
					continue // a wildcard is literal there, so it matches no bucket's ARN
				}
				one = max(one, s.isNamed(r, graph.Ref{Property: "policy", Value: value}))
			}
			if strings.Contains(operator, "Not") || strings.HasPrefix(operator, "Null") {
				one = answer.Unknown
			}
			met = min(met, one)
		}
	}
	return met
}
