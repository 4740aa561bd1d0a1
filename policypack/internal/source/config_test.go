package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// key returns a key that is read unconditionally.
func key(name string, t source.ConfigType, file string, line, column int) source.ConfigKey {
	return source.ConfigKey{Key: name, Type: t, Location: finding.Location{File: file, Line: line, Column: column}}
}

func secret(k source.ConfigKey) source.ConfigKey { k.Secret = true; return k }

func conditional(k source.ConfigKey) source.ConfigKey { k.Conditional = true; return k }

func inNamespace(namespace string, k source.ConfigKey) source.ConfigKey {
	k.Namespace = namespace
	return k
}

func TestRequiredConfigurationIsFoundInEveryLanguage(t *testing.T) {
	t.Parallel()
	const py, ts, js, gofile = "__main__.py", "index.ts", "index.js", "main.go"
	tests := map[string]struct {
		files map[string]string
		want  []source.ConfigKey
	}{
		"python": {
			map[string]string{"Pulumi.yaml": "name: shop\nruntime: python", py: `import pulumi
from pulumi import Config as C

config = pulumi.Config()
bucket = config.require("bucket")
token = config.require_secret("token")
count = config.require_int("count")
ratio = config.require_float("ratio")
debug = config.require_bool("debug")
tags = config.require_object("tags")
login = config.require_secret_object("login")
pin = config.require_secret_int("pin")
size = config.get("size") or config.get_int("other")
region = C("aws").require("region")
own = pulumi.Config("shop").require("own")
again = config.require_int("bucket")
`},
			[]source.ConfigKey{
				key("bucket", "number", py, 5, 10), key("count", "number", py, 7, 9), key("debug", "boolean", py, 9, 9),
				secret(key("login", "object", py, 11, 9)), key("own", "string", py, 15, 7), secret(key("pin", "number", py, 12, 7)),
				key("ratio", "number", py, 8, 9), key("tags", "object", py, 10, 8), secret(key("token", "string", py, 6, 9)),
				inNamespace("aws", key("region", "string", py, 14, 10)),
			},
		},
		"python, in functions, classes and branches": {
			map[string]string{"Pulumi.yaml": "runtime: python", py: `import pulumi
import lib

config = pulumi.Config()
if pulumi.get_stack() == "prod":
    config.require("domain")
try:
    config.require("optional")
except Exception:
    pass
value = config.require("fallback") if config.get_bool("x") else None
lib.make(config)
lib.Settings()


def unused():
    return config.require("never")
`, "lib.py": `import pulumi


class Settings:
    def __init__(self):
        self.config = pulumi.Config("net")
        self.vpc = self.config.require("vpc")


def make(cfg: pulumi.Config):
    return cfg.require("made")
`},
			[]source.ConfigKey{
				conditional(key("domain", "string", py, 6, 5)), conditional(key("fallback", "string", py, 11, 9)),
				key("made", "string", "lib.py", 11, 12), conditional(key("optional", "string", py, 8, 5)),
				inNamespace("net", key("vpc", "string", "lib.py", 7, 20)),
			},
		},
		"typescript": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", ts: `import * as pulumi from "@pulumi/pulumi";
import { Config } from "@pulumi/pulumi";

const config = new pulumi.Config();
const bucket = config.require("bucket");
const token = config.requireSecret("token");
const count = config.requireNumber("count");
const debug = config.requireBoolean("debug");
const tags = config.requireObject<Record<string, string>>("tags");
const login = config.requireSecretObject("login");
const size = config.get("size") ?? config.getNumber("other");
const region = new Config("aws").require("region");
const fallback = config.get("a") || config.require("b");
function make(c: pulumi.Config) { return c.require("made"); }
make(config);
`},
			[]source.ConfigKey{
				conditional(key("b", "string", ts, 13, 37)), key("bucket", "string", ts, 5, 16), key("count", "number", ts, 7, 15),
				key("debug", "boolean", ts, 8, 15), secret(key("login", "object", ts, 10, 15)), key("made", "string", ts, 14, 42),
				key("tags", "object", ts, 9, 14), secret(key("token", "string", ts, 6, 15)), inNamespace("aws", key("region", "string", ts, 12, 16)),
			},
		},
		"javascript": {
			map[string]string{"Pulumi.yaml": "runtime: nodejs", js: `"use strict";
const { Config } = require("@pulumi/pulumi");
const bucket = new Config().require("bucket");
`},
			[]source.ConfigKey{key("bucket", "string", js, 3, 16)},
		},
		"go": {
			map[string]string{"Pulumi.yaml": "runtime: go", "go.mod": "module shop", gofile: `package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cfg := config.New(ctx, "")
		bucket := cfg.Require("bucket")
		count := cfg.RequireInt("count")
		token := cfg.RequireSecret("token")
		debug := cfg.RequireBool("debug")
		ratio := cfg.RequireFloat64("ratio")
		var tags map[string]string
		cfg.RequireObject("tags", &tags)
		region := config.New(ctx, "aws").Require("region")
		plain := config.Require(ctx, "plain")
		zone := config.Require(ctx, "net:zone")
		perhaps, err := cfg.Try("perhaps")
		if err != nil {
			perhaps = cfg.Get("size")
		}
		return use(cfg)
	})
}

