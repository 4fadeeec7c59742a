#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A hook of mmdebstrap: lays packages of another architecture over a root tree,
# and the packages of the same name's beginning that they depend on. They are not
# installed: what else they depend on are programs that do not run here, of which
# the tree has those of its own architecture.
#
# Usage: foreign.sh TREE NAME:ARCHITECTURE...
set -eu
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"

tree=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for package; do
	name=${package%:*}
	arch=${package#*:}
	# linux-headers-arm64 stands for linux-headers-VERSION-arm64.
	real=$(apt-cache depends "$package" |
		sed -n "s/.*Depends: \(${name%-*}-.*-$arch\):$arch\$/\1/p")
	apt-get download -q "${real:-$name}:$arch"
done
for deb in *.deb; do
	dpkg-deb --fsys-tarfile "$deb" |
		tar -C "$tree" --keep-directory-symlink --no-same-owner -xf - \
			./usr/src ./usr/lib/modules
done
