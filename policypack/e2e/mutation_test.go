package e2e_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// mutation is a way to break the reference stack.
type mutation func(t *testing.T, rec *recording)

// remove removes resources.
func remove(whats ...string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, what := range whats {
			rec.properties(t, what)
			rec.resources = slices.DeleteFunc(rec.resources, func(r *pulumirpc.AnalyzeRequest) bool {
				return is(what, r.GetType(), r.GetName())
			})
			rec.stack.Resources = slices.DeleteFunc(rec.stack.Resources, func(r *pulumirpc.AnalyzerResource) bool {
				return is(what, r.GetType(), r.GetName())
			})
		}
	}
}

// set changes one property of a resource; nil removes it.
func set(what, property string, value any) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, what) {
			if value == nil {
				require.Contains(t, properties.GetFields(), property)
				delete(properties.Fields, property)
				continue
			}
			properties.Fields[property] = wire(t, value)
		}
	}
}

// wire converts a value to the form in which the engine sends it.
func wire(t *testing.T, value any) *structpb.Value {
	t.Helper()
	sent, err := plugin.MarshalPropertyValue("", resource.NewPropertyValue(value),
		plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	return sent
}

// all applies the mutations one after the other.
func all(mutations ...mutation) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, mutate := range mutations {
			mutate(t, rec)
		}
	}
}

// rename replaces a bucket's name wherever the stack uses it.
func rename(bucket, name string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		old := rec.properties(t, bucket)[0].GetFields()["bucket"].GetStringValue()
		require.NotEmpty(t, old)
		rec.replace(t, old, name)
	}
}

// onStack makes it another stack of the program.
func onStack(name string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		rec.replace(t, "urn:pulumi:"+rec.stackName+"::", "urn:pulumi:"+name+"::")
		rec.stackName = name
	}
}

// configured sets parameters of a rule.
func configured(rule string, params map[string]any) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		rec.policies = map[string]*pulumirpc.PolicyConfig{rule: mandatory(t, params)}
	}
}

// policy sets a policy, as text, in place of a resource's own.
func policy(what, property, statements string) mutation {
	return set(what, property, `{"Version": "2012-10-17", "Statement": [`+statements+`]}`)
}

// reword replaces a part of a text, such as a policy, that occurs once.
func reword(what, property, old, text string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, what) {
			whole := properties.GetFields()[property].GetStringValue()
			require.Equal(t, 1, strings.Count(whole, old), "%s in %s of %s: %s", old, property, what, whole)
			properties.Fields[property] = structpb.NewStringValue(strings.Replace(whole, old, text, 1))
		}
	}
}

// states adds a statement to the policy of a resource.
func states(what, statement string) mutation {
	return reword(what, "policy", `"Statement":[`, `"Statement":[`+statement+`,`)
}

// unordered removes one resource from what another waits for.
func unordered(what, before string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		found := false
		isBefore := func(urn string) bool {
			return is(before, string(resource.URN(urn).Type()), resource.URN(urn).Name())
		}
		for _, r := range rec.stack.GetResources() {
			if is(what, r.GetType(), r.GetName()) {
				found = slices.ContainsFunc(r.GetDependencies(), isBefore)
				r.Dependencies = slices.DeleteFunc(r.Dependencies, isBefore)
			}
		}
		require.True(t, found, "%s does not wait for %s", what, before)
	}
}

// tagged adds tags to every AWS resource.
func tagged(tags map[string]any) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, r := range rec.resources {
			if strings.HasPrefix(r.GetType(), "aws:") {
				r.GetProperties().GetFields()["tags"] = wire(t, tags)
			}
		}
		for _, r := range rec.stack.GetResources() {
			if strings.HasPrefix(r.GetType(), "aws:") {
				r.GetProperties().GetFields()["tags"] = wire(t, tags)
			}
		}
	}
}

// artifact is code that a build left beside a program in dir.
type artifact struct {
	dir  string
	code *archive.Archive
}

// artifactOf returns the code in a file or folder of dir. Its path is relative, as
// in a program.
func artifactOf(t *testing.T, dir, name string) artifact {
	t.Helper()
	code, err := archive.FromPath(filepath.Join(dir, name))
	require.NoError(t, err)
	code.Path = name
	return artifact{dir, code}
}

// ships gives the function other code.
func ships(a artifact) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		rec.dir = a.dir
		set(function, "code", a.code)(t, rec)
	}
}

// runs gives the function other code, runtime and handler.
func runs(a artifact, runtime, handler string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		ships(a)(t, rec)
		set(function, "runtime", runtime)(t, rec)
		set(function, "handler", handler)(t, rec)
	}
}

// source writes files beside the program's own, as an edit of the program would:
// rewrite maps files to what is replaced in them, and by what.
func source(rewrite map[string][]string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		module := t.TempDir()
		rec.dir = filepath.Join(module, "stack")
		require.NoError(t, os.CopyFS(rec.dir, os.DirFS(stackDir())))
		goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(module, "go.mod"), goMod, 0o600))
		for name, replace := range rewrite {
			file := filepath.Join(rec.dir, name)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for i := 0; i < len(replace); i += 2 {
				require.Equal(t, 1, bytes.Count(text, []byte(replace[i])), "%s in %s", replace[i], name)
				text = bytes.Replace(text, []byte(replace[i]), []byte(replace[i+1]), 1)
			}
			require.NoError(t, os.WriteFile(file, text, 0o600))
		}
	}
}

