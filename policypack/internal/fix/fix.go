// Package fix describes how to put a finding right, as data: which arguments to set or remove, and which resources to
// add. From it come the message in the program's own language and what a policy pack changes by itself.
package fix

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// Fix is how to put one finding right.
type Fix struct {
	Applicability Applicability
	// Edits are what to change, in the order in which a reader should see it.
	Edits []Edit
	// Advice is what to do in words: what to decide, for a fix that needs a review, or all there is to say, for a
	// finding that no edit of the program's resources puts right. It is an imperative without a full stop.
	Advice string
}

// Applicability is who may apply a fix.
type Applicability string

// The applicabilities there are. The zero value is Review.
const (
	// Safe is a fix that only hardens: nothing that worked before stops working, and there is nothing to decide.
	Safe Applicability = "safe"
	// Review is a fix that somebody has to look at, because it holds a decision, such as a key or an address.
	Review Applicability = "review"
)

// Edit is one change of the program's resources: an argument set, extended or removed, a resource added, or one made
// to wait for others.
type Edit struct {
	// Resource is the one to change; nil for an edit that adds one.
	Resource *graph.Resource
	// Path is the argument to set or remove, in Pulumi's camelCase: "versioningConfiguration.status", "rules[0].id". It
	// leads into the JSON text of an argument, too: "policy.Statement[0].Principal".
	Path string
	// Value is what to set the argument to; nil to remove it.
	Value any
	// Append is set when Value is to be added to the list at Path, rather than to replace it. A list of one in a policy
	// may be written without its brackets.
	Append bool
	// Rename is the right name of the argument at Path, which is misspelt.
	Rename string
	// Add is a resource to declare.
	Add *Declaration
	// After are resources that Resource is to wait for: its option dependsOn. AfterNew are those that the same fix adds.
	After    []*graph.Resource
	AfterNew []*Declaration
}

// Declaration is a resource that a fix adds.
type Declaration struct {
	Type graph.Type
	// Name is its name in the program.
	Name string
	// Arguments are in the order in which a reader expects them.
	Arguments Object
}

// Values of arguments are booleans, numbers, strings, []any, and these.
type (
	// Object is an object with its members in order.
	Object []Member
	// Member is one member of an object.
	Member struct {
		Name  string
		Value any
		// Comment is what code says above it.
		Comment string
	}
	// Output is an output of a resource of the stack, such as a bucket's ARN.
	Output struct {
		Resource *graph.Resource
		Property string
	}
	// NewOutput is an output of a resource that the same fix adds.
	NewOutput struct {
		Declaration *Declaration
		Property    string
	}
	// Joined is a text of several parts: strings, and outputs.
	Joined []any
	// JSON is a value as JSON text, such as a policy document.
	JSON struct{ Value any }
	// Choice is a value that whoever applies the fix has to choose. The text says what it is: "the address of whoever
	// is on call".
	Choice string
	// FileArchive is an archive by the path of its file or folder.
	FileArchive string
	// AssetArchive is an archive of assets by their names in it.
	AssetArchive Object
	// StringAsset is an asset by its text.
	StringAsset string
	// Context is what Pulumi knows of a program: "stack" and "project" are their names.
	Context string
	// Secret is a value that Pulumi keeps encrypted.
	Secret struct{ Value any }
)

// declared returns the name of the output as the program's package has it.
func (o Output) declared() string { return o.Resource.DeclaredPath(o.Property) }

// Set returns a fix that sets an argument of a resource.
func Set(r *graph.Resource, path string, value any) Fix {
	return Fix{Edits: []Edit{{Resource: r, Path: path, Value: value}}}
}

// Append returns a fix that adds an item to the list that an argument of a resource holds.
func Append(r *graph.Resource, path string, item any) Fix {
	return Fix{Edits: []Edit{{Resource: r, Path: path, Value: item, Append: true}}}
}

// Rename returns a fix that gives an argument of a resource, by its path, another name.
func Rename(r *graph.Resource, path, name string) Fix {
	return Fix{Edits: []Edit{{Resource: r, Path: path, Rename: name}}}
}

// Remove returns a fix that removes an argument of a resource.
func Remove(r *graph.Resource, path string) Fix {
	return Fix{Edits: []Edit{{Resource: r, Path: path}}}
}

// Add returns a fix that declares a resource.
func Add(d *Declaration) Fix { return Fix{Edits: []Edit{{Add: d}}} }

// Wait returns a fix that makes a resource wait for others.
func Wait(r *graph.Resource, others ...*graph.Resource) Fix {
	return Fix{Edits: []Edit{{Resource: r, After: others}}}
}

// WaitForNew returns a fix that makes a resource wait for others that it adds by other edits.
func WaitForNew(r *graph.Resource, others ...*Declaration) Fix {
	return Fix{Edits: []Edit{{Resource: r, AfterNew: others}}}
}

// Advise returns a fix that only words describe. Say why where it is not plain that no edit can do it.
func Advise(advice string) Fix { return Fix{Advice: advice} }

// And returns a fix that makes the edits of both, has the advice of both, and is as safe as the less safe one.
func (f Fix) And(more Fix) Fix {
	both := Fix{Applicability: f.Applicability, Edits: append(f.Edits[:len(f.Edits):len(f.Edits)], more.Edits...), Advice: f.Advice}
	if more.Applicability != Safe {
		both.Applicability = more.Applicability
	}
	switch {
	case both.Advice == "":
		both.Advice = more.Advice
	case more.Advice != "" && more.Advice != both.Advice:
		both.Advice += "; " + more.Advice
	}
	return both
}

// Safely returns the fix as one that may be applied without a look.
func (f Fix) Safely() Fix {
	f.Applicability = Safe
	return f
}

// Deciding returns the fix as one that needs a review, with what there is to decide.
func (f Fix) Deciding(advice string) Fix {
	f.Applicability, f.Advice = Review, advice
	return f
}

// Added returns the resources that the fix adds.
func (f Fix) Added() []*Declaration {
	var added []*Declaration
	for _, e := range f.Edits {
		if e.Add != nil {
			added = append(added, e.Add)
		}
	}
	return added
}

// IsZero reports whether the fix says nothing.
func (f Fix) IsZero() bool { return len(f.Edits) == 0 && f.Advice == "" }
