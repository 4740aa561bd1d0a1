#!/bin/sh
# Builds pipeguard for one platform, as a single file that needs no others.
#
#   tools/build.sh OUTPUT [GOOS GOARCH]
#
# Of the two parsers in policypack/internal/source/syntax, a build with cgo has
# the one in C, which is two to three times faster. So builds for Linux use it if
# there is a C compiler that can link statically: the result still runs on any
# distribution. macOS and Windows have no static C library, and
# those builds have the parser in pure Go, with only the grammars that are used
# (the tags): all of them would add 2 MB. REQUIRE_CGO=1 makes it an error when
# a build for Linux would have to do without C.
set -eu

output=$1
GOOS=${2:-$(go env GOOS)}
GOARCH=${3:-$(go env GOARCH)}
export GOOS GOARCH

# compilers are the C compilers to try, the most likely first.
compilers() {
	case $GOARCH in
	amd64) cpu=x86_64 ;;
	arm64) cpu=aarch64 ;;
	*) cpu=$GOARCH ;;
	esac
	[ "$GOOS/$GOARCH" != "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" ] || echo "${CC:-gcc}"
	echo "$cpu-linux-gnu-gcc"
	echo "zig cc -target $cpu-linux-musl"
}

# links_statically COMPILER... succeeds if it can build a static program.
links_statically() {
	echo 'int main(void) { return 0; }' | "$@" -static -x c -o /dev/null - 2>/dev/null
}

# static_compiler prints the first compiler that can.
static_compiler() {
	compilers | while read -r cc; do
		# shellcheck disable=SC2086 # a compiler is a command with its arguments
		if links_statically $cc; then
			echo "$cc"
			break
		fi
	done
}

compiler=
[ "$GOOS" != linux ] || [ "${CGO_ENABLED:-1}" = 0 ] || compiler=$(static_compiler)

if [ -n "$compiler" ]; then
	CC=$compiler CGO_ENABLED=1 exec go build -trimpath -buildvcs=false -tags netgo,osusergo \
		-ldflags '-s -w -linkmode external -extldflags "-static"' -o "$output" ./policypack/cmd/pipeguard
fi
if [ "$GOOS" = linux ]; then
	echo "build: no C compiler links statically for linux/$GOARCH: $output gets the slow parser, in pure Go" >&2
	[ -z "${REQUIRE_CGO:-}" ] || exit 1
fi
CGO_ENABLED=0 exec go build -trimpath -buildvcs=false \
	-tags grammar_subset,grammar_subset_python,grammar_subset_typescript,grammar_subset_tsx \
	-ldflags '-s -w' -o "$output" ./policypack/cmd/pipeguard
