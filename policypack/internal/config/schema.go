package config

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// object is a part of a JSON schema.
type object = map[string]any

// Schema returns the JSON schema (draft-07) of a configuration file for the rules of
// a registry, for editors and other tools.
func Schema(reg *rule.Registry) ([]byte, error) {
	properties := object{
		allRules: object{
			"description": "The level of every rule at once. A rule's own entry takes precedence.",
			"anyOf": []any{
				object{"$ref": "#/definitions/level"},
				closed(object{levelField: object{"$ref": "#/definitions/level"}}),
			},
		},
		SettingsKey: settingsSchema(reg),
		environments: object{
			"description": "Pulumi ESC environments that the Pulumi CLI opens for the pack.",
			"type":        "array",
			"items":       object{"type": "string"},
		},
	}
	for _, r := range reg.Rules() {
		fields := object{levelField: object{"$ref": "#/definitions/level"}}
		for _, p := range r.Params {
			fields[p.Name] = p.Schema()
		}
		properties[r.ID] = object{
			"description": r.Title,
			"anyOf":       []any{object{"$ref": "#/definitions/level"}, closed(fields)},
		}
	}
	schema := closed(properties)
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["title"] = "Configuration of pipeguard's rules"
	schema["definitions"] = object{"level": object{
		"description": "Advisory warns, mandatory fails, remediate fixes what the rule can fix and otherwise fails.",
		"enum":        []any{apitype.Advisory, apitype.Mandatory, apitype.Remediate, apitype.Disabled},
	}}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema of the configuration: %w", err)
	}
	return append(text, '\n'), nil
}

func settingsSchema(reg *rule.Registry) object {
	text := func(description string) object {
		return object{"type": "string", "minLength": 1, "description": description}
	}
	waiver := closed(object{
		"rule":      object{"enum": reg.IDs(), "description": "The rule whose findings are accepted."},
		"urn":       text("The resources, as a pattern for their URNs: * stands for any characters, ? for one."),
		"reason":    text("Why they are accepted. Every report shows it."),
		"expires":   object{"type": "string", "format": "date", "description": "The last day of the waiver, as 2027-06-30."},
		"permanent": object{"type": "boolean", "description": "The waiver has no last day."},
	})
	waiver["required"] = []any{"rule", "urn", "reason"}
	waiver["oneOf"] = []any{
		object{"required": []any{"expires"}, "properties": object{"permanent": object{"const": false}}},
		object{
			"required": []any{"permanent"}, "properties": object{"permanent": object{"const": true}},
			"not": object{"required": []any{"expires"}},
		},
	}
	settings := closed(object{
		schemaField:  object{"type": "string", "description": "The address of this schema."},
		commentField: object{"type": []any{"string", "array"}, "items": object{"type": "string"}, "description": "For people; ignored."},
		"profile": object{
			"enum": Profiles(), "default": Recommended,
			"description": "Recommended has each rule at its default level, strict makes every rule mandatory, " +
				"documented has only the rules for the documented failures, all of them mandatory.",
		},
		"unknowns": object{
			"enum": []any{Ignore, Advise, Forbid}, "default": Ignore,
			"description": "How to treat what a rule cannot judge before deployment: list it, or make it a violation of that level.",
		},
		"answers": object{
			"type":        "object",
			"description": "Real values for pipeguard preview, in place of stand-ins: account, region, functions and stacks.",
		},
		"baseline": text("A file of known findings, relative to the program's folder, as pipeguard baseline writes it."),
		"waivers":  object{"type": "array", "items": waiver, "description": "Findings to accept, each for a reason."},
	})
	settings["description"] = "Settings for all rules."
	return settings
}

// closed returns the schema of an object that has no other fields.
func closed(properties object) object {
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}