func use(c *config.Config) error {
	c.RequireSecretObject("login", nil)
	return nil
}
`},
			[]source.ConfigKey{
				key("bucket", "string", gofile, 11, 13), key("count", "number", gofile, 12, 12), key("debug", "boolean", gofile, 14, 12),
				secret(key("login", "object", gofile, 30, 2)), conditional(key("perhaps", "string", gofile, 21, 19)),
				key("plain", "string", gofile, 19, 12), key("ratio", "number", gofile, 15, 12), key("tags", "object", gofile, 17, 3),
				secret(key("token", "string", gofile, 13, 12)), inNamespace("aws", key("region", "string", gofile, 18, 13)),
				inNamespace("net", key("zone", "string", gofile, 20, 11)),
			},
		},
		"go, with a function of its own": {
			map[string]string{"Pulumi.yaml": "runtime: go", "go.mod": "module shop", gofile: `package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	config.New(ctx, "").Require("bucket")
	return nil
}
`},
			[]source.ConfigKey{key("bucket", "string", gofile, 11, 2)},
		},
		"yaml, and what a project file declares": {
			map[string]string{"Pulumi.yaml": `name: shop
runtime: yaml
config:
  bucket: {type: string}
  count:
    type: integer
  token: {type: string, secret: true}
  names: {type: array, items: {type: string}}
  debug: {type: boolean, default: false}
  size: {value: 3}
  short: text
  aws:region: {value: eu-west-1}
`},
			[]source.ConfigKey{
				key("bucket", "string", "Pulumi.yaml", 4, 3), key("count", "number", "Pulumi.yaml", 5, 3),
				key("names", "array", "Pulumi.yaml", 8, 3), secret(key("token", "string", "Pulumi.yaml", 7, 3)),
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, gaps := source.RequiredConfig(folder(t, test.files))
			assert.Equal(t, test.want, keys)
			assert.Empty(t, gaps)
		})
	}
}

func TestAConfigurationKeyThatCannotBeToldIsAGap(t *testing.T) {
	t.Parallel()
	keys, gaps := source.RequiredConfig(folder(t, map[string]string{"Pulumi.yaml": "runtime: python", "__main__.py": `import pulumi
config = pulumi.Config()
for name in ["a", "b"]:
    config.require(name)
pulumi.Config(pulumi.get_stack()).require("x")
def read(c, key):
    return c.require_secret("y")
read(config, 1)
read(pulumi.Config("z"), 2)
`}))
	assert.Empty(t, keys)
	assert.Equal(t, []fact.Gap{
		{File: "__main__.py:4", Reason: "requires configuration by a key that is computed"},
		{File: "__main__.py:5", Reason: "requires configuration of a namespace that is not known"},
		{File: "__main__.py:7", Reason: "requires configuration of a namespace that is not known"},
	}, gaps)
}

func TestConfigurationHasTheTypeThatTheProgramConvertsItTo(t *testing.T) {
	t.Parallel()
	types := map[string]source.ConfigType{"plain": "string", "count": "number", "ratio": "number", "tags": "object"}
	for name, files := range map[string]map[string]string{
		"python": {"Pulumi.yaml": "runtime: python", "__main__.py": `import json
import pulumi
config = pulumi.Config()
count = int(config.require("count"))
ratio = config.require("ratio")
half = float(ratio) / 2
tags = json.loads(config.require("tags"))
plain = str(config.require("plain"))
`},
		"typescript": {"Pulumi.yaml": "runtime: nodejs", "index.ts": `import * as pulumi from "@pulumi/pulumi";
const config = new pulumi.Config();
const count = parseInt(config.require("count"), 10);
const ratio = Number(config.require("ratio"));
const tags = JSON.parse(config.require("tags"));
const plain = String(config.require("plain"));
`},
		"go": {"Pulumi.yaml": "runtime: go", "go.mod": "module shop", "main.go": `package main

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cfg := config.New(ctx, "")
		count, err := strconv.Atoi(cfg.Require("count"))
		ratio, err := strconv.ParseFloat(cfg.Require("ratio"), 64)
		var tags map[string]string
		cfg.RequireObject("tags", &tags)
		_, _, _, _, _ = count, ratio, tags, cfg.Require("plain"), err
		return nil
	})
}
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, gaps := source.RequiredConfig(folder(t, files))
			assert.Empty(t, gaps)
			got := map[string]source.ConfigType{}
			for _, k := range keys {
				got[k.Key] = k.Type
			}
			assert.Equal(t, types, got)
		})
	}
}
