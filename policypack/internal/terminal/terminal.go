// Package terminal keeps a library of the Pulumi SDK from asking the terminal
// for its background colour. That library (bubbletea) asks when the process
// starts, whatever the command: it writes escape codes to standard output, and
// waits five seconds for an answer if the terminal gives none, as those of CI
// systems do.
//
// It does not ask a terminal whose TERM is "dumb". Go initializes packages in
// the order of their import paths, after the packages that they import, so this
// one, which imports only os, comes before that library, which needs packages
// that sort after this one.
package terminal

import "os"

const variable = "TERM"

// given is the TERM of the environment before it was hidden.
var given, isGiven = hide()

func hide() (string, bool) {
	value, ok := os.LookupEnv(variable)
	_ = os.Setenv(variable, "dumb") // a valid name and value: it cannot fail
	return value, ok
}

// Restore gives the environment its own TERM back. Call it first in main.
func Restore() {
	if isGiven {
		_ = os.Setenv(variable, given)
	} else {
		_ = os.Unsetenv(variable)
	}
}
