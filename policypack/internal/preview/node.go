package preview

import (
	"fmt"
	"os"
	"strings"
)

// plainInspect has Node.js's util.inspect use no colours. With them it never returns
// from an error whose stack names a file directly below node_modules
// (https://github.com/nodejs/node/issues/64011), in all of version 20 and in the first
// of later ones. Pulumi's SDK shows uncaught errors so, and its source maps give such a
// name to the constructor of every resource: the program hangs where it should fail.
const plainInspect = `"use strict";
const util = require("util");
util.inspect = new Proxy(util.inspect, {
	apply(inspect, self, [value, options, ...rest]) {
		const colored = options !== null && typeof options === "object" && options.colors;
		return Reflect.apply(inspect, self, [value, colored ? { ...options, colors: false } : options, ...rest]);
	},
});
`

// usePlainInspect has a Node.js program start with plainInspect, which lies in a
// temporary file until remove is called. A program that sets arguments for Node.js
// itself keeps them.
func (p *Program) usePlainInspect() (remove func(), err error) {
	if p.Project.Runtime.Name() != "nodejs" {
		return func() {}, nil
	}
	file, err := os.CreateTemp("", "pipeguard-*.cjs")
	if err != nil {
		return nil, fmt.Errorf("making a file that Node.js loads before the program: %w", err)
	}
	remove = func() { _ = os.Remove(file.Name()) }
	_, err = file.WriteString(plainInspect)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		remove()
		return nil, fmt.Errorf("writing %s, which Node.js loads before the program: %w", file.Name(), err)
	}
	own, _ := p.Project.Runtime.Options()["nodeargs"].(string)
	p.Project.Runtime.SetOption("nodeargs", strings.TrimSpace("--require '"+file.Name()+"' "+own))
	return remove, nil
}
