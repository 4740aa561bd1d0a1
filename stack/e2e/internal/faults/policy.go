package faults

import (
	"encoding/json"
	"fmt"
)

// stringOrList is a JSON string, or a list of strings: policies contain either.
type stringOrList []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *stringOrList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*s = []string{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(s))
}

type statement struct {
	Effect    string
	Action    stringOrList
	Resource  stringOrList
	Condition json.RawMessage
}

// Policies reads the policies of a role. Statements with conditions allow
// nothing here: the test would have to understand them.
func Policies(documents []string) (Allowed, error) {
	var statements []statement
	for _, document := range documents {
		var parsed struct{ Statement []statement }
		if err := json.Unmarshal([]byte(document), &parsed); err != nil {
			return nil, fmt.Errorf("reading a policy of the function's role: %w", err)
		}
		statements = append(statements, parsed.Statement...)
	}
	return func(action, resource string) bool {
		allowed := false
		for _, s := range statements {
			if !anyMatches(s.Action, action) || !anyMatches(s.Resource, resource) {
				continue
			}
			if s.Effect == "Deny" {
				return false
			}
			allowed = allowed || s.Condition == nil
		}
		return allowed
	}, nil
}

func anyMatches(patterns []string, text string) bool {
	for _, pattern := range patterns {
		if matches(pattern, text) {
			return true
		}
	}
	return false
}

// matches compares with IAM's wildcards: * is any text, ? any one byte.
func matches(pattern, text string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for i := 0; i <= len(text); i++ {
				if matches(pattern[1:], text[i:]) {
					return true
				}
			}
			return false
		case text == "" || pattern[0] != '?' && pattern[0] != text[0]:
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}
