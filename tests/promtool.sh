#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Prints the path of promtool, which says whether metrics are as Prometheus wants
# them: an installed one, or one in the cache. Status 1 when there is none.
#
# Usage: promtool.sh       what there is
#        promtool.sh get   puts it into the cache first, if need be: out of Debian's
#                          package, without installing that, which would start a
#                          server
set -eu

copy=${GWS_CACHE:-/var/cache/gwsteer}/promtool

get()
{
	local dir

	dir=$(mktemp -d)
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$dir'" EXIT
	chmod 755 "$dir"
	(cd "$dir" && apt-get -qq download prometheus >/dev/null 2>&1)
	mkdir -p "$(dirname "$copy")"
	dpkg-deb --fsys-tarfile "$dir"/prometheus_*.deb |
		tar -xOf - ./usr/bin/promtool >"$dir/promtool"
	chmod 755 "$dir/promtool"
	mv "$dir/promtool" "$copy"
}

if command -v promtool; then
	exit
fi
if [ ! -x "$copy" ] && [ "${1:-}" = get ]; then
	get
fi
[ -x "$copy" ] || exit 1
echo "$copy"
