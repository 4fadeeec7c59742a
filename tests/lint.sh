#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Static checks: the kernel's own checkpatch and coccicheck, sparse, gcc and
# clang with W=1 on the module, gcc for arm64 too; what a comment says of locks
# (lint/locking.pl); and all scripts through shellcheck. TAP, a result for each tool.
#
# The tools come from a root tree, so they are the same on every machine. Each
# also gets a mistake to find, planted beside the sources: a tool that does not
# find it has failed.
#
# That a tool which takes minutes passed is kept in the cache, for the very same
# sources and tools; the line of its result says so.
#
# Usage: lint.sh [TOOL...]   default: all, see TOOLS
set -u
cd "$(dirname "$0")/.." || exit 1

# shellcheck source=tests/vm/common.sh
. tests/vm/common.sh

TOOLS="checkpatch locking shellcheck gcc sparse clang arm64 coccicheck"
# What each says of the mistake planted for it
declare -A PLANTED=(
	[checkpatch]=BRACES
	[locking]='planted_lock.*does not check it'
	[shellcheck]=SC2164
	[gcc]=missing-prototypes
	[sparse]='dereference of noderef'
	[clang]=missing-prototypes
	[arm64]=missing-prototypes
	[coccicheck]='NULL check before some freeing functions'
)
OUT=$PROJECT/build/lint
SLOW="gcc sparse clang arm64 coccicheck"

# Debian's kernel was configured for gcc: what of that clang does not take.
AS_CLANG="CC=clang CONFIG_CC_IS_CLANG=y CONFIG_CC_IS_GCC= CONFIG_GCC_VERSION=0
	CONFIG_CLANG_VERSION=190000 CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=
	CONFIG_FTRACE_MCOUNT_USE_CC=
	CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough
	KCFLAGS=-Wno-duplicate-decl-specifier"

# Nobody debugs what is built here.
NO_DEBUG="CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES="

# The KUnit modules are looked at, too. No kernel of Debian's has what they call, so
# modpost only warns; of what gwsteer.ko itself lacks kbuild() tells.
KUNIT="GWS_KUNIT=m KBUILD_MODPOST_WARN=1"

# Semantic patches that are left out. minmax: half of the time of all of them,
# for a suggestion that the pure core cannot follow, having no max(). The other
# two need a compiler for OCaml; sparse finds what badzero does.
COCCI_NOT="minmax badzero check_bq27xxx_data"

