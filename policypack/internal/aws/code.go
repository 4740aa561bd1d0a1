package aws

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

// Making is how a program creates the code of a function while it runs.
type Making int

// The ways to create code.
const (
	// Prebuilt means that the code exists before the program runs.
	Prebuilt Making = iota
	Downloaded
	WrittenInline
	// WithInlineMember is an archive with a member whose content is in the program.
	WithInlineMember
	// SerializedClosure is a function of the program that Pulumi serializes.
	SerializedClosure
	// FromInstaller is a folder that an installer fills, and FromTemporary a folder for temporary files.
	FromInstaller
	FromTemporary
)

// ClosureFile is the file into which Pulumi serializes a closure.
const ClosureFile = "__index.js"

// Made returns how the program in the given folder creates the function's code while it runs, and the installer's
// folder that the code comes from, if any.
func (f *Function) Made(dir string) (how Making, installer string) {
	code := f.Arg("code").Property()
	switch {
	case code.IsAsset():
		return assetMade(code.AssetValue(), "", dir)
	case code.IsArchive():
		return archiveMade(code.ArchiveValue(), "", dir)
	}
	return Prebuilt, ""
}

func assetMade(a *asset.Asset, member, dir string) (how Making, installer string) {
	switch {
	case a.IsURI():
		return Downloaded, ""
	case a.IsPath():
		return pathMade(a.Path, dir)
	case a.IsText() && member == "":
		return WrittenInline, ""
	case a.IsText():
		return WithInlineMember, ""
	}
	return Prebuilt, ""
}

func archiveMade(a *archive.Archive, member, dir string) (how Making, installer string) {
	switch {
	case a.IsURI():
		return Downloaded, ""
	case a.IsPath():
		return pathMade(a.Path, dir)
	}
	// What a closure imports is packaged with it, even from a folder above the program's.
	if index, ok := a.Assets[ClosureFile].(*asset.Asset); ok && member == "" && index.IsText() {
		return SerializedClosure, ""
	}
	for _, name := range slices.Sorted(maps.Keys(a.Assets)) {
		inside := path.Join(member, name)
		switch m := a.Assets[name].(type) {
		case *asset.Asset:
			how, installer = assetMade(m, inside, dir)
		case *archive.Archive:
			how, installer = archiveMade(m, inside, dir)
		}
		if how != Prebuilt {
			return how, installer
		}
	}
	return Prebuilt, ""
}

// builtFolders are folders that installers fill.
var builtFolders = []string{"node_modules", "site-packages", "venv", ".venv", "virtualenv", ".virtualenv", "__pypackages__"}

func pathMade(name, dir string) (how Making, installer string) {
	slashed := strings.ReplaceAll(name, `\`, "/")
	for _, part := range strings.Split(slashed, "/") {
		if slices.Contains(builtFolders, part) {
			return FromInstaller, part
		}
	}
	dir = filepath.ToSlash(dir)
	if !path.IsAbs(slashed) {
		slashed = path.Join(dir, slashed)
	}
	if isTemporary(path.Clean(slashed)) && !isTemporary(dir) {
		return FromTemporary, ""
	}
	return Prebuilt, ""
}

// isTemporary reports whether a path is in a folder for temporary files. A checkout in such a folder is normal in CI,
// so callers compare with the program's own folder.
func isTemporary(name string) bool {
	lower := strings.ToLower(name)
	for _, root := range []string{"/tmp/", "/var/tmp/", "/private/tmp/", "/var/folders/", "/private/var/folders/"} {
		if strings.HasPrefix(lower, root) {
			return true
		}
	}
	return strings.Contains(lower, "/appdata/local/temp/") || strings.Contains(lower, ":/windows/temp/")
}

// IsOneFile reports whether the function's code is one file, an S3 object or an image. A path that does not exist in
// the program's folder is judged by its extension.
func (f *Function) IsOneFile(dir string) bool {
	var name string
	switch code := f.Arg("code").Property(); {
	case code.IsArchive() && code.ArchiveValue().IsPath():
		name = code.ArchiveValue().Path
	case code.IsAsset() && code.AssetValue().IsPath():
		name = code.AssetValue().Path
	default:
		return code.IsNull()
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	if info, err := os.Stat(name); err == nil {
		return info.Mode().IsRegular()
	}
	return slices.Contains([]string{".zip", ".jar"}, strings.ToLower(filepath.Ext(name)))
}

// SourceFile is a file on disk: a folder, and the file's path in it.
type SourceFile struct{ Dir, Name string }

// HandlerFiles returns the files on disk that Lambda may load for the function's handler: in the folders of its code,
// or the file that it consists of. They may be missing. Files in a zip archive are not source code any more.
func (f *Function) HandlerFiles() []SourceFile {
	name, _ := f.Arg("handler").Str()
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return nil
	}
	code := f.Arg("code").Property()
	var files []SourceFile
	for _, file := range moduleFiles(name[:dot]) {
		switch {
		case code.IsAsset() && code.AssetValue().IsPath():
			if on := code.AssetValue().Path; path.Base(on) == file {
				files = append(files, SourceFile{path.Dir(on), file})
			}
		case code.IsArchive():
			if found, ok := locate(code.ArchiveValue(), file); ok {
				files = append(files, found)
			}
		}
	}
	return files
}

// moduleFiles returns the files that Lambda may load for a handler's module.
func moduleFiles(module string) []string {
	return []string{
		strings.ReplaceAll(module, ".", "/") + ".py", module + ".js", module + ".mjs", module + ".cjs", module + ".ts",
	}
}

// locate returns where a member of an archive is on disk, which it is only if the archive is a local folder or file.
func locate(a *archive.Archive, member string) (file SourceFile, ok bool) {
	if a.IsPath() {
		return SourceFile{a.Path, member}, true
	}
	for _, name := range slices.Sorted(maps.Keys(a.Assets)) {
		switch m := a.Assets[name].(type) {
		case *asset.Asset:
			if m.IsPath() && path.Clean(name) == member {
				return SourceFile{path.Dir(m.Path), path.Base(m.Path)}, true
			}
		case *archive.Archive:
			inside := member
			if prefix := path.Clean(name); prefix != "." {
				if inside, ok = strings.CutPrefix(member, prefix+"/"); !ok {
					continue
				}
			}
			if file, ok := locate(m, inside); ok {
				return file, true
			}
		}
	}
	return SourceFile{}, false
}
