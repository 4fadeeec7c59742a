#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the project for a kernel, with the compiler and the libraries of the
# root tree that the kernel is booted with: gwsteer.ko, gwsteerd, gwctl and the
# test tools into build/vm/KERNEL; for a debug kernel gwsteer_kunit.ko too.
# What came of the same sources before, in whatever clone, is taken from the cache,
# which has the last few of each kernel; -v builds.
#
# Usage: build.sh [-v] KERNEL [TARGET...]
#        TARGET: module, userspace, tools; default all three; and what only
#        a case with a line "# builds: TARGET..." needs:
#        dkms       what the first command of examples/README.md (make
#                   dkms-install install) writes, run in the root tree
#        other-abi  gwsteerd and gwctl of a next version and ABI, into
#                   other-abi/, sources included
#        other-module  these and their gwsteer.ko
#        next       what an upgrade from dkms's to that version leaves
#        promtool   Prometheus' own judge of metrics
set -eu

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

# Builds that are kept for each kernel; 40 MB or, with what 6.12's cases need, 200.
KEPT=2

verbose=no
if [ "${1:-}" = -v ]; then
	verbose=yes
	shift
fi
kernel=${1:?usage: build.sh [-v] KERNEL [TARGET...]}
shift
[ $# -gt 0 ] || set -- module userspace tools

need_root
root=$("$VM_DIR/root.sh" "$kernel")
out=$(build_dir "$kernel")
mkdir -p "$out"
binds=("$PROJECT:/gws/src:ro" "$out:/gws/build")
case $(kernel_field "$kernel" kind) in
stock)
	kdir=/lib/modules/$(kernel_release "$root")/build
	kunit=()
	;;
debug)
	binds+=("$("$VM_DIR/debug-kernel.sh" "$kernel"):/gws/kernel:ro")
	kdir=/gws/kernel
	kunit=(GWS_KUNIT=m)
	;;
esac

# make_in_root ARG...
make_in_root()
{
	# An idle machine lends both processors, a busy one is shared.
	in_root "$root" "${binds[@]}" -- \
		make -j"${GWS_JOBS:-$(nproc)}" O=/gws/build "$@"
}

# installed NAME SOURCES BUILD [BEFORE]: the first command of examples/README.md
# as it stands there, in the root tree with its dkms and its compiler, after what
# BEFORE has of an earlier time; what it wrote is then in NAME/.
installed()
{
	local command sum

	command=$(awk -f "$VM_DIR/commands.awk" "$PROJECT/examples/README.md" |
		head -n 1)
	sum=$(cd "$2" && {
		echo "$root $command"
		[ $# = 3 ] || cat "$out/$4.sum"
		find Kbuild Makefile VERSION dkms.conf deploy kmod include \
			userspace -type f -exec sha256sum {} +
	} | sort | sha256sum)
	if [ -d "$out/$1" ] && [ "$(cat "$out/$1.sum")" = "$sum" ]; then
		return
	fi
	rm -rf "${out:?}/$1" "$out/$1.work"
	[ $# = 3 ] || cp -a "$out/$4" "$out/$1"
	in_root "$root" "$out/$1:/" "$2:/gws/src:ro" "$3:/gws/src/build" -- \
		sh -ec "cd /gws/src; $command"
	echo "$sum" >"$out/$1.sum"
}

build_next()
{
	installed dkms "$PROJECT" "$out"
	build_other_abi
	installed next "$out/other-abi/src" "$out/other-abi" dkms
}

# The header keeps its time, or everything would be compiled again every time.
build_other_abi()
{
	local src=$out/other-abi/src header=include/uapi/linux/gwsteer.h abi next

	next=$(awk -F . '{ print $1 "." $2 + 1 ".0" }' "$PROJECT/VERSION")
	abi=$(awk '$2 == "GWS_ABI" { print $3 + 1 }' "$PROJECT/$header")
	mkdir -p "$src/build"
	(cd "$PROJECT" && cp -a Kbuild Makefile LICENSES deploy dkms.conf \
		include kmod userspace "$src/")
	echo "$next" >"$src/VERSION"
	sed -i "s/^\(PACKAGE_VERSION=\).*/\1\"$next\"/" "$src/dkms.conf"
	sed -i "s/^\(#define GWS_ABI[[:space:]]*\).*/\1$abi/" "$src/$header"
	touch -r "$PROJECT/$header" "$src/$header"
	make_in_root -C /gws/build/other-abi/src/userspace \
		O=/gws/build/other-abi
}

build_other_module()
{
	build_other_abi
	make_in_root -C /gws/build/other-abi/src module KDIR="$kdir" \
		O=/gws/build/other-abi
}

# Where the source cannot be had, cases run the tree's own curl, only slower.
build_tools()
{
	local curl

	make_in_root -C /gws/src/tests/tools
	if curl=$("$VM_DIR/curl.sh"); then
		cp "$curl" "$out/"
	else
		echo "warning: no small curl, that of the tree is slower"
	fi
}

build_promtool()
{
	local promtool

	if promtool=$("$PROJECT/tests/promtool.sh" get); then
		cp "$promtool" "$out/promtool"
	else
		echo "warning: no promtool, the case that needs it fails"
	fi
}

build_target()
{
	case $1 in
	module) make_in_root -C /gws/src module KDIR="$kdir" \
		${kunit[@]+"${kunit[@]}"} ;;
	userspace) make_in_root -C /gws/src userspace ;;
	dkms) installed dkms "$PROJECT" "$out" ;;
	next) build_next ;;
	other-abi) build_other_abi ;;
	other-module) build_other_module ;;
	promtool) build_promtool ;;
	tools) build_tools ;;
	*) die "no target '$1'" ;;
	esac
}

