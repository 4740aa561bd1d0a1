package preview

import (
	"fmt"
	"os"
	"path/filepath"
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

// nodeOptions is the environment variable whose options Node.js takes before those of
// its command line. Language hosts hand it on; not all of them know the option nodeargs.
const nodeOptions = "NODE_OPTIONS"

// usePlainInspect has a Node.js program start with plainInspect, which lies in a
// temporary file, until restore removes it. The options that the user's environment
// sets stay.
func (p *Program) usePlainInspect() (restore func(), err error) {
	if p.Project.Runtime.Name() != "nodejs" {
		return func() {}, nil
	}
	file, err := os.CreateTemp("", "pipeguard-*.cjs")
	if err != nil {
		return nil, fmt.Errorf("making a file that Node.js loads before the program: %w", err)
	}
	_, err = file.WriteString(plainInspect)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	unset := func() {}
	if err == nil {
		unset, err = setVariable(nodeOptions,
			strings.TrimSpace(`--require "`+filepath.ToSlash(file.Name())+`" `+os.Getenv(nodeOptions)))
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return nil, fmt.Errorf("having Node.js load %s before the program: %w", file.Name(), err)
	}
	return func() {
		unset()
		_ = os.Remove(file.Name())
	}, nil
}
