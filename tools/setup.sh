#!/bin/sh
# Makes sure that the machine has what the tests need besides what tools/install.sh
# builds. As root on Debian or Ubuntu, it installs what is missing; elsewhere it
# lists all of it with the command that installs it, and fails. It is quiet when
# nothing is missing.
#
#   tools/setup.sh [-n]
#
#   -n   print what would be installed, and do nothing
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
minimum_node=20
minimum_python=10 # 3.10
# The newest version of that line in the npm registry, for systems whose own
# Node.js is older, and the npm that came with it.
node=22.23.3
npm=10.9.9

dry_run=
[ "${1-}" != -n ] || dry_run=yes

say() { printf 'setup: %s\n' "$*"; }

fail() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

has_any() {
	for program; do ! has "$program" || return 0; done
	return 1
}

# node_major prints the major version of the Node.js on the PATH, or 0.
node_major() {
	version=$(node --version 2>/dev/null) || version=v0
	version=${version#v}
	echo "${version%%.*}"
}

has_python() {
	python3 -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, $minimum_python))" 2>/dev/null
}

# links_statically succeeds if there is a C compiler and a static C library.
links_statically() {
	echo 'int main(void) { return 0; }' | gcc -static -x c -o /dev/null - 2>/dev/null
}

# find_missing sets names, for people, and packages, for apt-get.
find_missing() {
	names=
	packages=
	missing() {
		names="$names${names:+, }$1"
		packages="$packages${packages:+ }$2"
	}
	has git || missing git git
	has make || missing make make
	links_statically || missing "gcc with a static C library" "gcc libc6-dev"
	{ has node && has npm; } || missing "Node.js $minimum_node or later with npm" "nodejs npm"
	has_python || missing "Python 3.$minimum_python or later with venv" "python3 python3-venv"
	has_any chromium chromium-browser google-chrome google-chrome-stable chrome || missing "Chromium or Chrome" chromium
	has xmllint || missing "xmllint (of libxml2)" libxml2-utils
	has ps || missing "ps (of procps)" procps
}

# apt-get does not install Go: Debian's is older than what go.mod asks for.
has go || fail "install Go $(sed -n 's/^go //p' "$root/go.mod") or later first, and put it on the PATH: https://go.dev/doc/install"

find_missing
if [ -n "$packages" ]; then
	command="apt-get install --no-install-recommends $packages"
	if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
		fail "install first: $names. On Debian and Ubuntu: sudo $command"
	fi
	say "installing $packages"
	if [ -z "$dry_run" ]; then
		export DEBIAN_FRONTEND=noninteractive
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } >/dev/null ||
			fail "installing failed; to see why: $command"
		find_missing
		[ -z "$names" ] || fail "still missing after installing $packages: $names"
	fi
fi

# Older releases of Debian and Ubuntu have an older Node.js, but npm has newer ones.
if has node && [ "$(node_major)" -lt $minimum_node ]; then
	say "Node.js $(node --version) is too old: installing $node into build/node, for this repository alone"
	[ -z "$dry_run" ] || exit 0
	mkdir -p "$root/build/node" "$root/bin"
	npm install --silent --no-audit --no-fund --no-save --prefix "$root/build/node" "node@$node" "npm@$npm" ||
		fail "installing Node.js $node failed; install Node.js $minimum_node or later: https://nodejs.org"
	for program in node npm npx; do
		ln -sf "../build/node/node_modules/.bin/$program" "$root/bin/$program"
	done
fi
