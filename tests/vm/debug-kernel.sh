#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds a debug kernel (KASAN, lockdep, kmemleak, KUnit, ...) from Debian's
# linux-source with the compiler of the root tree it will be booted with, once:
# into the cache, keyed by the options and by both trees.  Prints the path of
# its build directory, which is also the KDIR of modules for it.
#
# Usage: debug-kernel.sh [-l] [KERNEL]   KERNEL: debug (default), debug-6.1
#        -l: only print the path, whether built or not
set -eu

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

# Bump when the way of building changes, not the options.
RECIPE=1
# Objects of a whole build, for the estimate of the time left.
OBJECTS=1340

# options: all that are set, the kernel's own last; no comments, for which nothing need
# be built anew
options()
{
	local files=("$VM_DIR/debug.config")

	[ "$kernel" = debug ] || files+=("$VM_DIR/$kernel.config")
	grep -hE '^(CONFIG_|# CONFIG_)' "${files[@]}"
}

only_say=no
if [ "${1:-}" = -l ]; then
	only_say=yes
	shift
fi
kernel=${1:-debug}
need_root
root=$("$VM_DIR/root.sh" "$kernel")
source=$("$VM_DIR/root.sh" -r "$(kernel_field "$kernel" source)")
hash=$({ echo "$RECIPE $(basename "$root") $(basename "$source")"
	options; } | sha256sum | cut -c1-12)
dir=$CACHE/kernel-$kernel-$hash
if [ $only_say = yes ]; then
	echo "$dir"
	exit 0
fi

# in_kernel CMD...: in the root tree, with the new kernel on /gws/kernel and
# the tree that has linux-source on /gws/src.
in_kernel()
{
	in_root "$root" "$work:/gws/kernel" "$source:/gws/src" -- "$@"
}

unpack()
{
	[ ! -e "$work/.unpacked" ] || return 0
	log "unpacking the sources"
	in_kernel sh -c 'tar -xf /gws/src/usr/src/linux-source-*.tar.xz \
		--strip-components=1 -C /gws/kernel' || die "cannot unpack"
	touch "$work/.unpacked"
}

# An option that Kconfig drops for want of another would turn a check off in
# silence.
check_config()
{
	local lost

	lost=$(options |
		sed 's/^# \(CONFIG_[A-Z0-9_]*\) is not set$/\1/' |
		while read -r line; do
			case $line in
			*=*) grep -qxF -e "$line" "$work/.config" ||
				echo "$line" ;;
			*) ! grep -q "^$line=" "$work/.config" ||
				echo "# $line is not set" ;;
			esac
		done)
	[ -z "$lost" ] || die "options lost in olddefconfig:" $'\n'"$lost"
}

configure()
{
	options >"$work/gws.config"
	in_kernel sh -c 'cd /gws/kernel && make -s tinyconfig &&
		scripts/kconfig/merge_config.sh -m -O . .config gws.config &&
		make -s olddefconfig' >"$work/configure.log" 2>&1 || {
		tail -n 20 "$work/configure.log" >&2
		die "configuring failed"
	}
	check_config
}

# progress LOG: copies make's output there, says every 20 s how far it is.
progress()
{
	local line done=0 start=$SECONDS shown=$SECONDS left

	while IFS= read -r line; do
		echo "$line"
		case $line in
		'  CC '*|'  AS '*) done=$((done + 1)) ;;
		*) continue ;;
		esac
		[ $((SECONDS - shown)) -ge 20 ] || continue
		shown=$SECONDS
		left=$(((shown - start) * (OBJECTS - done) / done))
		[ $left -gt 0 ] || left=0
		log "$done of about $OBJECTS files, about $left s left"
	done >"$1"
}

compile()
{
	local jobs=${GWS_JOBS:-$(nproc)}

	{ in_kernel nice make -C /gws/kernel -j"$jobs" bzImage modules 2>&1 ||
		echo "MAKE FAILED"; } | progress "$work/build.log"
	if grep -q '^MAKE FAILED' "$work/build.log"; then
		grep -n -B2 -A8 -E 'error:|\*\*\*' "$work/build.log" |
			head -n 40 >&2
		die "the kernel does not build; the whole log is" \
			"$work/build.log"
	fi
	# modprobe of what is built in must succeed in the guest.
	in_kernel make -s -C /gws/kernel modules_install \
		INSTALL_MOD_PATH=/gws/kernel/installed >>"$work/build.log" 2>&1 ||
		die "modules_install failed, see $work/build.log"
	# Modules are built against the rest; this is half of the space.
	find "$work" \( -path "$work/scripts" -o -path "$work/tools" \) -prune \
		-o \( -name '*.o' -o -name '*.a' \) -exec rm -f {} +
}

if [ -d "$dir" ]; then
	echo "$dir"
	exit 0
fi
mkdir -p "$CACHE"
exec 9>"$CACHE/.kernel-$kernel.lock"
flock 9
if [ ! -d "$dir" ]; then
	# Not a random name: an interrupted build goes on where it was.
	work=$CACHE/.kernel-$kernel-$hash.building
	mkdir -p "$work"
	start=$SECONDS
	log "building the kernel $kernel; this takes minutes"
	unpack
	configure
	compile
	mv -T "$work" "$dir"
	log "kernel $kernel: $((SECONDS - start)) s," \
		"$(du -sm "$dir" | cut -f1) MB"
	find "$CACHE" -maxdepth 1 \( -name "kernel-$kernel-????????????" -o \
		-name ".kernel-$kernel-????????????.building" \) ! -path "$dir" \
		-mmin +1440 -exec rm -rf {} +
fi
echo "$dir"
