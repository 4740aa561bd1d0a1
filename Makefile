# What a contributor runs; `make` alone lists it.

# The Pulumi program that `make preview` previews.
PROGRAM ?= stack

# Programs in testdata that need packages from npm.
NODE_PROGRAMS := $(wildcard testdata/stacks/*/package-lock.json)

# Virtual environments for testdata's Python programs: build/venv-v6 and build/venv-v7, for pulumi-aws v6 and v7,
# and build/venv-native for aws-native.
# build/venv-tools has uv and poetry.
# A program names its own in Pulumi.yaml, relative to that file: in testdata/stacks/python/NAME it is
# "runtime: {name: python, options: {virtualenv: ../../../../build/venv-v7}}".
PYTHON_ENVIRONMENTS := $(patsubst testdata/python/%/requirements.txt,build/venv-%/.made,$(wildcard testdata/python/*/requirements.txt))

# What this repository builds comes before what the machine has.
export PATH := $(CURDIR)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup tools program-host tools-node tools-python tools-yaml build release release-check package preview deploy readiness redrive test test-browser docs schema compat lint e2e bench bench-thumb clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the tests need, as root on Debian or Ubuntu; elsewhere list it
	@tools/setup.sh

tools: ## build the pinned Pulumi CLI into bin/, unless the PATH has one that is new enough
	@tools/install.sh pulumi

tools-node: ## the same for Pulumi's Node.js language host
	@tools/install.sh nodejs

tools-python: ## the same for Pulumi's Python language host
	@tools/install.sh python

tools-yaml: ## the same for Pulumi's YAML language host
	@tools/install.sh yaml

build: ## build bin/pipeguard: command line, policy pack and plan provider in one
	@tools/build.sh bin/pipeguard

release: ## build dist/: pipeguard for six platforms, checksums and bills of materials
	@tools/release.sh dist

# Whoever builds the sources must get the bytes that we publish, so build them a
# second time, from a copy of the sources elsewhere.
release-check: release ## the same, and check that a build in another folder gives the same bytes
	@set -e; copy=$$(mktemp -d); trap 'rm -rf "$$copy"' EXIT; \
	git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$$copy"; \
	mkdir "$$copy/bin"; cp -r bin/cyclonedx-gomod bin/.stamps "$$copy/bin"; \
	"$$copy/tools/release.sh" "$$copy/dist"; \
	cmp dist/SHA256SUMS "$$copy/dist/SHA256SUMS"; echo "release-check: the same bytes twice"

package: ## build the Lambda function's archive, build/thumbnail.zip
	go run ./lambda/cmd/package -o build/thumbnail.zip

program-host: ## build the language host that PROGRAM needs into bin/, unless the PATH has one
	@tools/install.sh host-for $(PROGRAM)

# With the same flags as in the other builds, Go compiles shared packages only once.
preview: export GOFLAGS := $(strip $(GOFLAGS) -trimpath)
preview: program-host build package ## preview PROGRAM (default: stack) under the rules, without credentials
	bin/pipeguard preview $(PROGRAM)

# Flags that name the stack, for the commands below; without STACK it is the one
# that is selected. ARGS is passed on.
in_stack = $(if $(STACK),--stack $(STACK)) $(ARGS)

# pulumi up previews once more and asks before it changes anything. It is not
# reached when the first preview fails or the policy pack forbids something.
deploy: tools build package ## deploy PROGRAM to AWS as STACK, with your credentials and Pulumi backend
	$(if $(STACK),pulumi stack select --create $(STACK) --cwd $(PROGRAM))
	pulumi preview --cwd $(PROGRAM) --policy-pack $(CURDIR)/bin/pipeguard $(if $(STACK),--stack $(STACK))
	pulumi up --cwd $(PROGRAM) --policy-pack $(CURDIR)/bin/pipeguard $(in_stack)

readiness: ## check the deployed STACK, and send an image through it
	go run ./stack/cmd/readiness --program $(PROGRAM) $(in_stack)

redrive: ## redrive the dead letters of the deployed STACK (ARGS=--dry-run: only list them)
	go run ./stack/cmd/redrive --program $(PROGRAM) $(in_stack)

# setup comes first: even with -j, everything else waits for it.
test: setup ## run all tests, and install what they need
	@$(MAKE) --no-print-directory test-prepared

.PHONY: test-prepared
test-prepared: tools tools-node tools-python tools-yaml build package $(NODE_PROGRAMS:package-lock.json=node_modules) $(PYTHON_ENVIRONMENTS)
	go vet ./... ./testdata/stacks/...
	go test -timeout 30m ./...
	CGO_ENABLED=0 go vet ./policypack/internal/source/...
	CGO_ENABLED=0 go test ./policypack/internal/source/... ./policypack/internal/rules
	cd tools/language-host && go vet ./... && go test ./...
	@$(MAKE) --no-print-directory test-browser

testdata/stacks/%/node_modules: testdata/stacks/%/package-lock.json
	npm ci --no-audit --no-fund --prefix $(@D)
	@touch $@

build/venv-%/.made: testdata/python/%/requirements.txt
	rm -rf $(@D)
	python3 -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

test-browser: ## try the HTML report in a browser; needs Chromium or Chrome
	cd tools/browser && go vet ./... && go test ./...

docs: ## generate the rules' pages and the configuration's JSON schema from the rules
	go run ./policypack/cmd/gendocs

schema: ## generate the table of AWS types from the SDKs that gen/sdks/go.mod names; a test fails if it is stale
	go generate ./policypack/internal/planprovider/internal/schema

# Packages for the other versions of pulumi-aws. Their installation scripts would download a plugin.
NODE_VERSIONS := $(patsubst testdata/node/%/package-lock.json,build/node-%/.made,$(wildcard testdata/node/*/package-lock.json))

build/node-%/.made: testdata/node/%/package-lock.json
	mkdir -p $(@D)
	cp testdata/node/$*/package.json testdata/node/$*/package-lock.json $(@D)
	npm ci --ignore-scripts --no-audit --no-fund --prefix $(@D)
	@touch $@

compat: tools-node tools-python tools-yaml build $(NODE_PROGRAMS:package-lock.json=node_modules) $(NODE_VERSIONS) $(filter-out build/venv-tools/.made,$(PYTHON_ENVIRONMENTS)) ## write policypack/docs/compatibility.md: every program of testdata with every version of pulumi-aws, about half an hour
	@tools/install.sh go
	go run ./policypack/compat

# The modules with code of ours.
MODULES := . tools/language-host tools/browser

lint: ## run the linters, check the formatting, and that the modules need what they name
	@tools/install.sh golangci-lint actionlint
	actionlint
	@set -e; for module in $(MODULES); do echo "lint: $$module"; (cd $$module; go mod tidy -diff; golangci-lint run --allow-serial-runners ./...); done

e2e: setup tools build package ## send images through the pipeline that the stack declares, about a minute
	@tools/install.sh minio toxiproxy fauxqs
	go build -o build/e2e ./stack/e2e
	@build/e2e

bench: tools tools-node tools-python build package testdata/stacks/typescript/node_modules build/venv-v7/.made ## measure what the policy pack costs, about 10 minutes
	go run ./policypack/bench

bench-thumb: ## compare the handler's speed with sharp, ImageMagick and plain imaging
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tools/sharp-bench; fi
	go run ./lambda/cmd/bench-thumb

clean: ## remove everything these targets make
	rm -rf bin build dist tools/fauxqs/node_modules $(NODE_PROGRAMS:package-lock.json=node_modules)
