// Package lib names resources.
package lib

// Name returns the name of a resource.
func Name(part string) string { return "media-" + part }
