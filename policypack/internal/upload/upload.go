// Package upload finds uploads to S3, in the source of handlers, of streams whose position or length is uncertain.
package upload

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// ownFunction matches functions that a Python, TypeScript or JavaScript program defines itself.
var ownFunction = regexp.MustCompile(`\.(py|[cm]?[jt]sx?):`)

// Bodies returns the bodies that a call sends to S3 in one piece. It leaves out uploaders that are made for streams.
func Bodies(c *fact.Call) []fact.Value {
	if ownFunction.MatchString(c.Func) {
		return nil
	}
	method := c.Method()
	switch c.Language {
	case fact.Python:
		if method == "upload_fileobj" {
			return ifGiven(c.Arg("Fileobj", 0))
		}
		object := method == "put" && strings.Contains(c.Func, "boto3.resource()")
		if method == "put_object" || method == "upload_part" || object {
			return ifGiven(c.Arg("Body", -1))
		}
	case fact.Go:
		if method == "PutObject" || method == "PutObjectWithContext" || method == "UploadPart" {
			for _, arg := range c.Args {
				if strings.HasSuffix(arg.Value.Type, "/s3.PutObjectInput") || strings.HasSuffix(arg.Value.Type, "/s3.UploadPartInput") {
					return ifGiven(arg.Value.Field("Body"))
				}
			}
		}
	case fact.TypeScript:
		if slices.Contains([]string{"PutObjectCommand", "UploadPartCommand", "putObject", "uploadPart"}, method) {
			input, ok := c.Arg("", 0)
			_, sized := input.Field("ContentLength")
			if !ok || sized {
				return nil
			}
			return ifGiven(input.Field("Body"))
		}
	default: // nothing to look for in other languages
	}
	return nil
}

func ifGiven(v fact.Value, ok bool) []fact.Value {
	if !ok {
		return nil
	}
	return []fact.Value{v}
}

// Judge returns what is wrong with an uploaded body, by naming what the body is, and how to fix it. It returns
// undecided if it cannot find out what the body is.
func Judge(c *fact.Call, body fact.Value) (why, fix string, undecided bool) {
	switch body.Kind {
	case fact.Text, fact.Bytes, fact.Scalar:
		return "", "", false
	case fact.Unknown, fact.List, fact.Dict, fact.Result, fact.Closure:
	}
	switch c.Language {
	case fact.Python:
		if c.Method() == "upload_fileobj" {
			return unsettledFileobj(body)
		}
		return unsettledPython(body)
	case fact.Go:
		return unsettledGo(c, body)
	case fact.TypeScript:
		return unsettledNode(body)
	default: // nothing to look for in other languages
	}
	return "", "", true
}

// pythonBytes are methods and functions that return bytes or a string.
var pythonBytes = []string{
	"getvalue", "getbuffer", "read", "read_bytes", "read_text", "tobytes", "encode", "dumps", "to_bytes", "to_json",
	"join", "format", "compress", "decompress", "b64decode", "b64encode", "bytes", "bytearray", "str", "hexdigest", "digest",
	"SerializeToString", "strip", "replace", "decode", "make_blob", "isoformat",
}

// pythonStream matches the streams in the responses of boto3, requests and urllib.
var pythonStream = regexp.MustCompile(`\.get_object\(\)\["Body"\]$|^requests\..*\.raw$|^urllib\.request\.urlopen$`)

func unsettledPython(v fact.Value) (why, fix string, undecided bool) {
	switch {
	case v.MadeBy("io.BytesIO") && len(v.Call.Args) == 1 && len(v.Uses) == 0:
		return "", "", false // created from bytes, so its position is the start
	case v.MadeBy("io.BytesIO", "io.StringIO"):
		class := v.Call.Method()
		return "a " + class + ", whose position is wherever the last use left it",
			"pass its bytes: Body=buffer.getvalue()", false
	case v.MadeBy("tempfile.TemporaryFile", "tempfile.NamedTemporaryFile", "tempfile.SpooledTemporaryFile"):
		if lastIsSeek(v.Uses) {
			return "", "", false
		}
		return "a temporary file, whose position is wherever the last use left it",
			"call seek(0) and pass Body=file.read(), or use upload_fileobj", false
	case v.MadeBy("open", "io.open", "builtins.open") || v.Kind == fact.Result && strings.HasSuffix(v.Call.Func, "Path().open"):
		return unsettledFile(v)
	case v.Kind == fact.Result && slices.Contains(pythonBytes, v.Call.Method()):
		return "", "", false
	}
	if v.Kind == fact.Result && pythonStream.MatchString(v.Call.Func) {
		return "the stream of a response, which cannot be rewound", "pass its bytes: Body=stream.read()", false
	}
	switch strings.TrimPrefix(v.Type, "builtins.") {
	case "bytes", "bytearray", "str", "memoryview":
		return "", "", false
	case "io.BytesIO", "BytesIO", "typing.BinaryIO", "typing.IO", "io.BufferedIOBase", "io.RawIOBase":
		return "a " + v.Type[strings.LastIndexByte(v.Type, '.')+1:] + ", whose position is not settled",
			"pass its bytes: Body=buffer.getvalue() or stream.read()", false
	}
	return "", "", true
}

// pythonWriters matches functions that move the position of a stream they are passed, and methods that move their own,
// to the end of what was written or read.
var pythonWriters = regexp.MustCompile(
	`^\.(write|writelines|read|readline|readlines)$|\.(save|savefig|dump|to_csv|to_excel|to_parquet|to_json|to_pickle|savez|savez_compressed|imwrite|imsave` +
		`|write_table|download_fileobj|copyfileobj|export|writestr|ZipFile|GzipFile|TarFile|TextIOWrapper|writer|DictWriter)$|^(zipfile|tarfile|csv)\.`)