// member is a file in an archive.
type member struct {
	name, text string
	mode       fs.FileMode
	modified   time.Time
}

// zipped returns a zip file of the members, in that order. A member without text
// contains what the reference stack's function starts.
func zipped(t *testing.T, members ...member) artifact {
	t.Helper()
	dir := t.TempDir()
	out, err := os.Create(filepath.Join(dir, "code.zip"))
	require.NoError(t, err)
	writer := zip.NewWriter(out)
	for _, m := range members {
		if m.text == "" {
			m.text = bootstrap(t)
		}
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: m.modified}
		header.SetMode(m.mode)
		w, err := writer.CreateHeader(header)
		require.NoError(t, err)
		_, err = io.WriteString(w, m.text)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	require.NoError(t, out.Close())
	return artifactOf(t, dir, "code.zip")
}

// bootstrap returns the executable that the reference stack's function starts.
func bootstrap(t *testing.T) string {
	t.Helper()
	built, err := zip.OpenReader(filepath.Join(root, "build", "thumbnail.zip"))
	require.NoError(t, err)
	defer built.Close()
	text, err := fs.ReadFile(built, "bootstrap")
	require.NoError(t, err)
	return string(text)
}

// folder returns a folder with files; files maps their names to their texts.
func folder(t *testing.T, name string, files map[string]string) artifact {
	t.Helper()
	dir := t.TempDir()
	for file, text := range files {
		at := filepath.Join(dir, name, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	return artifactOf(t, dir, name)
}

// entry changes the first entry of the reference stack's notification.
func entry(change func(entry map[string]*structpb.Value)) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, notification) {
			entries := properties.GetFields()["lambdaFunctions"].GetListValue().GetValues()
			require.NotEmpty(t, entries)
			change(entries[0].GetStructValue().GetFields())
		}
	}
}

// variables sets variables in the environment of the function; nil removes one.
func variables(values map[string]any) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, function) {
			fields := properties.GetFields()["environment"].GetStructValue().GetFields()["variables"].GetStructValue().GetFields()
			for name, value := range values {
				if value == nil {
					require.Contains(t, fields, name)
					delete(fields, name)
					continue
				}
				fields[name] = wire(t, value)
			}
		}
	}
}

// stackOutputs changes the outputs of the stack.
func stackOutputs(change func(outputs map[string]*structpb.Value)) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, r := range rec.stack.GetResources() {
			if r.GetType() == stackToken {
				change(r.GetProperties().GetFields())
				return
			}
		}
		t.Fatal("the recording has no stack")
	}
}

// output adds an output to the stack.
func output(name, value string) mutation {
	return stackOutputs(func(outputs map[string]*structpb.Value) { outputs[name] = structpb.NewStringValue(value) })
}

// validation changes the stack's output validations.
func validation(change func(checks map[string]*structpb.Value)) mutation {
	return stackOutputs(func(outputs map[string]*structpb.Value) {
		change(outputs["validations"].GetStructValue().GetFields())
	})
}

// mutations are ways to break the reference stack, by the rule that catches each
// and by name.
type mutations map[string]map[string]mutation

func TestEachMutationOfTheReferenceStackIsCaughtByExactlyItsRule(t *testing.T) {
	t.Parallel()
	rec := record(t)
	require.Empty(t, rec.clone().replay(t), "the reference stack itself")
	for name, prepare := range map[string]mutation{
		"a production stack":              onStack("production"),
		"the key's ARN is known":          keyIsKnown,
		"tags that are asked for":         all(ownerAndCostCenter, tagged(map[string]any{"Owner": "images", "CostCenter": "1"})),
		"a key of the queue's own":        configured("sqs-encryption", map[string]any{"customerKey": true}),
		"thumbnails next to uploads":      writesToSource("thumbnails/"),
		"destroyed where nothing is kept": set(sourceBucket, "forceDestroy", true),
	} {
		t.Run("none: "+name, func(t *testing.T) {
			t.Parallel()
			changed := rec.clone()
			prepare(t, &changed)
			assert.Empty(t, changed.replay(t), "what mutations only prepare is no defect")
		})
	}
	for _, cases := range []mutations{documentedMutations(t), ruleBookMutations()} {
		for rule, mutations := range cases {
			for name, mutate := range mutations {
				t.Run(rule+" "+name, func(t *testing.T) {
					t.Parallel()
					changed := rec.clone()
					mutate(t, &changed)
					assert.Equal(t, []string{rule}, changed.replay(t))
				})
			}
		}
	}
}

func TestEveryRuleHasMutations(t *testing.T) {
	t.Parallel()
	all := documentedMutations(t)
	for rule, mutations := range ruleBookMutations() {
		require.NotContains(t, all, rule, "it has mutations in both tables")
		all[rule] = mutations
	}
	for _, id := range registry(t).IDs() {
		assert.GreaterOrEqual(t, len(all[id]), 2, "mutations of the reference stack that %s catches", id)
		delete(all, id)
	}
	assert.Empty(t, slices.Collect(maps.Keys(all)), "mutations for rules that do not exist")
}
