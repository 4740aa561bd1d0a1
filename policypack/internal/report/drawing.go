package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// maxNodes is the maximum number of nodes in a drawing: with more it is unreadable, and the layout takes long.
const maxNodes = 200

// maxValues is the size of stack up to which values are searched for names of
// other resources. Beyond it dependencies alone draw the arrows.
const maxValues = 2_000

// icons are the types that are drawn as nodes, with the letters on each. Other
// resources belong to a node, as a bucket's versioning does to the bucket.
var icons = map[graph.Type]string{
	graph.Bucket:                       "S3",
	graph.BucketNotification:           "S3",
	graph.Function:                     "λ",
	graph.Permission:                   "λ",
	graph.EventSourceMapping:           "λ",
	graph.Queue:                        "SQS",
	graph.Topic:                        "SNS",
	graph.TopicSubscription:            "SNS",
	graph.EventBus:                     "EB",
	graph.EventRule:                    "EB",
	graph.Schedule:                     "EB",
	graph.MetricAlarm:                  "CW",
	graph.CompositeAlarm:               "CW",
	graph.Role:                         "IAM",
	"aws:kms/key:Key":                  "KMS",
	"aws:cloudwatch/logGroup:LogGroup": "LOG",
	graph.StackType:                    "✓",
}

// supports are the types that others use and no event passes through. They are
// drawn below the flow.
var supports = map[graph.Type]bool{
	graph.Role: true, "aws:kms/key:Key": true, "aws:cloudwatch/logGroup:LogGroup": true, graph.StackType: true,
}

// owners are, by argument, whom a resource that is no node belongs to.
var owners = []struct {
	property string
	types    []graph.Type
}{
	{"bucket", []graph.Type{graph.Bucket}},
	{"queueUrl", []graph.Type{graph.Queue}},
	{"functionName", []graph.Type{graph.Function}},
	{"role", []graph.Type{graph.Role}},
	{"rule", []graph.Type{graph.EventRule}},
	{"topic", []graph.Type{graph.Topic}},
	{"arn", []graph.Type{graph.Topic}},
	{"keyId", []graph.Type{"aws:kms/key:Key"}},
	{"targetKeyId", []graph.Type{"aws:kms/key:Key"}},
}

// against lists the arguments that name the source of events: their arrow goes from the resource that is named to the
// one that names it.
var against = map[graph.Type][]string{
	graph.BucketNotification: {"bucket"},
	graph.Permission:         {"sourceArn"},
	graph.EventSourceMapping: {"eventSourceArn"},
	graph.TopicSubscription:  {"topic"},
	graph.MetricAlarm:        {"dimensions", "metricQueries"},
	graph.CompositeAlarm:     {"alarmRule"},
}

// silent are helpers whose references draw no arrow: a policy names all that
// it allows, which is not where anything goes.
var silent = map[graph.Type]bool{
	graph.RolePolicy: true, graph.Policy: true, graph.RolePolicyAttachment: true,
	"aws:s3/bucketPolicy:BucketPolicy": true, "aws:sqs/queuePolicy:QueuePolicy": true, "aws:sns/topicPolicy:TopicPolicy": true,
}

// drawing is a stack laid out on a plane, in CSS pixels. It holds names and
// types only: no value of any property, so no secret.
type drawing struct {
	Width, Height int
	Nodes         []*node
	Edges         []*edge
	// Left is how many nodes are not drawn.
	Left int
	// byURN is the node that a resource is drawn as or belongs to.
	byURN map[resource.URN]*node
}

// node is a resource in the drawing, with the helpers that belong to it.
type node struct {
	ID         int
	Type, Name string
	Icon       string
	// Helpers are the types of what belongs to it, each once, in order.
	Helpers []string
	// Findings are the places in Report.Findings of those on the node.
	Findings []int
	X, Y     int

	urn     resource.URN
	support bool
	layer   int
	order   float64
	out, in []*node
}

const (
	nodeWidth, nodeHeight = 184, 64
	gapX, gapY            = 56, 26
	margin                = 16
)

// edge is an arrow from one node to another.
type edge struct {
	From, To *node
	// Use is set if the target supports the source and no event flows.
	Use bool
	// Path is the arrow as SVG path data.
	Path string
	// via are the bends in the layers between.
	via []*node
}

