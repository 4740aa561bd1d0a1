package preview

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// plainInspect makes Node.js's util.inspect use no colours. With colours it never returns for an error whose stack
// names a file directly below node_modules (https://github.com/nodejs/node/issues/64011), in all of version 20 and in
// early releases of later versions. Pulumi's SDK prints uncaught errors with colours, and its source maps give such a
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

// nodeOptions is the environment variable whose options Node.js applies before those of its command line. Language
// hosts pass it on; not all of them support the option nodeargs.
const nodeOptions = "NODE_OPTIONS"

// usePlainInspect makes a Node.js program start with plainInspect, which is in a temporary file, until restore removes
// it. Options that the user's environment sets are kept.
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
