package main

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// argumentTable is what package fix knows of the SDKs: the arguments of the resources that rules know, in the newest
// release. The policy pack links it, and not the whole table, which is thirty times as large.
type argumentTable struct {
	// V2 are the types whose class has the suffix V2 in the releases before 7. So have their nested types.
	V2 []string `json:"v2"`
	// Resources are the arguments by type, and Objects the nested types by module and name.
	Resources map[string]schema.Object            `json:"resources"`
	Objects   map[string]map[string]schema.Object `json:"objects"`
}

// typeToken matches the tokens in the file that names the types.
var typeToken = regexp.MustCompile(`"(aws:[^"]+)"`)

// argumentsOf returns the table of arguments of the types that a Go file names, as JSON.
func argumentsOf(types []byte, files map[string]any) ([]byte, error) {
	versions, _ := files[schema.VersionsFile].([]string)
	module := func(version, token string) schema.Module {
		folder, _, _ := strings.Cut(version, ".")
		m, _ := files[path.Join(folder, schema.ModuleOf(token)+".json")].(schema.Module)
		return m
	}
	newest := versions[len(versions)-1]
	table := argumentTable{
		V2: []string{}, Resources: map[string]schema.Object{}, Objects: map[string]map[string]schema.Object{},
	}
	for _, match := range typeToken.FindAllSubmatch(types, -1) {
		token := string(match[1])
		m, name := module(newest, token), schema.ModuleOf(token)
		if m.Resources[token] == nil {
			return nil, fmt.Errorf("the newest SDK has no %s", token)
		}
		table.Resources[token] = m.Resources[token].Inputs
		if table.Objects[name] == nil {
			table.Objects[name] = map[string]schema.Object{}
		}
		addObjects(table.Objects[name], m, m.Resources[token].Inputs)

		split := strings.Replace(token, ":"+class(token), "V2:"+class(token)+"V2", 1)
		for _, older := range versions[:len(versions)-1] {
			if r := module(older, token).Resources[split]; r != nil && r.Deprecated == "" && !slices.Contains(table.V2, token) {
				table.V2 = append(table.V2, token)
			}
		}
	}
	slices.Sort(table.V2)
	text, err := json.MarshalIndent(table, "", " ")
	if err != nil {
		return nil, fmt.Errorf("writing the arguments: %w", err)
	}
	return append(text, '\n'), nil
}

// addObjects adds the nested types that the properties of an object lead to.
func addObjects(to map[string]schema.Object, m schema.Module, o schema.Object) {
	for _, t := range o {
		_, name, isObject := strings.Cut(string(t.Kind()), "#")
		if _, done := to[name]; isObject && !done {
			to[name] = m.Objects[name]
			addObjects(to, m, m.Objects[name])
		}
	}
}

// class returns the last part of a token: Bucket in aws:s3/bucket:Bucket.
func class(token string) string { return token[strings.LastIndexByte(token, ':')+1:] }