# sources_sum: of all that goes into what is built here
sources_sum()
{
	(
		cd "$PROJECT"
		echo "$root ${binds[*]:2}"
		{
			find Kbuild Makefile VERSION LICENSES dkms.conf deploy kmod \
				include userspace examples/README.md \
				tests/vm/build.sh tests/vm/commands.awk \
				tests/vm/curl.sh -type f
			find tests/kunit tests/tools tests/unit -name '*.[ch]' -o \
				-name Makefile
		} | LC_ALL=C sort | xargs sha256sum
	) | sha256sum | cut -c1-12
}

# built TARGET: it is there, of these very sources. The file names their sum and
# below it the targets. promtool is not kept in the cache, and may have been out of reach.
built()
{
	[ $verbose = no ] && grep -qx -- "$1" "$out/built" 2>/dev/null &&
		{ [ "$1" != promtool ] || [ -x "$out/promtool" ]; }
}

# restore: what the cache has of these sources, unless it is here
restore()
{
	[ "$(head -n 1 "$out/built" 2>/dev/null)" != "$sum" ] || return 0
	rm -f "$out/built"
	if [ -d "$kept" ]; then
		rm -rf "$out"/{dkms,next,other-abi,module,userspace}
		cp -a "$kept/." "$out/"
		touch "$kept"
	fi
}

# keep: for the next clone; copied aside, so that a half is never taken
keep()
{
	local tmp

	tmp=$(mktemp -d "$CACHE/.built-$kernel.XXXXXX")
	tar -C "$out" -cf - --exclude=./.lock --exclude=./bench --exclude=./envoy \
		--exclude=./promtool . |
		tar -C "$tmp" -xf -
	rm -rf "$kept"
	mv -T "$tmp" "$kept"
	find "$CACHE" -maxdepth 1 -name "built-$kernel-????????????" -printf '%T@ %p\n' |
		sort -rn | awk -v keep=$KEPT 'NR > keep { print $2 }' | xargs -r rm -rf
}

# Beside us, for "set -e" is off in what an "if" asks for.
build()
{
	local to=$out/$1.log

	[ $verbose = no ] || to=/dev/stdout
	build_target "$1" >"$to" 2>&1 &
	wait $! && return
	[ $verbose = yes ] || grep -E -A4 'error|warning:|undefined|\*\*\*' "$to" |
		head -n 60 >&2
	die "$1 for $kernel failed; all of it: $to"
}

exec 9>"$out/.lock" 8>"$CACHE/.built-$kernel.lock"
flock 9
sum=$(sources_sum)
kept=$CACHE/built-$kernel-$sum
flock 8
restore
flock -u 8
new=no
for target; do
	start=$SECONDS how=
	if built "$target"; then
		how=" (as before)"
	else
		build "$target"
		[ -e "$out/built" ] || echo "$sum" >"$out/built"
		echo "$target" >>"$out/built"
		new=yes
	fi
	grep -i 'warning:' "$out/$target.log" >&2 2>/dev/null || true
	log "$target for $kernel: $((SECONDS - start)) s$how"
done
if [ $new = yes ]; then
	flock 8
	keep
fi
