package preview

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

func TestAYAMLProgramSaysWhatItUsesOfEachPackage(t *testing.T) {
	t.Parallel()
	program := yamlprogram.Parse("Pulumi.yaml", []byte(`name: shop
runtime: yaml
variables:
  zone: {fn::invoke: {function: aws:route53:getZone, arguments: {name: example.com}, return: zoneId}}
  account: {fn::invoke: {function: aws-native:getAccountId, return: accountId}}
resources:
  images: {type: aws:s3:Bucket, properties: {tags: {a: b}}, options: {version: 6.83.4}}
  suffix: {type: random:RandomId, properties: {byteLength: 4}}
  image: {type: docker:Image}
  provider: {type: pulumi:providers:gcp}
  other: {type: pulumi:pulumi:StackReference}
outputs: {hex: "${suffix.hex}"}
`))
	require.Empty(t, program.Errors)

	uses := usesOf(program)

	assert.Equal(t, map[string][]string{"aws-native:getAccountId": nil}, uses["aws-native"].Functions, "it has no arguments")
	assert.Len(t, uses, 5, "a stack reference is of no package")
	assert.Equal(t, "6.83.4", uses["aws"].version)
	assert.Equal(t, map[string][]string{"aws:s3:Bucket": {"tags"}}, uses["aws"].Resources)
	assert.Equal(t, map[string][]string{"aws:route53:getZone": {"name"}}, uses["aws"].Functions)
	assert.Equal(t, map[string][]string{"random:RandomId": {"byteLength"}}, uses["random"].Resources)
	assert.Equal(t, "4.0.0", uses["docker"].version, "Pulumi YAML refuses images of older ones")
	assert.Contains(t, uses["gcp"].Resources, "pulumi:providers:gcp")
	assert.Equal(t, []string{"accountId", "hex", "zoneId"}, uses["random"].Reads)
	assert.Nil(t, usesOf(nil), "a program in another language")
}

func FuzzUsesOf(f *testing.F) {
	f.Add("resources:\n  a: {type: aws:s3:Bucket, properties: {bucket: a, 'b.c': 1}, options: {version: 6.0.0}}\n")
	f.Add("resources:\n  a: {type: random:index/randomId:RandomId, properties: {byteLength: 4}}\noutputs: {o: '${a.hex}'}\n")
	f.Add("variables: {v: {fn::invoke: {function: 'gcp:a/b:c', arguments: {d: 1}, return: e}}}\nresources: {p: {type: 'pulumi:providers:gcp'}}\n")
	f.Add("resources: {a: {type: ':::'}, b: {type: docker:Image}, c: {type: 'a:b:c:d'}, d: {type: a}, e: {type: 'x:y:'}}\n")
	f.Fuzz(func(t *testing.T, src string) {
		program := yamlprogram.Parse("Pulumi.yaml", []byte(src))
		for name, use := range usesOf(program) {
			text, err := planprovider.PackageSchema(name, use.version, use.Use)
			if err != nil {
				assert.NotEmpty(t, name, "%v", err)
				continue
			}
			var schema struct {
				Name      string
				Resources map[string]any
			}
			require.NoError(t, json.Unmarshal(text, &schema), "%s", text)
			assert.Equal(t, name, schema.Name)
		}
	})
}
