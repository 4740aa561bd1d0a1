package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// rename is a name that another version of the SDK spells differently.
type rename struct{ from, to string }

// renamed are the names in testdata's programs that a version of the SDK spells differently, or has a simpler form of,
// by language and major version. The table lists them.
var renamed = map[string]map[string][]rename{
	"Go": {
		"v5": {
			{`lambda.RuntimePython3d12`, `lambda.Runtime("python3.12")`},
			{`lambda.RuntimeNodeJS20dX`, `lambda.Runtime("nodejs20.x")`},
			{`lambda.RuntimeCustomAL2023`, `lambda.Runtime("provided.al2023")`},
		},
		"v7": {
			{`&s3.BucketVersioningArgs{Enabled`, `&s3.BucketVersioningTypeArgs{Enabled`},
			{`AssumeRole: &aws.ProviderAssumeRoleArgs{RoleArn: role.Arn},`, `AssumeRoles: aws.ProviderAssumeRoleArray{&aws.ProviderAssumeRoleArgs{RoleArn: role.Arn}},`},
		},
	},
	"TypeScript": {
		"v7": {{`assumeRole: { roleArn: deployerRole.arn }`, `assumeRoles: [{ roleArn: deployerRole.arn }]`}},
	},
	"Python": {
		"v6": {
			{"BucketVersioning", "BucketVersioningV2"},
			{"BucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfigurationV2"},
			{"BucketLifecycleConfiguration", "BucketLifecycleConfigurationV2"},
			{"BucketLogging", "BucketLoggingV2"},
			{"aws.get_region().region", "aws.get_region().name"},
		},
	},
}

// renames returns the change of a program's names, and of a Go program's imports, for a version of the SDK.
func renames(language, major string) changing {
	if language == "JavaScript" {
		language = "TypeScript"
	}
	var pairs []string
	if language == "Go" {
		pairs = append(pairs, "pulumi-aws/sdk/v6/", "pulumi-aws/sdk/"+major+"/")
	}
	for _, r := range renamed[language][major] {
		pairs = append(pairs, r.from, r.to)
	}
	replacer := strings.NewReplacer(pairs...)
	return func(file, text string) (string, error) {
		switch filepath.Ext(file) {
		case ".go", ".ts", ".py":
			return replacer.Replace(text), nil
		}
		return text, nil
	}
}

// withVersion returns a YAML program whose AWS resources ask for a version of the provider.
func withVersion(text, number string) (string, error) {
	var file yaml.Node
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		return "", fmt.Errorf("reading the YAML program: %w", err)
	}
	resources := entry(file.Content[0], "resources")
	for i := 1; resources != nil && i < len(resources.Content); i += 2 {
		r := resources.Content[i]
		if token := entry(r, "type"); token == nil || !strings.HasPrefix(token.Value, "aws:") {
			continue
		}
		options := entry(r, "options")
		if options == nil {
			options = &yaml.Node{Kind: yaml.MappingNode}
			r.Content = append(r.Content, scalar("options"), options)
		}
		options.Content = append(options.Content, scalar("version"), scalar(number))
	}
	changed, err := yaml.Marshal(&file)
	if err != nil {
		return "", fmt.Errorf("writing the YAML program: %w", err)
	}
	return string(changed), nil
}

func scalar(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }

// entry returns the value of a key of a mapping, or nil if it is missing.
func entry(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}
