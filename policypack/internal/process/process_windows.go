package process

// All returns none: what is started here ends by itself.
func All() []Process { return nil }
