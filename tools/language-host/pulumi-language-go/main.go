// Command pulumi-language-go lets a current Pulumi CLI compile a policy pack from
// its source folder with an older Go language host.
//
// That host takes the folder of a plugin from RunPluginRequest.program. Today's
// engine names the folder in RunPluginRequest.info only, so the host would compile
// the Pulumi program in place of the policy pack.
package main

import (
	"fmt"
	"os"

	"github.com/pipeguard/pipeguard/tools/language-host/adapter"
)

func main() {
	if err := adapter.Main(adapter.Language{Name: "Go"}); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-go: %v\n", err)
		os.Exit(1)
	}
}
