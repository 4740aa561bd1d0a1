package fix

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Text returns the fix as one line, as in "set versioningConfiguration: {status: "Enabled"}".
func (f Fix) Text() string {
	var parts []string
	for _, e := range f.Edits {
		switch {
		case e.Add != nil:
			parts = append(parts, "declare an "+class(e.Add)+" with "+members(e.Add.Arguments))
		case len(e.After)+len(e.AfterNew) > 0:
			var names []string
			for _, r := range e.After {
				names = append(names, r.String())
			}
			for _, d := range e.AfterNew {
				names = append(names, d.Type.Short()+" '"+d.Name+"'")
			}
			parts = append(parts, "add "+strings.Join(names, ", ")+" to its dependsOn")
		case e.Rename != "":
			parts = append(parts, "write "+e.Rename+" instead of "+e.Path[strings.LastIndexByte(e.Path, '.')+1:])
		case e.Append:
			parts = append(parts, "add "+show(e.Value)+" to "+e.Path)
		case e.Value == nil:
			parts = append(parts, "remove "+e.Path)
		default:
			parts = append(parts, "set "+nested(strings.Split(e.Path, "."), e.Value))
		}
	}
	if f.Advice != "" {
		parts = append(parts, f.Advice)
	}
	return strings.Join(parts, "; ")
}

// class returns the class that a program names, as aws.s3.BucketPolicy.
func class(d *Declaration) string {
	pkg, rest, _ := strings.Cut(string(d.Type), ":")
	module, _, _ := strings.Cut(rest, "/")
	return pkg + "." + module + "." + d.Type.Short()
}

// nested returns the argument at a path with its value: "tracingConfig: {mode: "Active"}".
func nested(path []string, value any) string {
	if len(path) == 1 {
		return path[0] + ": " + show(value)
	}
	return path[0] + ": {" + nested(path[1:], value) + "}"
}

func members(o Object) string {
	parts := make([]string, len(o))
	for i, m := range o {
		parts[i] = m.Name + ": " + show(m.Value)
	}
	return strings.Join(parts, ", ")
}

// show returns a value as one line.
func show(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case Object:
		return "{" + members(v) + "}"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = show(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case Output:
		return v.Resource.Name + "." + v.Property
	case NewOutput:
		return v.Declaration.Name + "." + v.Property
	case Joined:
		var text strings.Builder
		for _, part := range v {
			if s, ok := part.(string); ok {
				text.WriteString(s)
			} else {
				text.WriteString("${" + show(part) + "}")
			}
		}
		return strconv.Quote(text.String())
	case JSON:
		return "the JSON of " + show(v.Value)
	case Choice:
		return "(" + string(v) + ")"
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	}
}
