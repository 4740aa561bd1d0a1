package naming

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// presence is what is known about an argument.
type presence int

const (
	absent presence = iota
	unknown
	known
)

// arguments are the arguments that an output of a resource is computed from. They record whether a secret was read.
type arguments struct {
	inputs resource.PropertyMap
	at     Location
	secret bool
}

// value returns an argument without its secret mark.
func (a *arguments) value(name string) (resource.PropertyValue, presence) {
	v, ok := a.inputs[resource.PropertyKey(name)]
	for ok && (v.IsSecret() || v.IsOutput()) {
		if v.IsSecret() {
			a.secret = true
			v = v.SecretValue().Element
			continue
		}
		o := v.OutputValue()
		a.secret = a.secret || o.Secret
		if !o.Known {
			return resource.PropertyValue{}, unknown
		}
		v = o.Element
	}
	switch {
	case !ok || v.IsNull():
		return v, absent
	case v.ContainsUnknowns():
		return v, unknown
	}
	return v, known
}

// mark returns the output, which is secret if a secret was read for it.
func (a *arguments) mark(output resource.PropertyValue) resource.PropertyValue {
	if a.secret {
		return resource.MakeSecret(output)
	}
	return output
}

// text returns an argument that is a string. An empty string counts as absent, as it does in the provider; an argument
// of another type cannot be part of a name, so the result is unknown.
func (a *arguments) text(name string) (string, presence) {
	v, p := a.value(name)
	switch {
	case p != known:
		return "", p
	case !v.IsString():
		return "", unknown
	case v.StringValue() == "":
		return "", absent
	}
	return v.StringValue(), known
}

// location returns where the resource is, and whether its region is known.
func (a *arguments) location() (Location, presence) {
	region, p := a.text("region")
	switch p {
	case known:
		at := a.at
		at.Partition, at.Region = PartitionOf(region), region
		return at, known
	case unknown:
		return a.at, unknown
	case absent:
	}
	if a.at.Region == "" {
		return a.at, unknown
	}
	return a.at, known
}

// partition returns where the resource is, and whether its partition is known. It is known even if the region argument
// is not, because all resources of an account are in one partition.
func (a *arguments) partition() (Location, presence) {
	at, p := a.location()
	if at.Partition.Name == "" {
		return at, p
	}
	return at, known
}

// expand fills in the first alternative of a template whose arguments are all given, and reports whether all of them
// are known.
func (a *arguments) expand(template string) (string, bool) {
	for alternative := range strings.SplitSeq(template, "|") {
		switch s, p := a.fill(alternative); p {
		case known:
			return s, true
		case unknown:
			return "", false
		case absent:
		}
	}
	return "", false
}

// expandAll fills in several templates and leaves out the outputs that are not known.
func (a *arguments) expandAll(all templates) resource.PropertyMap {
	outputs := resource.PropertyMap{}
	for name, template := range all {
		if s, ok := a.expand(template); ok {
			outputs[resource.PropertyKey(name)] = resource.NewProperty(s)
		}
	}
	return outputs
}

func (a *arguments) fill(template string) (string, presence) {
	var text strings.Builder
	result := known
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		text.WriteString(before)
		if !found {
			break
		}
		var field string
		field, template, _ = strings.Cut(rest, "}")
		switch s, p := a.field(field); p {
		case absent:
			return "", absent
		case unknown:
			result = unknown // an absent argument later on may still rule this alternative out
		case known:
			text.WriteString(s)
		}
	}
	return text.String(), result
}

// field returns what a field of a template stands for.
func (a *arguments) field(field string) (string, presence) {
	field, fallback, hasFallback := strings.Cut(field, "=")
	name, filterNames, _ := strings.Cut(field, ".")
	var at Location
	var s string
	p := known
	switch name {
	case "partition":
		at, p = a.partition()
		s = at.Partition.Name
	case "dnsSuffix":
		at, p = a.partition()
		s = at.Partition.DNSSuffix
	case "region":
		at, p = a.location()
		s = at.Region
	case "account":
		s = a.at.Account
	default:
		s, p = a.text(name)
	}
	if p == absent && hasFallback {
		return fallback, known
	}
	if p != known || filterNames == "" {
		return s, p
	}
	for filterName := range strings.SplitSeq(filterNames, ".") {
		filter, ok := filters[filterName]
		if !ok {
			panic(fmt.Sprintf("naming: no filter %q, in the template field %q", filterName, field))
		}
		if s, ok = filter(s, at); !ok {
			return "", absent
		}
	}
	return s, known
}

// filters extract from an argument the part that a template needs, and report whether there is one.
var filters = map[string]func(string, Location) (string, bool){
	// name is the name at the end of an ARN; a value that is not an ARN is a name already.
	"name": func(s string, _ Location) (string, bool) {
		if strings.HasPrefix(s, "arn:") {
			s = s[strings.LastIndexAny(s, ":/")+1:]
		}
		return s, s != ""
	},
	// regionIn and accountIn are the region and the account in an ARN.
	"regionIn":  func(s string, _ Location) (string, bool) { return partOfARN(s, 3) },
	"accountIn": func(s string, _ Location) (string, bool) { return partOfARN(s, 4) },
	// plain accepts a name, rather than an ARN.
	"plain": func(s string, _ Location) (string, bool) { return s, !strings.HasPrefix(s, "arn:") },
	// arn accepts an ARN.
	"arn": func(s string, _ Location) (string, bool) { return s, strings.HasPrefix(s, "arn:") },
	// general is empty, and accepts the name of a general purpose bucket.
	"general": func(s string, _ Location) (string, bool) {
		return "", !strings.HasPrefix(s, "arn:") && !strings.HasSuffix(s, "--x-s3")
	},
	// ofS3 is empty, and accepts an ARN of S3 rather than S3 on Outposts.
	"ofS3": func(s string, _ Location) (string, bool) {
		service, _ := partOfARN(s, 2)
		return "", service == "s3"
	},
	// host is a URL without its scheme.
	"host": func(s string, _ Location) (string, bool) {
		return strings.TrimPrefix(s, "https://"), !strings.HasPrefix(s, "http://")
	},
	// relative is a path without its leading slash.
	"relative": func(s string, _ Location) (string, bool) { return strings.TrimPrefix(s, "/"), true },
	// customBus accepts an event bus other than the default one.
	"customBus": func(s string, _ Location) (string, bool) { return s, s != "default" },
	// function is the name of a Lambda function that is given by name.
	"function": func(s string, _ Location) (string, bool) { return s, !strings.Contains(s, ":") },
	// websiteHost is the host of S3's websites in a region.
	"websiteHost": func(s string, at Location) (string, bool) { return websiteHost(s, at.Partition), true },
	// hostedZone is the hosted zone of S3's websites in a region.
	"hostedZone": func(s string, _ Location) (string, bool) {
		zone, ok := websiteZones[s]
		return zone, ok
	},
	// key is the key of an S3 object, if the provider uses it unchanged.
	"key": func(s string, _ Location) (string, bool) {
		return s, !strings.HasPrefix(s, "/") && !strings.Contains(s, "//")
	},
}

func partOfARN(s string, i int) (string, bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[i] == "" {
		return "", false
	}
	return parts[i], true
}
