package planprovider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// policyDocument is an IAM policy document in the form, and with the order of elements, that the real
// getPolicyDocument renders (Terraform's data source aws_iam_policy_document).
type policyDocument struct {
	Version   string             `json:",omitempty"`
	ID        string             `json:"Id,omitempty"`
	Statement []*policyStatement `json:",omitempty"`
}

type policyStatement struct {
	Sid          string          `json:",omitempty"`
	Effect       string          `json:",omitempty"`
	Action       any             `json:",omitempty"`
	NotAction    any             `json:",omitempty"`
	Resource     any             `json:",omitempty"`
	NotResource  any             `json:",omitempty"`
	Principal    policyPrincipal `json:",omitempty"`
	NotPrincipal policyPrincipal `json:",omitempty"`
	Condition    policyCondition `json:",omitempty"`
}

// policyPrincipal maps a type of principal, such as Service, to a string or a list of strings.
type policyPrincipal map[string]any

// policyCondition maps a test and a variable to the values.
type policyCondition map[string]map[string]conditionValues

// conditionValues are the values of a condition; a single one is written without a list around it.
type conditionValues []string

// MarshalJSON writes everyone as "*": in a role's trust policy, {"AWS": "*"} means something else to AWS.
func (p policyPrincipal) MarshalJSON() ([]byte, error) {
	if len(p) == 1 && p["*"] == "*" {
		return []byte(`"*"`), nil
	}
	return json.Marshal(map[string]any(p))
}

// UnmarshalJSON reads both forms that MarshalJSON writes, and sorts lists in the order of a rendered
// document.
func (p *policyPrincipal) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte(`"*"`)) {
		*p = policyPrincipal{"*": "*"}
		return nil
	}
	if err := json.Unmarshal(data, (*map[string]any)(p)); err != nil {
		return err
	}
	for _, identifiers := range *p {
		if list, ok := identifiers.([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return cmp.Compare(fmt.Sprint(b), fmt.Sprint(a)) })
		}
	}
	return nil
}

// MarshalJSON implements [json.Marshaler].
func (t conditionValues) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// UnmarshalJSON accepts one value or a list, of strings, numbers or booleans.
func (t *conditionValues) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	*t = make(conditionValues, len(values))
	for i, v := range values {
		(*t)[i] = fmt.Sprint(v)
	}
	return nil
}

// merge adds the statements of another document; one with the same Sid is replaced.
func (d *policyDocument) merge(other *policyDocument) {
	if other.ID != "" {
		d.ID = other.ID
	}
	d.Version = max(d.Version, other.Version) // the versions are dates
	for _, statement := range other.Statement {
		i := slices.IndexFunc(d.Statement, func(s *policyStatement) bool {
			return statement.Sid != "" && s.Sid == statement.Sid
		})
		if i < 0 {
			d.Statement = append(d.Statement, statement)
		} else {
			d.Statement[i] = statement
		}
	}
}

// getPolicyDocument renders a policy document from statements, on top of source documents and below overriding
// ones. If an argument is not known yet, neither is the text.
func getPolicyDocument(c *call) (map[string]any, error) {
	results := map[string]any{}
	if c.args.ContainsUnknowns() {
		return results, nil
	}
	document, err := buildDocument(c.args)
	if err != nil {
		return nil, err
	}
	indented, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("rendering the document: %w", err)
	}
	minified, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("rendering the document: %w", err)
	}
	results["json"], results["minifiedJson"] = string(indented), string(minified)
	results["id"] = strconv.FormatUint(uint64(crc32.ChecksumIEEE(indented)), 10)
	return results, nil
}