// draw lays the stack out; nil when there is nothing to draw.
func draw(r Report) *drawing {
	if r.Graph == nil {
		return nil
	}
	d := &drawing{byURN: map[resource.URN]*node{}}
	d.makeNodes(r.Graph, r.Findings)
	d.connect(r.Graph)
	d.choose(r.Findings)
	if len(d.Nodes) == 0 {
		return nil
	}
	d.layout()
	return d
}

// makeNodes makes the nodes and gives each other resource to the one it
// belongs to. What belongs to none is drawn only if something is wrong with it.
func (d *drawing) makeNodes(g *graph.Graph, fs []finding.Finding) {
	wrong := map[resource.URN][]int{}
	for i, f := range fs {
		urn := drawnAs(g, f)
		wrong[urn] = append(wrong[urn], i)
	}
	add := func(r *graph.Resource) {
		n := &node{
			Type: visible(r.Type.Short()), Name: visible(r.Name), Icon: icons[r.Type],
			urn: r.URN, support: supports[r.Type],
		}
		if n.Icon == "" {
			n.Icon = "•"
		}
		d.Nodes = append(d.Nodes, n)
		d.byURN[r.URN] = n
	}
	for _, r := range g.Resources {
		if icons[r.Type] != "" && (r.Type != graph.StackType || len(wrong[r.URN]) > 0) {
			add(r)
		}
	}
	for _, r := range g.Resources {
		if d.byURN[r.URN] != nil {
			continue
		}
		if n := d.owner(g, r); n != nil {
			d.byURN[r.URN] = n
			n.Helpers = append(n.Helpers, visible(r.Type.Short()))
		} else if len(wrong[r.URN]) > 0 {
			add(r)
		}
	}
	for urn, n := range d.byURN {
		n.Findings = append(n.Findings, wrong[urn]...)
	}
	for _, n := range d.Nodes {
		slices.Sort(n.Findings)
		slices.Sort(n.Helpers)
		n.Helpers = slices.Compact(n.Helpers)
	}
}

// drawnAs returns the resource that f is on: the stack, if it is there, for one that
// names neither a resource nor a place in the source.
func drawnAs(g *graph.Graph, f finding.Finding) resource.URN {
	stacks := g.All(graph.StackType)
	if f.URN == "" && f.Location.File == "" && len(stacks) > 0 {
		return stacks[0].URN
	}
	return f.URN
}

// owner returns the node that r belongs to, or nil.
func (d *drawing) owner(g *graph.Graph, r *graph.Resource) *node {
	if !strings.HasPrefix(string(r.Type), "aws:") {
		return nil // providers, components, and what has nothing to do with AWS
	}
	for _, o := range owners {
		if linked := g.Resolve(r, r.Ref(o.property), o.types...).Linked(); len(linked) > 0 {
			return d.byURN[linked[0].URN]
		}
	}
	return nil
}

// connect draws an arrow for each reference from node to node.
func (d *drawing) connect(g *graph.Graph) {
	types := make([]graph.Type, 0, len(icons))
	for t := range icons {
		types = append(types, t)
	}
	slices.Sort(types)
	seen := map[[2]*node]bool{}
	link := func(from, to *node) {
		if from == nil || to == nil || from == to || seen[[2]*node{from, to}] {
			return
		}
		seen[[2]*node{from, to}] = true
		d.Edges = append(d.Edges, &edge{From: from, To: to, Use: to.support || from.support})
	}
	for _, r := range withParts(g.Resources) {
		n := d.byURN[r.URN]
		if n == nil || silent[r.Type] {
			continue
		}
		properties := make([]string, 0, len(r.Inputs))
		for property := range r.Inputs {
			properties = append(properties, string(property))
		}
		slices.Sort(properties)
		for _, property := range properties {
			for _, target := range references(g, r, property, types) {
				to := d.byURN[target]
				if slices.Contains(against[r.Type], property) {
					link(to, n)
				} else {
					link(n, to)
				}
			}
		}
	}
}

// withParts returns resources, each with what the program declares inside it.
func withParts(rs []*graph.Resource) []*graph.Resource {
	all := make([]*graph.Resource, 0, len(rs))
	for _, r := range rs {
		all = append(append(all, r), r.Parts...)
	}
	return all
}

