#!/bin/sh
# Builds what a release holds into a folder: pipeguard for each platform, its
# bill of materials, and the checksums of them all.
#
#   tools/release.sh [-n] FOLDER
#
#   -n   leave out the bill of materials, which needs tools/install.sh
#
# The same source and compilers give the same bytes, in any folder and at any
# time; `make release-check` holds it to that.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
bom=yes
if [ "${1-}" = -n ]; then
	bom=
	shift
fi
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
cd "$root"
version=$(sed -n 's/^const Version = "\(.*\)"$/\1/p' policypack/internal/version/version.go)
: "${version:?policypack/internal/version names no version}"

rm -f "$folder"/pipeguard_* "$folder/SHA256SUMS"
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
	os=${platform%/*} arch=${platform#*/} exe=
	[ "$os" != windows ] || exe=.exe
	echo "release: $platform"
	tools/build.sh "$folder/pipeguard_${version}_${os}_$arch$exe" "$os" "$arch"
done
if [ -n "$bom" ]; then
	tools/install.sh cyclonedx-gomod
	echo "release: bill of materials"
	# Without cgo all builds have the modules that this one has; the parser in C
	# is counted in as well.
	for linked in 0 1; do
		CGO_ENABLED=$linked GOFLAGS=-buildvcs=false bin/cyclonedx-gomod app -json -licenses -std -noserial -notimestamp \
			-main policypack/cmd/pipeguard -output "$folder/pipeguard_${version}_$([ $linked = 1 ] && echo linux || echo darwin-windows).cdx.json" . 2>/dev/null
	done
fi
cd "$folder"
sha256sum pipeguard_* >SHA256SUMS
