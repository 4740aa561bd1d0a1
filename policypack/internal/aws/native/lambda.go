package native

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
var lambdaKinds = map[graph.Type]kind{
	"aws-native:lambda:Function": {
		to: graph.Function,
		arguments: append(renamed(
			"fileSystemConfig fileSystemConfigs[0]", "imageUri code.imageUri", "name functionName", "s3Bucket code.s3Bucket",
			"s3Key code.s3Key", "s3ObjectVersion code.s3ObjectVersion", "sourceKmsKeyArn code.sourceKmsKeyArn"),
			member{name: "code", native: "code.zipFile", as: inlineCode},
			member{name: "imageConfig", native: "imageConfig", shape: renamed("commands command", "entryPoints entryPoint")},
			tags),
		outputs: renamed("id id", "arn arn"),
		finish:  nameInlineCode,
	},
	"aws-native:lambda:Permission": {
		to: graph.Permission, arguments: renamed("function functionName"),
	},
	"aws-native:lambda:EventInvokeConfig": {to: graph.FunctionEventInvokeConfig},
	"aws-native:lambda:EventSourceMapping": {
		to:        graph.EventSourceMapping,
		arguments: append(renamed("destinationConfig.onFailure.destinationArn destinationConfig.onFailure.destination"), tags),
		outputs:   renamed("id id", "arn eventSourceMappingArn", "uuid awsId"),
	},
	"aws-native:lambda:Url": {
		to: graph.FunctionURL, arguments: renamed("authorizationType authType", "functionName targetFunctionArn"),
		outputs: renamed("functionArn functionArn", "functionUrl functionUrl"),
	},
	"aws-native:lambda:Alias": {
		to: graph.FunctionAlias, outputs: renamed("id id", "arn aliasArn"),
	},
}

// inlineCode converts a function's source text to the archive of one file that CloudFormation makes of it. See
// nameInlineCode for the name of the file.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
var inlineCode = &conversion{
	adapt: func(v graph.Value) graph.Value {
		text, ok := v.Str()
		if !ok {
			return v
		}
		return graph.NewValue(resource.NewProperty(&archive.Archive{Assets: map[string]any{"index": &asset.Asset{Text: text}}}))
	},
	restore: func(v, _ graph.Value) graph.Value {
		if v.Unknown() {
			return v
		}
		if v.Property().IsArchive() {
			for _, member := range v.Property().ArchiveValue().Assets {
				if a, ok := member.(*asset.Asset); ok && a.IsText() {
					return graph.NewValue(resource.NewProperty(a.Text))
				}
			}
		}
		return graph.Value{}
	},
}

// nameInlineCode names the file with a function's source text according to its language. While the language is not
// known, the code is unknown as well.
func nameInlineCode(function resource.PropertyMap) {
	code := graph.NewValue(function["code"])
	if !code.Property().IsArchive() {
		return
	}
	runtime, _ := graph.NewValue(function["runtime"]).Str()
	name := ""
	switch {
	case strings.HasPrefix(runtime, "nodejs"):
		name = "index.js"
	case strings.HasPrefix(runtime, "python"):
		name = "index.py"
	default:
		function["code"] = sameSecret(code, unknown())
		return
	}
	named := &archive.Archive{Assets: map[string]any{name: code.Property().ArchiveValue().Assets["index"]}}
	function["code"] = sameSecret(code, resource.NewProperty(named))
}