// references returns the resources that an argument of r names or is computed from.
func references(g *graph.Graph, r *graph.Resource, property string, types []graph.Type) []resource.URN {
	urns := slices.Clone(r.PropertyDependencies[resource.PropertyKey(property)])
	slices.Sort(urns)
	if len(g.Resources) > maxValues {
		return urns
	}
	var visit func(v graph.Value)
	visit = func(v graph.Value) {
		if v.Secret() {
			return // what a secret names is its own affair
		}
		for _, key := range v.Keys() {
			visit(v.Get(key))
		}
		if v.Property().IsArray() { // what is no list is its own only item
			for _, item := range v.Items() {
				visit(item)
			}
		}
		if s, isString := v.Str(); isString {
			ref := graph.Ref{Property: property, Value: v}
			for _, t := range g.Resolve(r, ref, types...).Certain {
				// A short word, such as a resource's own name, may mean another
				// resource of the same name; what has the form of an address cannot.
				if _, address := graph.NameIn(s); address || property == "bucket" || property == "rule" {
					urns = append(urns, t.URN)
				}
			}
		}
	}
	visit(r.Arg(property))
	return urns
}

// choose numbers the nodes to draw: all, or where they are too many those with
// findings and their neighbours.
func (d *drawing) choose(fs []finding.Finding) {
	keep := map[*node]bool{}
	for _, n := range d.Nodes {
		keep[n] = true
	}
	if len(d.Nodes) > maxNodes {
		clear(keep)
		// The worst come first, and take their place before any neighbour does.
		worst := slices.SortedStableFunc(slices.Values(d.Nodes), func(a, b *node) int {
			return cmp.Compare(a.rank(fs), b.rank(fs))
		})
		for _, n := range worst {
			if len(n.Findings) > 0 && len(keep) < maxNodes {
				keep[n] = true
			}
		}
		wrong := len(keep)
		for _, e := range d.Edges {
			if (len(e.From.Findings) > 0 && keep[e.From] || len(e.To.Findings) > 0 && keep[e.To]) && len(keep) < maxNodes {
				keep[e.From] = true
				if len(keep) < maxNodes {
					keep[e.To] = true
				}
			}
		}
		if wrong == 0 {
			for _, n := range d.Nodes[:maxNodes] {
				keep[n] = true
			}
		}
	}
	d.Left = len(d.Nodes) - len(keep)
	d.Nodes = slices.DeleteFunc(d.Nodes, func(n *node) bool { return !keep[n] })
	d.Edges = slices.DeleteFunc(d.Edges, func(e *edge) bool { return !keep[e.From] || !keep[e.To] })
	for i, n := range d.Nodes {
		n.ID = i
	}
	for urn, n := range d.byURN {
		if !keep[n] {
			delete(d.byURN, urn)
		}
	}
}

// rank returns a number that is lower the worse the node's findings are.
func (n *node) rank(fs []finding.Finding) int {
	best := len(severities)
	for _, i := range n.Findings {
		best = min(best, slices.Index(severities, fs[i].Severity))
	}
	return best
}

// layout gives each node its place: the flow in layers from left to right, and
// below it what the flow uses.
func (d *drawing) layout() {
	var flow, support []*node
	for _, e := range d.Edges {
		if !e.Use {
			e.From.out = append(e.From.out, e.To)
			e.To.in = append(e.To.in, e.From)
		}
	}
	for _, n := range d.Nodes {
		if len(n.in)+len(n.out) == 0 {
			support = append(support, n) // no event passes through it either
		} else {
			flow = append(flow, n)
		}
	}
	layers := rankLayers(flow)
	layers = d.bend(layers)
	untangle(layers)
	bottom := placeFlow(layers)
	bottom = placeSupport(support, d.Edges, bottom, max(1, len(layers)))
	for _, n := range d.Nodes {
		d.Width = max(d.Width, n.X+nodeWidth+margin)
	}
	d.Height = bottom + margin
	for _, e := range d.Edges {
		e.Path = e.path()
	}
}