// unsettledFileobj judges what upload_fileobj reads. It sends a stream of any length in parts, but starts at the
// stream's position: data that was just written is not sent.
func unsettledFileobj(v fact.Value) (why, fix string, undecided bool) {
	stream := ""
	switch {
	case v.MadeBy("io.BytesIO"):
		stream = "a BytesIO"
	case v.MadeBy("tempfile.TemporaryFile", "tempfile.NamedTemporaryFile", "tempfile.SpooledTemporaryFile"):
		stream = "a temporary file"
	case v.MadeBy("open", "io.open", "builtins.open"):
		stream = "a file"
	default:
		return "", "", false // upload_fileobj is made for streams from elsewhere
	}
	for _, use := range slices.Backward(v.Uses) {
		switch {
		case use == ".seek":
			return "", "", false
		case pythonWriters.MatchString(use):
			return stream + " that was written or read and not rewound, so that nothing before its position is sent",
				"call seek(0) on it before the upload", false
		}
	}
	return "", "", false
}

// unsettledFile judges a file that the handler opened. A newly opened binary file is all right.
func unsettledFile(v fact.Value) (why, fix string, undecided bool) {
	position := 1
	if strings.HasSuffix(v.Call.Func, "Path().open") {
		position = 0
	}
	mode := "r"
	if arg, ok := v.Call.Arg("mode", position); ok {
		if mode, ok = arg.Literal(); !ok {
			return "", "", true
		}
	}
	switch {
	case !strings.Contains(mode, "b"):
		return "a file opened in text mode", "open it with \"rb\"", false
	case strings.ContainsAny(mode, "wax") && !lastIsSeek(v.Uses):
		return "a file opened for writing", "close it and open it again with \"rb\"", false
	case len(v.Uses) > 0 && !lastIsSeek(v.Uses):
		return "a file that was used before, whose position is not settled", "call seek(0) before the upload, or open it again", false
	}
	return "", "", false
}

func lastIsSeek(uses []string) bool {
	return len(uses) > 0 && uses[len(uses)-1] == ".seek"
}

// goSeekable are readers that can be rewound, so that they can be measured and sent again.
var goSeekable = []string{"*bytes.Reader", "*strings.Reader", "*os.File", "*io.SectionReader", "io.ReadSeeker", "io.ReadSeekCloser"}

// goStreams are readers that cannot be rewound.
var goStreams = []string{
	"*bytes.Buffer", "*io.PipeReader", "*bufio.Reader", "*bufio.ReadWriter", "*io.LimitedReader", "*compress/gzip.Reader",
	"*archive/tar.Reader", "*net.TCPConn", "net.Conn",
}

// goStreamMakers are functions that return an io.Reader that cannot seek.
var goStreamMakers = []string{"io.TeeReader", "io.LimitReader", "io.MultiReader", "io.NopCloser", "compress/flate.NewReader"}

func unsettledGo(c *fact.Call, v fact.Value) (why, fix string, undecided bool) {
	const pass = "pass bytes.NewReader(buffer.Bytes()), or use feature/s3/manager's Uploader"
	stream := slices.Contains(goStreams, v.Type) || v.MadeBy(goStreamMakers...)
	switch {
	case v.Seeks || slices.Contains(goSeekable, v.Type):
		return "", "", false
	case !stream && v.Type != "io.ReadCloser":
		return "", "", true
	// An option can switch off the hash of the payload, and only that needs to seek.
	case len(c.Args) > 2:
		return "", "", true
	case v.MadeBy(goStreamMakers...):
		return "the result of " + v.Call.Func + ", which cannot seek", pass, false
	}
	return "a " + v.Type + ", which cannot seek", pass, false
}

// nodeBytes are methods and functions that return a Buffer or a string.
var nodeBytes = []string{
	"from", "alloc", "concat", "toBuffer", "readFileSync", "readFile", "stringify", "toString", "transformToByteArray",
	"transformToString", "createReadStream", "Uint8Array", "Blob", "getBufferAsync", "getBuffer", "encode", "join", "slice",
	"gzipSync", "subarray", "arrayBuffer", "Buffer", "buffer", "text",
}

// nodeStreams are functions and classes that return a stream of unknown length.
var nodeStreams = []string{
	"stream.PassThrough", "stream.Readable", "stream.Readable.from", "stream.Transform", "stream.Duplex", "stream.pipeline",
	"stream.promises.pipeline", "http.get().response", "https.get().response", "http.request().response",
	"https.request().response", "zlib.createGzip", "zlib.createGunzip", "zlib.createDeflate", "zlib.createBrotliCompress",
}

func unsettledNode(v fact.Value) (why, fix string, undecided bool) {
	const pass = "pass a Buffer, or ContentLength with the stream, or use Upload of @aws-sdk/lib-storage"
	switch strings.TrimPrefix(v.Type, "Node.") {
	case "Buffer", "Uint8Array", "string":
		return "", "", false
	case "Readable", "stream.Readable", "NodeJS.ReadableStream", "ReadableStream", "PassThrough", "stream.PassThrough":
		return "a " + v.Type + " without its length", pass, false
	}
	if v.Kind != fact.Result {
		return "", "", true
	}
	function := v.Call.Func
	switch {
	case slices.Contains(nodeStreams, function) || v.Call.Method() == "pipe":
		return "a stream without its length", pass, false
	case function == "sharp" || strings.HasPrefix(function, "sharp()") && !slices.Contains(nodeBytes, v.Call.Method()):
		return "a sharp pipeline, which is a stream without its length", "pass the Buffer that toBuffer() gives", false
	case function == "fs.createReadStream" || slices.Contains(nodeBytes, v.Call.Method()):
		return "", "", false
	}
	return "", "", true
}