# The scripts of the kernel's source package, without unpacking all of it again.
kernel_scripts()
{
	local source dir tmp

	source=$("$VM_DIR/root.sh" -r source-6.12) || exit 1
	dir=$CACHE/kernel-scripts-${source##*-}
	if [ ! -d "$dir" ]; then
		tmp=$(mktemp -d "$CACHE/.kernel-scripts.XXXXXX") || exit 1
		tar -C "$tmp" --strip-components=2 --wildcards \
			-xf "$source"/usr/src/linux-source-*.tar.xz \
			'linux-source-*/scripts/checkpatch.pl' \
			'linux-source-*/scripts/spelling.txt' \
			'linux-source-*/scripts/const_structs.checkpatch' \
			'linux-source-*/scripts/coccicheck' \
			'linux-source-*/scripts/coccinelle' || exit 1
		chmod 755 "$tmp"
		mv -T "$tmp" "$dir" 2>/dev/null || rm -rf "$tmp"
	fi
	echo "$dir"
}

# in_lint CMD...: in the root tree, the copy of the sources on /gws/build
in_lint()
{
	in_root "$root" "$PROJECT:/gws/src:ro" "$OUT:/gws/build" \
		"$scripts:/gws/kernel:ro" -- "$@"
}

# copy NAME: the module's sources and the planted one, for one tool to build
copy()
{
	rm -rf "${OUT:?}/$1"
	mkdir -p "$OUT/$1"
	tar -cf - Kbuild VERSION kmod include tests/kunit tests/unit |
		tar -C "$OUT/$1" -xf -
	cp tests/lint/planted.c "$OUT/$1/kmod/"
	echo 'obj-m += kmod/planted.o' >>"$OUT/$1/Kbuild"
}

# kbuild COPY ARG...: warnings about files of ours; all of make's words, if that
# is how it ended
kbuild()
{
	local copy=$1 log=$OUT/kbuild.log

	shift
	if ! in_lint make -s -j"${GWS_JOBS:-$(nproc)}" -C "$kdir" \
		M="/gws/build/$copy" "$@" modules >"$log" 2>&1; then
		echo "make failed:"
		tail -n 20 "$log"
	fi
	sed -nE -e "s,^(/gws/build/$copy/)?((kmod|include|tests)/[^:]*:[0-9]+:.*(warning|error):.*),\\2,p" \
		-e "s,^(/gws/build/$copy/)?((kmod/|tests/)?[a-z_/]*\\.k?o: (warning|error):.*),\\2,p" \
		-e '/^(WARNING|ERROR): modpost:.*gwsteer\.ko\]/p' "$log"
}

run_gcc()
{
	copy gcc
	# shellcheck disable=SC2086 # a word is an assignment
	kbuild gcc W=1 $NO_DEBUG $KUNIT
	[ ! -e "$OUT/gcc/gwsteer.ko" ] || echo "$state" >"$OUT/gcc/state"
}

# Beside objects of the same sources that are there already it only looks.
run_sparse()
{
	[ "$(cat "$OUT/gcc/state" 2>/dev/null)" = "$state" ] || run_gcc >/dev/null
	# shellcheck disable=SC2086 # a word is an assignment
	kbuild gcc W=1 $NO_DEBUG $KUNIT C=2 CF=-D__CHECK_ENDIAN__
}

run_clang()
{
	copy clang
	# shellcheck disable=SC2086 # a word is an assignment
	kbuild clang W=1 $NO_DEBUG $KUNIT $AS_CLANG
}

# The module for arm64, against Debian's kernel for it, and what it then is.
run_arm64()
{
	local machine

	copy arm64
	# shellcheck disable=SC2086 # a word is an assignment
	kdir=${kdir%-amd64}-arm64 kbuild arm64 W=1 $NO_DEBUG ARCH=arm64 \
		CROSS_COMPILE=aarch64-linux-gnu-
	machine=$(in_lint readelf -h /gws/build/arm64/gwsteer.ko |
		sed -n 's/^ *Machine: *//p')
	[ "$machine" = AArch64 ] || echo "gwsteer.ko is for '$machine'"
}

# The lines of checkpatch that neither lint/accepted nor the look of an X-macro
# explains, and the rows of lint/accepted that explain nothing.
unexpected()
{
	awk -F ': ' '
	FILENAME ~ /accepted$/ {
		if ($0 !~ /^(#|$)/) {
			split($0, row, "\t")
			why[row[1] " " row[2]] = FNR
		}
		next
	}
	{
		split($1, at, ":")
		split($2, type, ":")
		key = at[1] " " type[2]
		if (key in why) {
			used[key] = 1
			next
		}
		source = ""
		for (n = 0; n < at[2] && (getline source < at[1]) > 0; n++)
			;
		close(at[1])
		if (source !~ /^#define (X\(|[A-Z_]+\(X\))/)
			print
	}
	END {
		for (key in why)
			if (!(key in used))
				print "tests/lint/accepted:" why[key] \
					": nothing needs this row"
	}' tests/lint/accepted -
}

run_checkpatch()
{
	# It writes beside what it reads, and does without git.
	in_lint sh -c 'cd /gws/src && cp -r kmod include tests/kunit \
			tests/lint/planted.c /tmp && cd /tmp &&
		ls kmod/*.[ch] include/uapi/linux/*.h kunit/*.[ch] planted.c |
		xargs -P '"${GWS_JOBS:-$(nproc)}"' -n 12 \
		perl /gws/kernel/checkpatch.pl --no-tree --strict --terse \
		--show-types --no-summary -f' 2>&1 |
		grep -vE '^total: |git: not found|value \$root|/include.: No such' |
		unexpected
}

run_locking()
{
	in_lint sh -c 'cd /gws/src && perl tests/lint/locking.pl kmod/*.[ch] \
		tests/lint/planted.c' 2>&1
}

run_coccicheck()
{
	in_lint bash -c '
	cp -r /gws/src/kmod /gws/src/tests/lint/planted.c /tmp
	mv /tmp/planted.c /tmp/kmod
	cd /tmp
	export srctree=/tmp/tree MODE=report KBUILD_EXTMOD=kmod J=1
	mkdir tree
	one()
	{
		COCCI=$1 bash /gws/kernel/coccicheck >"out.$$.${1##*/}" 2>&1 ||
			echo "$1: $(tail -n 2 "out.$$.${1##*/}")"
		grep -E "^kmod/[^:]*:[0-9]+:" "out.$$.${1##*/}"
	}
	export -f one
	not=${1// /|}
	find /gws/kernel/coccinelle -name "*.cocci" | sort |
		grep -vE "/($not)\.cocci$" |
		xargs -P "$2" -I "{}" bash -c "one {}"' \
		coccicheck "$COCCI_NOT" "${GWS_JOBS:-$(nproc)}" 2>&1
}

# What a case sources lies elsewhere in the guest (SC1091).
run_shellcheck()
{
	# shellcheck disable=SC2016 # the planted mistake
	printf '#!/bin/bash\ncd /planted\nx="a" y=$x\n' >"$OUT/planted.sh"
	find . \( -path ./.git -o -path ./build \) -prune -o -type f -print0 |
		xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](ba)?sh( |$)/ ||
			/^# shellcheck shell=/ { print FILENAME; nextfile }
			FNR == 3 { nextfile }' | {
		cat
		echo /gws/build/planted.sh
	} | in_lint sh -c 'cd /gws/src && xargs -P '"${GWS_JOBS:-$(nproc)}"' \
		-n 8 shellcheck -S warning -e SC1091 -f gcc' 2>&1
}

# state: of all that the verdict of a slow tool depends on
state()
{
	{
		echo "$root $scripts"
		find Kbuild VERSION kmod include tests/kunit tests/unit \
			tests/lint tests/lint.sh -type f -print0 | sort -z |
			xargs -0 sha256sum
	} | sha256sum | cut -c1-12
}

# check_once TOOL: or what is known of it
check_once()
{
	local file=$CACHE/lint-$1-$state

	if [[ " $SLOW " != *" $1 "* ]]; then
		check "$1"
		return
	fi
	if [ -e "$file" ]; then
		echo "ok - lint: $1 # passed before, same sources and tools"
		touch "$file"
		return
	fi
	check "$1" | tee "$OUT/$1.verdict"
	! grep -q '^ok' "$OUT/$1.verdict" || touch "$file"
	find "$CACHE" -maxdepth 1 -name "lint-$1-*" -mmin +10080 -delete
}

# check TOOL: passes when the tool found the mistake and nothing else
check()
{
	local start=$SECONDS said ours

	said=$("run_$1" | sort -u)
	ours=$(grep -vE '^[^: ]*planted\.(c|sh):' <<<"$said")
	if ! grep -qE "^[^: ]*planted\.(c|sh):.*${PLANTED[$1]}" <<<"$said"; then
		echo "not ok - lint: $1"
		echo "# the planted mistake was not found"
	elif [ -n "$ours" ]; then
		echo "not ok - lint: $1"
	else
		echo "ok - lint: $1 # $((SECONDS - start)) s"
	fi
	[ -z "$ours" ] || sed 's/^/# /' <<<"$ours"
}

need_root
root=$("$VM_DIR/root.sh" -r lint) || exit 1
scripts=$(kernel_scripts) || exit 1
kdir=$(find "$root/usr/src" -maxdepth 1 -name 'linux-headers-*-amd64' -print -quit)
kdir=${kdir#"$root"}
[ -n "$kdir" ] || die "no kernel headers in $root"
state=$(state)
mkdir -p "$OUT"
exec 9>"$OUT/.lock"
flock 9

# shellcheck disable=SC2086 # words
[ $# -gt 0 ] || set -- $TOOLS
echo "1..$#"
status=0
for tool; do
	[[ " $TOOLS " == *" $tool "* ]] || die "no tool '$tool'; there are: $TOOLS"
	check_once "$tool" | tee "$OUT/$tool.tap"
	! grep -q '^not ok' "$OUT/$tool.tap" || status=1
done
exit $status
