package golang

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

func TestStubs(t *testing.T) {
	_, err := stubs()
	require.NoError(t, err)
}

func TestTry(t *testing.T) {
	fsys := fstest.MapFS{
		"go.mod": {Data: []byte("module example.com/x\n")},
		"main.go": {Data: []byte(`package main
import (
	"os/exec"
	"bytes"
	"archive/zip"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-command/sdk/go/command/local"
	"fmt"
	"example.com/x/lib"
)
func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		n, err := s3.NewBucketNotification(ctx, "n", &s3.BucketNotificationArgs{
			LambdaFunctions: s3.BucketNotificationLambdaFunctionArray{ &s3.BucketNotificationLambdaFunctionArgs{ Events: pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")}}},
		})
		ctx.RegisterResource("aws:s3/bucketNotification:BucketNotification", "n", pulumi.Map{"a": pulumi.Array{pulumi.Map{"b": n}}}, nil)
		dir := "build"
		words := []string{"install", "-t", dir}
		words = append(words, "more")
		exec.Command("pip", words...).Run()
		exec.Command("sh", "-c", fmt.Sprintf("cd %s && make %d", dir, 3))
		local.NewCommand(ctx, "c", &local.CommandArgs{Create: pulumi.String("npm ci")})
		lib.Build("zip -r")
		return err
	})
}
`)},
		"lib/lib.go": {Data: []byte(`package lib
import (
	"os/exec"
	"bytes"
	"archive/zip"
	)
func Build(command string) { 
	exec.Command("sh", "-c", command) // pipeguard:ignore x -- y
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, _ := w.Create("a")
	f.Write(nil)
	// pipeguard:ignore z -- w

	// foo
	upload(&buf)
}
`)},
	}
	tr := tree.New(fsys, tree.Budget{Files: 100, Bytes: 1 << 20, Time: time.Second}, Endings...)
	fs := Read(tr, fact.Request{Entry: []string{"."}, Words: []string{"exec."}})
	for _, c := range fs.Calls {
		fmt.Println(c.Location, c.In, "|", c.Func)
		for _, a := range c.Args {
			fmt.Printf("     %s %+v\n", a.Name, a.Value)
		}
	}
	fmt.Println(fs.Comments, tr.Gaps(), fs.Files)
}
