#!/bin/sh
# Builds the files of a release into a folder: pipeguard for each platform, a bill
# of materials for each (CycloneDX), and the checksums of all of them.
#
#   tools/release.sh FOLDER
#
# The same source and compilers give the same bytes, in any folder and at any
# time; `make release-check` checks that.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
cd "$root"
version=$(sed -n 's/^const Version = "\(.*\)"$/\1/p' policypack/internal/version/version.go)
: "${version:?policypack/internal/version names no version}"

tools/install.sh cyclonedx-gomod
rm -f "$folder"/pipeguard_* "$folder/SHA256SUMS"
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
	os=${platform%/*} arch=${platform#*/} exe=
	[ "$os" != windows ] || exe=.exe
	echo "release: $platform"
	name=pipeguard_${version}_${os}_$arch
	tools/build.sh "$folder/$name$exe" "$os" "$arch"
	# What the linker wrote into the binary is what it is made of. Serial number
	# and time would make each run's differ.
	chmod +x "$folder/$name$exe"
	bin/cyclonedx-gomod bin -json -std -noserial -notimestamp -version "v$version" \
		-output "$folder/$name.cdx.json" "$folder/$name$exe"
done
cd "$folder"
sha256sum pipeguard_* >SHA256SUMS
