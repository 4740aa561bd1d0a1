#!/bin/sh
# Puts the build-time programs that this project pins into bin/, each built from
# a module of its own beside this script. Nothing is written outside bin/, apart
# from Go's own caches.
#
#   tools/install.sh [-n] TOOL...
#   tools/install.sh [-n] host-for FOLDER
#
#   host-for FOLDER the language host of the Pulumi program in FOLDER
#   pulumi          the Pulumi CLI and its Go language host, unless the PATH has
#                   a CLI that is new enough
#   go              only that language host
#   nodejs          the language host for JavaScript and TypeScript programs,
#                   unless it comes with the CLI that is used
#   python          the same for Python programs
#   yaml            the same for YAML programs
#   golangci-lint   the linter for Go
#   actionlint      the linter for workflows
#   cyclonedx-gomod the program that writes the bill of materials of a release
#   minio           the S3 server of the end-to-end test
#   toxiproxy       the proxy that makes its connections bad
#   fauxqs          its SQS server, from npm and into tools/fauxqs; needs Node.js
#
#   -n              print what would be done, and do nothing
#
# A program is rebuilt only when its sources here have changed.
set -eu

# This is the first CLI that accepts an executable as a policy pack.
minimum=3.255.0

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
bin=$root/bin
tools="pulumi, go, nodejs, python, yaml, golangci-lint, actionlint, cyclonedx-gomod, minio, toxiproxy, fauxqs"
dry_run=
why= # why the machine's own CLI does not serve; said when that leads to a build

say() { printf 'tools: %s\n' "$*"; }

fail() {
	printf 'tools: %s\n' "$*" >&2
	exit 1
}

# at_least HAVE WANT succeeds if version HAVE is WANT or later. A pre-release
# (3.255.0-alpha.1) comes before its release; build metadata (+dirty) counts for
# nothing; text that is not a version is not enough.
at_least() {
	full=${1#v}
	full=${full%%+*}
	core=${full%%-*}
	case $core in
	*[!0-9.]* | *.*.*.* | .* | *..* | *.) return 1 ;;
	*.*.*) ;;
	*) return 1 ;;
	esac
	IFS=. read -r major minor patch <<-END
		$core
	END
	IFS=. read -r want_major want_minor want_patch <<-END
		$2
	END
	if [ "$major" -ne "$want_major" ]; then [ "$major" -gt "$want_major" ]; return; fi
	if [ "$minor" -ne "$want_minor" ]; then [ "$minor" -gt "$want_minor" ]; return; fi
	if [ "$patch" -ne "$want_patch" ]; then [ "$patch" -gt "$want_patch" ]; return; fi
	[ "$full" = "$core" ]
}

# outside PROGRAM prints the path of PROGRAM on the PATH, ignoring bin/.
outside() {
	path=
	IFS=:
	for dir in $PATH; do
		[ "$dir" = "$bin" ] || path=${path:+$path:}$dir
	done
	unset IFS
	(PATH=$path && command -v "$1")
}

# has_host CLI LANGUAGE succeeds if CLI will find a language host: on the PATH,
# beside it, or beside the file it is a link to.
has_host() {
	outside "pulumi-language-$2" >/dev/null && return
	[ -x "$(dirname -- "$1")/pulumi-language-$2" ] && return
	target=$(readlink -f -- "$1" 2>/dev/null) || return 1
	[ -x "$(dirname -- "$target")/pulumi-language-$2" ]
}

# use_outside LANGUAGE succeeds if the machine's own CLI can run programs in
# LANGUAGE.
use_outside() {
	if ! cli=$(outside pulumi); then
		why="there is no pulumi on the PATH"
		return 1
	fi
	version=$(PULUMI_SKIP_UPDATE_CHECK=true "$cli" version 2>/dev/null) || version=
	if ! at_least "$version" "$minimum"; then
		why="$cli is ${version:-of an unknown version}, and $minimum or later is needed"
		return 1
	fi
	if ! has_host "$cli" "$1"; then
		why="$cli has no language host for $1"
		return 1
	fi
	say "using $cli $version"
}

