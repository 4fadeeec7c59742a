#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Second half of in_root in common.sh: runs in a mount namespace of its own,
# so nothing has to be unmounted afterwards, whatever happens.
#
# Usage: in-root.sh ROOT [HOST:/] HOST:GUEST[:ro]... -- CMD...
set -eu

root=$1
shift
case $1 in
*:/)
	upper=${1%:/}
	shift
	mkdir -p "$upper" "$upper.work"
	mount -t overlay overlay "$root" -o \
		"lowerdir=$root,upperdir=$upper,workdir=$upper.work"
	;;
*)
	mount --bind "$root" "$root"
	mount -o remount,bind,ro "$root"
	;;
esac
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
while [ "$1" != -- ]; do
	IFS=: read -r from to mode <<<"$1"
	mount --bind "$from" "$root$to"
	[ "$mode" != ro ] || mount -o remount,bind,ro "$root$to"
	shift
done
shift
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	HOME=/tmp LC_ALL=C.UTF-8 "$@"
