package load_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

func TestAPlaceIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for position, place := range map[string]finding.Location{
		"project:///main.py#26":                 {File: "main.py", Line: 26},
		"project:///infra/two%20words.py#3,5":   {File: "infra/two words.py", Line: 3, Column: 5},
		"project:///infra/a%23b%25.py#10":       {File: "infra/a#b%.py", Line: 10},
		"project:///infra/%C3%A4rger_%3F.py#10": {File: "infra/ärger_?.py", Line: 10},
	} {
		assert.Equal(t, position, load.Position(place))
		assert.Equal(t, place, load.Location(position))
	}
}
