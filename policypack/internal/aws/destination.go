package aws

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Words that programs use in the names of environment variables for where a function writes.
var (
	destinationWords = []string{
		"dest", "destination", "out", "output", "processed", "resized", "result", "results", "target", "thumb", "thumbnail",
		"thumbnails", "thumbs",
	}
	folderWords = []string{"dir", "directory", "folder", "path", "prefix"}
)

// Destinations are the places that the environment of a function names as places to write to.
type Destinations struct {
	All []Destination
	// Folder is the prefix of keys if there is a variable for it, and absent otherwise. FolderVariable is the name of
	// the variable.
	Folder         graph.Value
	FolderVariable string
	// Open is set while it is not known which variables there are.
	Open bool
}

// Destination is an environment variable whose name suggests a destination. Its value need not be a bucket.
type Destination struct {
	// Variable is its name, for messages. It is hidden if the variables are secret as a whole.
	Variable string
	// ForBucket is set if the name also suggests a bucket.
	ForBucket bool
	Value     graph.Value
	// Target are the buckets of the stack that the value may name.
	Target graph.Target
	// Folder is the prefix of keys that follows the bucket's name in the value, absent if there is none.
	Folder graph.Value
}

// Destinations returns where a function writes according to its environment. It looks for buckets: a value such as
// s3://name/folder/ names a bucket and a folder in it.
func (s *Stack) Destinations(function *graph.Resource) Destinations {
	variables := function.Arg("environment").Get("variables")
	found := Destinations{Open: variables.Unknown()}
	for _, name := range variables.Keys() {
		words, value := text.Words(name), variables.Get(name)
		if !text.HasAny(words, destinationWords) {
			continue
		}
		if variables.Secret() {
			name = "[secret]"
		}
		if text.HasAny(words, folderWords) {
			found.Folder, found.FolderVariable = value, name
			continue
		}
		d := Destination{Variable: name, ForBucket: slices.Contains(words, "bucket"), Value: value}
		ref := graph.Ref{Property: "environment", Value: value}
		if address, known := value.Str(); known {
			bucket, folder, hasFolder := strings.Cut(strings.TrimPrefix(address, "s3://"), "/")
			ref.Value = graph.NewValue(resource.NewProperty(bucket))
			if hasFolder {
				d.Folder = graph.NewValue(resource.NewProperty(folder))
			}
		}
		d.Target = s.Resolve(function, ref, graph.Bucket)
		found.All = append(found.All, d)
	}
	return found
}
