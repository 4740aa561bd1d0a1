package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// AddStatement returns a policy document with one statement more.
func AddStatement(document string, statement map[string]any) (string, error) {
	var content map[string]any
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber() // an account id must not become 1.23456789012e+11
	if err := decoder.Decode(&content); err != nil {
		return "", fmt.Errorf("reading the policy: %w", err)
	}
	content["Statement"] = append(list(content["Statement"]), statement)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return "", fmt.Errorf("writing the policy: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}
