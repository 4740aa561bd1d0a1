package aws

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Words by which programs name, in an environment variable, where a function writes.
var (
	destinationWords = []string{
		"dest", "destination", "out", "output", "processed", "resized", "result", "results", "target", "thumb", "thumbnail",
		"thumbnails", "thumbs",
	}
	folderWords = []string{"dir", "directory", "folder", "path", "prefix"}
)

// Destinations are where the environment of a function has it write.
type Destinations struct {
	All []Destination
	// Folder is the prefix of the keys, if a variable is named for that, and absent else. FolderVariable is its name.
	Folder         graph.Value
	FolderVariable string
	// Open is set while it is not known which variables there are.
	Open bool
}

// Destination is an environment variable that is named for a destination. What it holds may be no bucket at all.
type Destination struct {
	// Variable is its name, for messages: of variables that are secret as a whole no name is shown.
	Variable string
	// ForBucket is set if it is named for a bucket, too.
	ForBucket bool
	Value     graph.Value
	// Target are the buckets of the stack that it may name.
	Target graph.Target
	// Folder is the prefix of keys that it holds behind the bucket's name, absent if there is none.
	Folder graph.Value
}

// Destinations returns where the environment of a function has it write. It is for buckets: a value such as
// s3://name/folder/ names one with a folder in it.
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
