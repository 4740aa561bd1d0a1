package preview

import (
	"fmt"
	"os"
)

// setVariable sets a variable in this process's environment, which child processes inherit, until restore restores the
// previous value.
func setVariable(name, value string) (restore func(), err error) {
	old, had := os.LookupEnv(name)
	if err := os.Setenv(name, value); err != nil {
		return nil, fmt.Errorf("setting %s: %w", name, err)
	}
	return func() {
		if had {
			_ = os.Setenv(name, old)
		} else {
			_ = os.Unsetenv(name)
		}
	}, nil
}
