# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Host side of the VM harness: names of kernels and root trees, where things
# are kept, and the few helpers that every script here needs.  Sourced.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT=$(cd "$VM_DIR/../.." && pwd)
CACHE=${GWS_CACHE:-/var/cache/gwsteer}
MIRROR=${GWS_MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${GWS_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

export PROJECT CACHE MIRROR SECURITY_MIRROR

# One row for each kernel that can be booted:
#   name, root tree, kernel (stock = the one installed in the root tree), for a
#   debug kernel the tree with its source
KERNELS="
6.12		trixie		stock
6.1		bookworm	stock
backports	backports	stock
debug		trixie		debug	source-6.12
debug-6.1	bookworm	debug	source-6.1
"

log()
{
	echo "${0##*/}: $*" >&2
}

die()
{
	log "$*"
	exit 1
}

need_root()
{
	[ "$(id -u)" = 0 ] || die "not root: chroot and mount need root"
}

kernel_names()
{
	awk 'NF { printf "%s%s", sep, $1; sep = " " } END { print "" }' \
		<<<"$KERNELS"
}

# kernel_field KERNEL root|kind|source
kernel_field()
{
	local column

	case $2 in
	root) column=2 ;;
	kind) column=3 ;;
	source) column=4 ;;
	*) die "kernel_field: no field $2" ;;
	esac
	awk -v k="$1" -v c=$column \
		'$1 == k { print $c; found = 1 } END { exit !found }' \
		<<<"$KERNELS" ||
		die "no kernel named '$1'; there are: $(kernel_names)"
}

# kernel_release ROOT: the newest stock kernel installed in that tree.
kernel_release()
{
	local release

	release=$(find "$1/boot" -maxdepth 1 -name 'vmlinuz-*' -printf '%f\n' |
		sort -V | tail -n 1)
	[ -n "$release" ] || die "no kernel in $1/boot"
	echo "${release#vmlinuz-}"
}

# build_dir KERNEL: where build.sh puts what it builds for that kernel.
build_dir()
{
	echo "$PROJECT/build/vm/$1"
}

# Runs a command as root inside a root tree that stays unchanged: the tree is
# read-only there, /tmp is a tmpfs, and each HOST:GUEST pair is bound
# on a directory that the tree has (/gws/src, /gws/build, /gws/kernel).  After
# HOST:/ as the first pair the command may write anywhere; what it changes is
# then in HOST, and the tree still as it was.
#
# in_root ROOT [HOST:/] HOST:GUEST[:ro]... -- CMD...
in_root()
{
	local root=$1

	shift
	unshare --mount --propagation private -- \
		bash "$VM_DIR/in-root.sh" "$root" "$@"
}

# emulator_failed CONSOLE-LOG MARK: emulated CPUs that run in parallel trap on
# breakpoints that are gone (vm.sh says more). Not where the module trapped, nor where
# nothing has a name: that is what a call into a module that is gone looks like. And
# what was reported before, from the mark on, is no fault of the emulator's.
emulator_failed()
{
	[ -e "$1" ] || return 1
	tr -d '\r' <"$1" | awk '
	/Oops: int3/ { hit = 1 }
	hit && /RIP: / {
		named = /RIP: [0-9a-f]+:[A-Za-z_][A-Za-z0-9_.]*\+0x/
		ours = /\[gwsteer/
		exit
	}
	END { exit !(named && !ours) }' || return
	tr -d '\r' <"$1" | sed '/Oops: int3/,$d' |
		awk -v start="$2" -f "$VM_DIR/splat.awk" >/dev/null
}
