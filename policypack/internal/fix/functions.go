package fix

import (
	"fmt"
	"strconv"
)

// functions are the names of what makes values in Python and TypeScript, which spell the rest of them alike.
type functions struct {
	// json makes a text of a value, and outputJSON of one with outputs in it.
	json, outputJSON                       string
	fileArchive, assetArchive, stringAsset string
	secret                                 string
}

// value spells a value that both languages write in the same way but for the names, with what the language makes of the
// values inside it.
func (f functions) value(l language, s scope, t argumentType, value any) node {
	switch v := value.(type) {
	case Choice:
		return node{open: quote(v.placeholder())}
	case []any:
		elem, _ := t.element()
		items := make([]node, len(v))
		for i, item := range v {
			items[i] = l.value(s, elem, item)
		}
		return list("[", items, "]")
	case JSON:
		function := f.json
		if isComputed(v.Value) {
			function = f.outputJSON
		}
		return l.value(s, plain, v.Value).around(function+"(", ")")
	case FileArchive:
		return node{open: f.fileArchive + "(" + quote(string(v)) + ")"}
	case AssetArchive:
		return l.value(s, plain, Object(v)).around(f.assetArchive+"(", ")")
	case StringAsset:
		return l.value(s, "string", string(v)).around(f.stringAsset+"(", ")")
	case Secret:
		return l.value(s, t, v.Value).around(f.secret+"(", ")")
	default:
		return node{open: number(v)}
	}
}

// quote returns a text as a literal of Python or TypeScript, which take what JSON has.
func quote(s string) string { return jsonText(s) }

// number returns a number as every language writes it.
func number(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
