#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Registers the module's sources with dkms, which then builds it for every
# kernel that has headers here, and for those that are installed later. Other
# versions that dkms has go when this one is installed, and all go at the end.
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

# Versions that dkms knows, one a line
versions()
{
	dkms status -m gwsteer | sed -n 's,^gwsteer/\([^,:]*\)[,:].*,\1,p' | sort -u
}

# remove VERSION: also one that is half there
remove()
{
	if versions | grep -qxF "$1"; then
		dkms remove -m gwsteer -v "$1" --all
	fi
	rm -rf "/usr/src/gwsteer-$1"
}

# dkms would go on to build what it knows of others for the next kernel.
remove_all_but()
{
	for other in $(versions); do
		[ "$other" = "$1" ] || remove "$other"
	done
}

# Without --force it would not go back to an older version.
# 77 is dkms's word for a kernel that dkms.conf excludes.
install_for()
{
	status=0
	dkms install --force -m gwsteer -v "$version" -k "$1" || status=$?
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
	# The same version again, from changed sources, is no error.
	remove "$version"
	mkdir -p "$tree"
	cp -r Kbuild Makefile VERSION dkms.conf kmod include LICENSES "$tree/"
	dkms add -m gwsteer -v "$version"
	for build in /lib/modules/*/build; do
		[ -e "$build" ] || die "no kernel with headers in /lib/modules"
		kernel=${build%/build}
		install_for "${kernel##*/}"
	done
	# Not before: until the new one is there, the old one is to be found.
	remove_all_but "$version"
}

[ "$(id -u)" = 0 ] || die "not root: dkms writes below /lib/modules"
command -v dkms >/dev/null || die "no dkms: apt-get install dkms"
case ${1:-} in
install) install ;;
remove)
	remove_all_but "$version"
	remove "$version"
	;;
*) die "usage: dkms.sh install|remove" ;;
esac