func buildDocument(args resource.PropertyMap) (*policyDocument, error) {
	document := &policyDocument{}
	sources := append(nonEmpty(text(args, "sourceJson")), texts(args, "sourcePolicyDocuments")...)
	for i, source := range sources {
		parsed, err := parseDocument(source)
		if err != nil {
			return nil, fmt.Errorf("reading source document %d: %w", i, err)
		}
		for _, statement := range parsed.Statement {
			if statement.Sid != "" && slices.ContainsFunc(document.Statement, func(s *policyStatement) bool {
				return s.Sid == statement.Sid
			}) {
				return nil, fmt.Errorf("source document %d: duplicate Sid %q", i, statement.Sid)
			}
		}
		document.merge(parsed)
	}

	own := &policyDocument{Version: text(args, "version"), ID: text(args, "policyId")}
	if own.Version == "" {
		own.Version = "2012-10-17"
	}
	sids := map[string]bool{}
	for _, value := range elements(args, "statements") {
		statement := buildStatement(value)
		if sids[statement.Sid] {
			return nil, fmt.Errorf("duplicate Sid %q", statement.Sid)
		}
		sids[statement.Sid] = statement.Sid != ""
		own.Statement = append(own.Statement, statement)
	}
	document.merge(own)

	overrides := append(texts(args, "overridePolicyDocuments"), nonEmpty(text(args, "overrideJson"))...)
	for i, override := range overrides {
		parsed, err := parseDocument(override)
		if err != nil {
			return nil, fmt.Errorf("reading overriding document %d: %w", i, err)
		}
		document.merge(parsed)
	}
	return document, nil
}

func parseDocument(text string) (*policyDocument, error) {
	document := &policyDocument{}
	if strings.TrimSpace(text) == "" {
		return document, nil
	}
	if err := json.Unmarshal([]byte(text), document); err != nil {
		return nil, fmt.Errorf("parsing the policy document: %w", err)
	}
	return document, nil
}

func buildStatement(args resource.PropertyMap) *policyStatement {
	statement := &policyStatement{
		Sid:          text(args, "sid"),
		Effect:       text(args, "effect"),
		Action:       oneOrMore(texts(args, "actions")),
		NotAction:    oneOrMore(texts(args, "notActions")),
		Resource:     oneOrMore(texts(args, "resources")),
		NotResource:  oneOrMore(texts(args, "notResources")),
		Principal:    buildPrincipal(args, "principals"),
		NotPrincipal: buildPrincipal(args, "notPrincipals"),
	}
	if statement.Effect == "" {
		statement.Effect = "Allow"
	}
	for _, condition := range elements(args, "conditions") {
		test, variable := text(condition, "test"), text(condition, "variable")
		if statement.Condition == nil {
			statement.Condition = policyCondition{}
		}
		if statement.Condition[test] == nil {
			statement.Condition[test] = map[string]conditionValues{}
		}
		// Here the order of the values is kept.
		for _, value := range texts(condition, "values") {
			statement.Condition[test][variable] = append(statement.Condition[test][variable], variables(value))
		}
	}
	return statement
}

func buildPrincipal(args resource.PropertyMap, name string) policyPrincipal {
	byType := map[string][]string{}
	for _, principal := range elements(args, name) {
		t := text(principal, "type")
		byType[t] = append(byType[t], texts(principal, "identifiers")...)
	}
	if len(byType) == 0 {
		return nil
	}
	result := policyPrincipal{}
	for _, t := range slices.Sorted(maps.Keys(byType)) {
		result[t] = oneOrMore(byType[t])
	}
	return result
}

// oneOrMore returns nil, the only string, or the strings as a set: each once, in descending order.
func oneOrMore(list []string) any {
	list = slices.Clone(list)
	for i := range list {
		list[i] = variables(list[i])
	}
	slices.Sort(list)
	list = slices.Compact(list)
	slices.Reverse(list)
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// variables converts &{aws:username}, the spelling for languages in which ${ has another meaning, to
// ${aws:username}.
func variables(s string) string { return strings.ReplaceAll(s, "&{", "${") }

func elements(args resource.PropertyMap, name string) []resource.PropertyMap {
	var list []resource.PropertyMap
	if value := argument(args, name); value.IsArray() {
		for _, v := range value.ArrayValue() {
			if v, _ = reveal(v); v.IsObject() {
				list = append(list, v.ObjectValue())
			}
		}
	}
	return list
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
