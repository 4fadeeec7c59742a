# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by a case after lib.sh: the guest as the first command of
# examples/README.md left the root tree, module from dkms included.  Compiling
# it takes many minutes under emulation, so that command ran in the same tree
# when it was built ("# builds: dkms", see build.sh); what it wrote is laid over
# the guest's directories here, and goes with the case's mount namespace.

INSTALLED=/gws/build/dkms

if [ "${GWS_OWN_MOUNTS:-}" != yes ]; then
	trap - EXIT
	GWS_OWN_MOUNTS=yes exec unshare --mount bash "$0"
fi

# lay NAME: what build.sh NAME wrote, over the guest's directories and instead of
# what was laid there before; what is changed then stays in /mnt.
lay()
{
	local dir upper

	for dir in usr/local usr/src usr/lib/modules var/lib/dkms; do
		upper=$(mktemp -d /mnt/XXXXXX)
		mkdir "$upper/upper" "$upper/work"
		umount -l "/$dir" 2>/dev/null || true
		mount -t overlay overlay "/$dir" -o \
			"lowerdir=/gws/build/$1/$dir:/$dir,upperdir=$upper/upper,workdir=$upper/work" ||
			return
	done
}

mount -t tmpfs tmpfs /mnt
lay dkms || bail "cannot lay $INSTALLED over the guest's directories"
rm -rf /etc/gwsteer
cp -a $INSTALLED/etc/gwsteer /etc/
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/gws/build
