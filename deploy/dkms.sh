#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Registers the module's sources with dkms, which then builds it for every
# kernel that has headers here, and for those that are installed later.
#
# Usage: dkms.sh install|remove     as root
set -eu
cd "$(dirname "$0")/.."
version=$(cat VERSION)
tree=/usr/src/gwsteer-$version

die()
{
	echo "dkms.sh: $*" >&2
	exit 1
}

# The same version again, from changed sources, is no error.
remove()
{
	if dkms status -m gwsteer -v "$version" | grep -q .; then
		dkms remove -m gwsteer -v "$version" --all
	fi
	rm -rf "$tree"
}

# 77 is dkms's word for a kernel that dkms.conf excludes.
install_for()
{
	status=0
	dkms install -m gwsteer -v "$version" -k "$1" || status=$?
	case $status in
	0) ;;
	77) echo "dkms.sh: not for kernel $1, see dkms.conf" ;;
	*) die "no module for kernel $1: dkms ended with status $status" ;;
	esac
}

install()
{
	running=/lib/modules/$(uname -r)
	[ ! -d "$running" ] || [ -e "$running/build" ] ||
		die "no headers of the running kernel:" \
			"apt-get install linux-headers-$(uname -r)"
	remove
	mkdir -p "$tree"
	cp -r Kbuild Makefile VERSION dkms.conf kmod include LICENSES "$tree/"
	dkms add -m gwsteer -v "$version"
	for build in /lib/modules/*/build; do
		[ -e "$build" ] || die "no kernel with headers in /lib/modules"
		kernel=${build%/build}
		install_for "${kernel##*/}"
	done
}

[ "$(id -u)" = 0 ] || die "not root: dkms writes below /lib/modules"
command -v dkms >/dev/null || die "no dkms: apt-get install dkms"
case ${1:-} in
install) install ;;
remove) remove ;;
*) die "usage: dkms.sh install|remove" ;;
esac