// rankLayers puts each node one layer after the last one that points to it. An
// arrow that would close a circle counts for nothing.
func rankLayers(nodes []*node) [][]*node {
	const open = -1
	state := map[*node]int{} // 0 not seen, open on the way, 1 done
	var order []*node
	var visit func(n *node)
	visit = func(n *node) {
		state[n] = open
		n.out = slices.DeleteFunc(n.out, func(to *node) bool { return state[to] == open })
		for _, to := range n.out {
			if state[to] == 0 {
				visit(to)
			}
		}
		state[n] = 1
		order = append(order, n)
	}
	for _, n := range nodes {
		if len(n.in) == 0 {
			visit(n)
		}
	}
	for _, n := range nodes {
		if state[n] == 0 {
			visit(n)
		}
	}
	slices.Reverse(order)
	for _, n := range order {
		for _, to := range n.out {
			to.layer = max(to.layer, n.layer+1)
		}
	}
	// A source moves up to what it points to, so that its arrow is short.
	for _, n := range order {
		if len(n.in) == 0 && len(n.out) > 0 {
			nearest := n.out[0].layer
			for _, to := range n.out {
				nearest = min(nearest, to.layer)
			}
			n.layer = max(nearest-1, 0)
		}
	}
	var layers [][]*node
	for _, n := range nodes {
		for len(layers) <= n.layer {
			layers = append(layers, nil)
		}
		layers[n.layer] = append(layers[n.layer], n)
	}
	return layers
}

// bend puts a bend into each layer that an arrow passes, so that arrows make
// room for nodes and for each other.
func (d *drawing) bend(layers [][]*node) [][]*node {
	for _, e := range d.Edges {
		if e.Use || e.To.layer <= e.From.layer {
			continue
		}
		last := e.From
		for l := e.From.layer + 1; l < e.To.layer; l++ {
			b := &node{ID: -1, layer: l, in: []*node{last}}
			last.out = append(last.out, b)
			layers[l] = append(layers[l], b)
			e.via = append(e.via, b)
			last = b
		}
		if len(e.via) > 0 {
			last.out = append(last.out, e.To)
			e.To.in = append(e.To.in, last)
		}
	}
	return layers
}

// untangle orders each layer by the middle of what its nodes are joined to, to
// and fro: few arrows cross then.
func untangle(layers [][]*node) {
	number := func(layer []*node) {
		for i, n := range layer {
			n.order = float64(i)
		}
	}
	for _, layer := range layers {
		number(layer)
	}
	sweep := func(layer []*node, joined func(*node) []*node, at int) {
		middle := map[*node]float64{}
		for _, n := range layer {
			sum, count := 0.0, 0.0
			for _, other := range joined(n) {
				if other.layer == at {
					sum += other.order
					count++
				}
			}
			middle[n] = n.order
			if count > 0 {
				middle[n] = sum / count
			}
		}
		slices.SortStableFunc(layer, func(a, b *node) int { return cmp.Compare(middle[a], middle[b]) })
		number(layer)
	}
	for range 8 {
		for l := 1; l < len(layers); l++ {
			sweep(layers[l], func(n *node) []*node { return n.in }, l-1)
		}
		for l := len(layers) - 2; l >= 0; l-- {
			sweep(layers[l], func(n *node) []*node { return n.out }, l+1)
		}
	}
}

// height returns the height of a node; that of a bend is small.
func (n *node) height() int {
	if n.ID < 0 {
		return 12
	}
	return nodeHeight
}

func (n *node) middle() int { return n.Y + n.height()/2 }

// placeFlow gives the layers their columns and each node its row, near the
// middle of its neighbours. It returns the lower edge.
func placeFlow(layers [][]*node) int {
	for l, layer := range layers {
		y := margin
		for _, n := range layer {
			n.X = margin + l*(nodeWidth+gapX)
			n.Y = y
			y += n.height() + gapY
		}
	}
	for range 12 {
		for _, layer := range layers {
			settle(layer)
		}
		for _, layer := range slices.Backward(layers) {
			settle(layer)
		}
	}
	if len(layers) == 0 {
		return 0
	}
	top, bottom := 1<<30, 0
	for _, layer := range layers {
		for _, n := range layer {
			top, bottom = min(top, n.Y), max(bottom, n.Y+n.height())
		}
	}
	for _, layer := range layers {
		for _, n := range layer {
			n.Y += margin - top
		}
	}
	return max(bottom-top, 0) + margin
}