# build OUTPUT MODULE PACKAGE NOTE [LDFLAGS] builds PACKAGE of tools/MODULE into
# bin/OUTPUT, unless it has already been built from the same sources.
build() {
	output=$bin/$1
	stamp=$bin/.stamps/$1
	module=$root/tools/$2
	flags="-s -w${5:+ $5}"
	sources=$(cd "$module" && echo "$flags" | cat - go.mod go.sum $(ls ./*.go ./*/*.go 2>/dev/null) | cksum)
	[ ! -x "$output" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$sources" ] || return 0

	[ -z "$why" ] || say "$why"
	why=
	say "building bin/$1: $4"
	[ -z "$dry_run" ] || return 0
	command -v go >/dev/null || fail "Go is needed to build bin/$1; see https://go.dev/doc/install"
	mkdir -p "$(dirname -- "$output")" "$(dirname -- "$stamp")"
	(cd "$module" && GOWORK=off go build -trimpath -buildvcs=false -ldflags "$flags" -o "$output.new" "$3") ||
		fail "building bin/$1 failed"
	mv -f "$output.new" "$output"
	printf '%s\n' "$sources" >"$stamp"
}

# copy OUTPUT MODULE SOURCE FILE copies an executable FILE of the Go module
# SOURCE, as tools/MODULE pins it, to bin/OUTPUT.
copy() {
	output=$bin/$1
	[ ! -x "$output" ] || [ "$output" -ot "$root/tools/$2/go.mod" ] || return 0
	[ -z "$dry_run" ] || return 0
	source=$(cd "$root/tools/$2" && GOWORK=off go list -m -f '{{.Dir}}' "$3") || fail "finding $4 in $3 failed"
	cat "$source/$4" >"$output.new" && chmod +x "$output.new" && mv -f "$output.new" "$output" ||
		fail "copying $4 to bin/$1 failed"
}

# drop OUTPUT... removes what an earlier run built: bin/ comes first on the PATH,
# so it would hide the machine's own program.
drop() {
	[ -n "$dry_run" ] || for output; do rm -f "$bin/$output" "$bin/.stamps/$output"; done
}

sdk=github.com/pulumi/pulumi/sdk/v3

build_go() {
	build libexec/pulumi-language-go language-hosts $sdk/go/pulumi-language-go \
		"Pulumi's Go language host, about half a minute, once"
	build pulumi-language-go language-host ./pulumi-language-go "the adapter for that host, about half a minute, once"
}

install_pulumi() {
	if use_outside go; then
		drop pulumi pulumi-language-go libexec/pulumi-language-go
		return
	fi
	# A CLI built with go build does not know its version unless told.
	pinned=$(sed -n 's|.*github.com/pulumi/pulumi/pkg/v3 \(v[^ ]*\).*|\1|p' "$root/tools/pulumi/go.mod")
	build pulumi pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
		"the Pulumi CLI $pinned, about 4 minutes on 2 cores, once" "-X $sdk/go/common/version.Version=$pinned"
	build_go
}

install_go() {
	if use_outside go; then
		drop pulumi-language-go libexec/pulumi-language-go
		return
	fi
	build_go
}

install_nodejs() {
	if use_outside nodejs; then
		drop pulumi-language-nodejs
		return
	fi
	build pulumi-language-nodejs language-hosts $sdk/nodejs/cmd/pulumi-language-nodejs \
		"Pulumi's Node.js language host, about half a minute, once"
}

install_python() {
	if use_outside python; then
		drop pulumi-language-python libexec/pulumi-language-python libexec/pulumi-language-python-exec
		return
	fi
	build libexec/pulumi-language-python language-hosts $sdk/python/cmd/pulumi-language-python \
		"Pulumi's Python language host, about half a minute, once"
	# What the host runs a program with. The newest fits the packages on PyPI.
	copy libexec/pulumi-language-python-exec language-host $sdk python/cmd/pulumi-language-python-exec
	build pulumi-language-python language-host ./pulumi-language-python "the adapter for that host, about half a minute, once"
}

install_yaml() {
	if use_outside yaml; then
		drop pulumi-language-yaml
		return
	fi
	build pulumi-language-yaml pulumi-language-yaml github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml \
		"Pulumi's YAML language host, about a minute on 2 cores, once"
}

# runtime_of FOLDER prints the runtime of the Pulumi program in FOLDER: what
# follows "runtime:", or "name:" below it or in the braces after it.
runtime_of() {
	for project in "$1/Pulumi.yaml" "$1/Pulumi.yml"; do
		[ ! -f "$project" ] || break
	done
	[ -f "$project" ] || fail "there is no Pulumi.yaml in $1"
	sed -n '
		/^runtime:/,/^[^ \t#]/ {
			s/^runtime:[ \t]*\([a-z][a-z]*\)[ \t]*\(#.*\)\{0,1\}$/\1/p
			s/^runtime:[ \t]*"\([a-z][a-z]*\)".*/\1/p
			s/^\(runtime:[ \t]*{\|.*,\|[ \t]\{1,\}\)[ \t]*name:[ \t]*"\{0,1\}\([a-z][a-z]*\).*/\2/p
		}' "$project" | sed 1q
}

# install_host_for FOLDER installs only the language host of a program.
install_host_for() {
	runtime=$(runtime_of "$1") || exit 1
	case $runtime in
	go | nodejs | python | yaml) "install_$runtime" ;;
	*) say "the language host for ${runtime:-the runtime} of $1 is not built here; Pulumi's must be on the PATH" ;;
	esac
}

install_golangci_lint() {
	build golangci-lint golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint \
		"golangci-lint, about 2 minutes on 2 cores, once"
}

install_actionlint() {
	build actionlint actionlint github.com/rhysd/actionlint/cmd/actionlint \
		"actionlint, a few seconds, once"
}

install_cyclonedx_gomod() {
	build cyclonedx-gomod cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod \
		"cyclonedx-gomod, about 10 seconds, once"
}

install_minio() {
	build libexec/minio minio github.com/minio/minio \
		"the MinIO server, about 3 minutes on 2 cores, once"
}

install_toxiproxy() {
	build libexec/toxiproxy toxiproxy github.com/Shopify/toxiproxy/v2/cmd/server \
		"toxiproxy, about 10 seconds, once"
}

install_fauxqs() {
	module=$root/tools/fauxqs
	# npm writes this file last.
	[ "$module/node_modules/.package-lock.json" -nt "$module/package-lock.json" ] && return 0
	say "installing fauxqs, an SQS server, into tools/fauxqs"
	[ -z "$dry_run" ] || return 0
	command -v npm >/dev/null || fail "Node.js 20 or later with npm is needed for fauxqs; see https://nodejs.org"
	npm ci --no-audit --no-fund --loglevel=error --prefix "$module" || fail "installing fauxqs failed"
}

if [ "${1-}" = -n ]; then
	dry_run=yes
	shift
fi
if [ "${1-}" = host-for ]; then
	[ $# -eq 2 ] || fail "name the folder of one Pulumi program: host-for FOLDER"
	install_host_for "$2"
	exit
fi
[ $# -gt 0 ] || fail "name what to install: $tools"
for tool; do
	case $tool in
	pulumi) install_pulumi ;;
	go) install_go ;;
	nodejs) install_nodejs ;;
	python) install_python ;;
	yaml) install_yaml ;;
	golangci-lint) install_golangci_lint ;;
	actionlint) install_actionlint ;;
	cyclonedx-gomod) install_cyclonedx_gomod ;;
	minio) install_minio ;;
	toxiproxy) install_toxiproxy ;;
	fauxqs) install_fauxqs ;;
	*) fail "$tool is not one of $tools" ;;
	esac
done
