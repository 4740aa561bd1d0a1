package naming

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

const (
	functionARN = "arn:{partition}:lambda:{region}:{account}:function:{name}"
	aliasARN    = "arn:{partition}:lambda:{region}:{account}:function:{functionName.function}:{name}|{functionName.arn}:{name}"
	// invocation is the ARN with which API Gateway calls a function.
	invocation = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
	// streamingInvocation is the one that it uses for a response that is streamed.
	//
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
	streamingInvocation = "arn:{partition}:apigateway:{region}:lambda:path/2021-11-15/functions/"
	// namedFunctionARN is for types that refer to a function by its name or its ARN.
	namedFunctionARN = "{functionName.arn}|arn:{partition}:lambda:{region}:{account}:function:{functionName.function}"
)

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
var lambdaTypes = map[string]templates{
	"aws:lambda/alias:Alias": {
		"id":  aliasARN,
		"arn": aliasARN,
		"invokeArn": invocation + "arn:{partition}:lambda:{region}:{account}:function:{functionName.function}:{name}" +
			"/invocations|" + invocation + "{functionName.arn}:{name}/invocations",
	},
	"aws:lambda/capacityProvider:CapacityProvider": {
		"arn": "arn:{partition}:lambda:{region}:{account}:capacity-provider:{name}",
	},
	"aws:lambda/eventSourceMapping:EventSourceMapping": {"functionArn": namedFunctionARN},
	"aws:lambda/function:Function": {
		"id": "{name}", "arn": functionARN, "invokeArn": invocation + functionARN + "/invocations",
		"responseStreamingInvokeArn": streamingInvocation + functionARN + "/response-streaming-invocations",
	},
	"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {"id": "{functionName}:{qualifier}|{functionName}"},
	"aws:lambda/functionUrl:FunctionUrl": {
		"id": "{functionName}/{qualifier}|{functionName}",
		"functionArn": "{functionName.arn}:{qualifier}|" +
			"arn:{partition}:lambda:{region}:{account}:function:{functionName.function}:{qualifier}|" + namedFunctionARN,
	},
	"aws:lambda/layerVersion:LayerVersion": {
		"layerArn": "arn:{partition}:lambda:{region}:{account}:layer:{layerName.plain}",
	},
	"aws:lambda/permission:Permission": {"id": "{statementId}"},
}

var lambdaFunctions = map[string][]function{
	"aws:lambda/function:Function":         {unpublished, uploadedCode},
	"aws:lambda/layerVersion:LayerVersion": {uploadedCode},
}

// unpublished returns the outputs that name the latest version of a function that publishes none. AWS assigns the
// number of a published version: it does not start again when a function of that name has been deleted.
func unpublished(a *arguments) resource.PropertyMap {
	publish, p := a.value("publish")
	if p == unknown || p == known && (!publish.IsBool() || publish.BoolValue()) {
		return nil
	}
	return a.expandAll(templates{
		"qualifiedArn":       functionARN + ":$LATEST",
		"qualifiedInvokeArn": invocation + functionARN + ":$LATEST/invocations",
		"version":            "$LATEST",
	})
}

// uploadedCode returns the hash and the size that Lambda reports for the uploaded archive.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
func uploadedCode(a *arguments) resource.PropertyMap {
	code, ok := a.code()
	if !ok {
		return nil
	}
	sum := sha256.Sum256(code)
	return resource.PropertyMap{
		"codeSha256":     resource.NewProperty(base64.StdEncoding.EncodeToString(sum[:])),
		"sourceCodeSize": resource.NewProperty(float64(len(code))),
	}
}

// maxCode is the size of the largest archive that is read to compute its hash: the maximum that Lambda accepts without
// a bucket.
//
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxCode = 50 << 20

// code returns the bytes that the provider uploads as a function's code: those of an archive file, or those that Pulumi
// makes of a folder or of assets. It fails if the code is not on this machine, or too large to read.
func (a *arguments) code() ([]byte, bool) {
	v, p := a.value("code")
	if p != known || !v.IsArchive() {
		return nil, false
	}
	code := v.ArchiveValue()
	if size, ok := a.archiveSize(code); !ok || size > maxCode {
		return nil, false
	}
	var zipped bytes.Buffer
	if err := code.ArchiveWithWD(archive.ZIPArchive, &zipped, a.at.Folder); err != nil {
		return nil, false
	}
	return zipped.Bytes(), true
}

// path converts a path of the program to one of this process.
func (a *arguments) path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.at.Folder, path)
}

// archiveSize returns the total size of an archive's files, or false if one of them is not on this machine.
func (a *arguments) archiveSize(code *archive.Archive) (size int64, ok bool) {
	switch {
	case code.IsPath():
		return sizeOf(a.path(code.Path))
	case !code.IsAssets():
		return 0, false
	}
	for _, member := range code.Assets {
		var n int64
		ok := false
		switch member := member.(type) {
		case *archive.Archive:
			n, ok = a.archiveSize(member)
		case *asset.Asset:
			switch {
			case member.IsText():
				n, ok = int64(len(member.Text)), true
			case member.IsPath():
				n, ok = sizeOf(a.path(member.Path))
			}
		}
		if size += n; !ok || size > maxCode {
			return size, false
		}
	}
	return size, true
}

// sizeOf returns the size of a file, or of the files in a folder; it stops counting when there are too many.
func sizeOf(path string) (size int64, ok bool) {
	err := filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			size += info.Size()
		}
		if size > maxCode {
			return fs.SkipAll
		}
		return nil
	})
	return size, err == nil
}