// settle moves each node of a layer towards the middle of its neighbours, and
// apart from the nodes above and below.
func settle(layer []*node) {
	want := make([]int, len(layer))
	for i, n := range layer {
		sum, count := 0, 0
		for _, other := range slices.Concat(n.in, n.out) {
			if other.layer == n.layer-1 || other.layer == n.layer+1 {
				sum += other.middle()
				count++
			}
		}
		want[i] = n.Y
		if count > 0 {
			want[i] = sum/count - n.height()/2
		}
	}
	// Down once and up once, each time keeping the distance; the middle of both
	// favours neither side.
	down, up := slices.Clone(want), slices.Clone(want)
	for i := 1; i < len(layer); i++ {
		down[i] = max(down[i], down[i-1]+layer[i-1].height()+gapY)
	}
	for i := len(layer) - 2; i >= 0; i-- {
		up[i] = min(up[i], up[i+1]-layer[i].height()-gapY)
	}
	for i, n := range layer {
		n.Y = (down[i] + up[i]) / 2
	}
}

// placeSupport puts what the flow uses in rows below it, each near what uses
// it. It returns the lower edge.
func placeSupport(support []*node, edges []*edge, bottom, columns int) int {
	if len(support) == 0 {
		return bottom
	}
	column := map[*node]int{}
	for _, n := range support {
		sum, count := 0, 0
		for _, e := range edges {
			if e.To == n && len(e.From.in)+len(e.From.out) > 0 {
				sum += e.From.X
				count++
			}
		}
		if count > 0 {
			column[n] = (sum/count - margin + (nodeWidth+gapX)/2) / (nodeWidth + gapX)
		}
	}
	// What nothing uses may stand anywhere, so it comes last.
	place := func(n *node) int {
		if c, used := column[n]; used {
			return c
		}
		return columns
	}
	slices.SortStableFunc(support, func(a, b *node) int { return cmp.Compare(place(a), place(b)) })
	columns = max(columns, 4)
	taken := map[[2]int]bool{}
	y := bottom + 2*gapY
	low := bottom
	for _, n := range support {
		// The nearest free place in the row, then in the next row.
		for row := 0; ; row++ {
			best := -1
			for c := range columns {
				if !taken[[2]int{row, c}] && (best < 0 || abs(c-column[n]) < abs(best-column[n])) {
					best = c
				}
			}
			if best < 0 {
				continue
			}
			taken[[2]int{row, best}] = true
			n.X = margin + best*(nodeWidth+gapX)
			n.Y = y + row*(nodeHeight+gapY)
			low = max(low, n.Y+nodeHeight)
			break
		}
	}
	return low
}

func abs(n int) int { return max(n, -n) }

// path returns the arrow as a smooth curve: through its bends from left to right, or
// from the lower side of a node to the upper side of what it uses.
func (e *edge) path() string {
	from, to := e.From, e.To
	switch {
	case e.Use && to.Y > from.Y:
		x1, y1, x2, y2 := from.X+nodeWidth/2, from.Y+nodeHeight, to.X+nodeWidth/2, to.Y-2
		bow := max(20, (y2-y1)/2)
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1, y1+bow, x2, y2-bow, x2, y2)
	case e.Use && to.Y < from.Y: // a support that names a node of the flow
		x1, y1, x2, y2 := from.X+nodeWidth/2, from.Y, to.X+nodeWidth/2, to.Y+nodeHeight+2
		bow := max(20, (y1-y2)/2)
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1, y1-bow, x2, y2+bow, x2, y2)
	case to.X <= from.X: // back, or within the layer: round the upper side
		x1, y1, x2, y2 := from.X+nodeWidth, from.middle()-12, to.X-2, to.middle()-12
		if to.X == from.X {
			x2 = to.X + nodeWidth + 2
		}
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+gapX/2, y1-gapY, x2+cmp.Compare(x2, x1)*gapX/2, y2-gapY, x2, y2)
	}
	var b strings.Builder
	x, y := from.X+nodeWidth, from.middle()
	fmt.Fprintf(&b, "M%d %d", x, y)
	curve := func(toX, toY int) {
		half := (toX - x) / 2
		fmt.Fprintf(&b, "C%d %d %d %d %d %d", x+half, y, toX-half, toY, toX, toY)
		x, y = toX, toY
	}
	for _, bend := range e.via {
		curve(bend.X, bend.middle())
		x += nodeWidth
		fmt.Fprintf(&b, "H%d", x)
	}
	curve(to.X-2, to.middle())
	return b.String()
}
