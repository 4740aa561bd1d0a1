package schema

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/blang/semver"
)

// Table looks things up in the SDK of one version. It decodes a module when something in it is first asked for,
// once for all tables of the same major version. It may be used by several goroutines.
type Table struct {
	*release
	lenient    bool
	otherMajor bool
}

// release is the embedded SDK of one major version.
type release struct {
	version semver.Version
	archive *zip.Reader

	mu      sync.Mutex
	aliases map[string]string
	modules map[string]*Module
}

// releases opens the embedded archive and returns its SDKs, the oldest first.
var releases = sync.OnceValue(func() []*release {
	archive, err := zip.NewReader(bytes.NewReader(archiveBytes), int64(len(archiveBytes)))
	if err != nil {
		panic(fmt.Errorf("opening the embedded AWS schema: %w", err))
	}
	var versions []string
	if err := decode(archive, VersionsFile, &versions); err != nil {
		panic(err)
	}
	all := make([]*release, len(versions))
	for i, v := range versions {
		all[i] = &release{version: semver.MustParse(v), archive: archive, modules: map[string]*Module{}}
	}
	return all
})

// For returns the table for a version of the SDK: that of the same major version, or of the nearest one.
// Without a version, it is the newest table.
func For(version string) *Table {
	all := releases()
	newest := all[len(all)-1]
	if version == "" {
		return &Table{release: newest}
	}
	v, err := semver.ParseTolerant(version)
	if err != nil {
		return &Table{release: newest, lenient: true, otherMajor: true}
	}
	nearest := all[0]
	for _, r := range all {
		if r.version.Major <= v.Major {
			nearest = r
		}
	}
	otherMajor := v.Major != nearest.version.Major
	return &Table{release: nearest, lenient: otherMajor || v.GT(nearest.version), otherMajor: otherMajor}
}

// Version returns the exact version of the SDK that the table was made from.
func (t *Table) Version() string { return t.version.String() }

// IsLenient reports whether the version that was asked for may have types, functions and properties that the
// table lacks: it is newer than the table, or of a major version without a table. What such a table lacks is
// not wrong for that reason.
func (t *Table) IsLenient() bool { return t.lenient }

// IsOtherMajor reports whether the table is that of another major version than the one that was asked for, so
// that types may differ, too, or whether what was asked for is not a version.
func (t *Table) IsOtherMajor() bool { return t.otherMajor }

// HasRegions reports whether the argument `region` of a resource is the region that the resource is in, which by
// default is that of its provider. This is so since version 7.
func (t *Table) HasRegions() bool { return t.version.Major >= 7 }

// Has reports whether the SDK has the resource type or the function with the given token. An alias, the former
// token of a resource, does not count: no class of the SDK has it.
func (t *Table) Has(token string) bool {
	module, err := t.module(token)
	return err == nil && (module.Resources[token] != nil || module.Functions[token] != nil)
}

// Resource returns the resource with the given type token, or one of its aliases, and the module whose
// Objects its types refer to. The error wraps [ErrUnknown] if there is none.
func (t *Table) Resource(token string) (*Resource, *Module, error) {
	module, err := t.module(token)
	if err == nil {
		if r := module.Resources[token]; r != nil {
			return r, module, nil
		}
		err = ErrUnknown
	}
	if !errors.Is(err, ErrUnknown) {
		return nil, nil, err
	}
	target, aliasErr := t.alias(token)
	if aliasErr != nil {
		return nil, nil, aliasErr
	}
	if target != "" {
		return t.Resource(target)
	}
	return nil, nil, fmt.Errorf("looking up resource type %s: %w", token, err)
}

// Function returns the function with the given token and the module whose Objects its types refer to. The error
// wraps [ErrUnknown] if there is none. A lenient table also has the functions of older versions: some come back,
// such as aws:ecr/getCredentials, which 7.0 dropped.
func (t *Table) Function(token string) (*Function, *Module, error) {
	candidates := []*release{t.release}
	if t.lenient {
		older := slices.Clone(releases())
		slices.Reverse(older)
		candidates = append(candidates, older...)
	}
	for _, r := range candidates {
		module, err := r.module(token)
		if err != nil && !errors.Is(err, ErrUnknown) {
			return nil, nil, err
		}
		if err == nil && module.Functions[token] != nil {
			return module.Functions[token], module, nil
		}
	}
	return nil, nil, fmt.Errorf("looking up function %s: %w", token, ErrUnknown)
}

// alias returns the token of the resource that token is an alias of, or "" if there is none.
func (r *release) alias(token string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.aliases == nil {
		if err := decode(r.archive, path.Join(r.folder(), AliasesFile), &r.aliases); err != nil {
			return "", err
		}
	}
	return r.aliases[token], nil
}

// module returns the module that a token belongs to.
func (r *release) module(token string) (*Module, error) {
	return r.moduleNamed(ModuleOf(token))
}

func (r *release) moduleNamed(name string) (*Module, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.modules[name]; m != nil {
		return m, nil
	}
	var m Module
	if err := decode(r.archive, r.folder()+"/"+name+".json", &m); err != nil {
		return nil, err
	}
	r.modules[name] = &m
	return &m, nil
}

// folder returns the folder of the release in the archive.
func (r *release) folder() string { return fmt.Sprint(r.version.Major) }

func decode(archive *zip.Reader, name string, into any) error {
	f, err := archive.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return fmt.Errorf("looking up module %s: %w", strings.TrimSuffix(path.Base(name), ".json"), ErrUnknown)
	}
	if err != nil {
		return fmt.Errorf("opening %s of the embedded AWS schema: %w", name, err)
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(into); err != nil {
		return fmt.Errorf("reading %s of the embedded AWS schema: %w", name, err)
	}
	return nil
}
