package python

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// usualNames are what names mean in a piece of a program that leaves its
// imports out.
var usualNames = map[string]string{
	"aws": "pulumi_aws", "pulumi": "pulumi", "command": "pulumi_command",
	"subprocess": "subprocess", "os": "os", "shutil": "shutil", "zipfile": "zipfile", "tarfile": "tarfile",
	"json": "json", "io": "io", "sys": "sys", "tempfile": "tempfile", "boto3": "boto3",
	"BytesIO": "io.BytesIO", "Path": "pathlib.Path",
}

// usualClients are names that an S3 client usually has.
var usualClients = []string{"s3", "s3_client", "client"}

// usual is what a name means in such a piece.
func usual(name string) ref {
	if slices.Contains(usualClients, name) {
		return ref{value: fact.Value{Kind: fact.Result, Call: &fact.Call{
			Language: fact.Python, Func: "boto3.client",
			Args: []fact.Arg{{Value: fact.Value{Kind: fact.Text, Text: "s3"}}},
		}}}
	}
	return ref{name: usualNames[name]}
}
