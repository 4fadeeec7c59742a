#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Installs with apt what building and testing gwsteer need on a bare Debian 12
# or 13.  Does nothing, in a fraction of a second, when all of it is there.
#
# Usage: setup.sh [-n] [fuzz|cost|bench]
#        -n: only say what is missing, exit 1 if anything is
#        fuzz, cost, bench: also what "make" of that name needs; fuzz, which
#        make test has, too, also promtool
set -eu

PACKAGES="
	bsdextrautils build-essential ca-certificates ccache cpio curl
	debian-archive-keyring erofs-utils gzip jq kmod libaugeas-dev libcjson-dev libcmocka-dev
	libnl-3-dev libnl-genl-3-dev libyaml-dev make mmdebstrap openssl pkg-config procps
	util-linux xz-utils zlib1g-dev zstd
"

# What "make test" needs besides.
FUZZ_PACKAGES="clang libclang-rt-dev"
# What it does without.
COST_PACKAGES="valgrind"
BENCH_PACKAGES="python3 python3-pip"

die()
{
	echo "setup: $*" >&2
	exit 1
}

# Prints the packages that are not installed, one a line.
missing()
{
	local pkg

	for pkg in $PACKAGES; do
		dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$pkg" \
			2>/dev/null | grep -q '^installed ' || echo "$pkg"
	done
}

# A package index older than a day, or none, leads to downloads of versions
# that the mirror no longer has.
index_is_stale()
{
	local lists=/var/lib/apt/lists

	[ -z "$(find $lists -maxdepth 1 -name '*_Packages*' -mmin -1440 \
		-print -quit 2>/dev/null)" ]
}

install()
{
	# shellcheck disable=SC2086 # one word per package is meant
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=300 "$@" >/dev/null
}

# shellcheck source=/dev/null
. /etc/os-release
case "${ID:-}:${VERSION_ID:-}" in
debian:12|debian:13) ;;
*) echo "setup: written for Debian 12 and 13, this is ${PRETTY_NAME:-unknown}" ;;
esac

only_say=no
promtool=no
for word; do
	case $word in
	-n) only_say=yes ;;
	fuzz)
		PACKAGES="$PACKAGES $FUZZ_PACKAGES"
		promtool=yes
		;;
	cost) PACKAGES="$PACKAGES $COST_PACKAGES" ;;
	bench) PACKAGES="$PACKAGES $BENCH_PACKAGES" ;;
	*) die "usage: setup.sh [-n] [fuzz|cost|bench]" ;;
	esac
done
# get_promtool: without it a unit test is skipped, and a VM case fails
get_promtool()
{
	[ $promtool = yes ] || return 0
	"$(dirname "$0")/promtool.sh" get >/dev/null ||
		echo "setup: no promtool, 49-daemon-observes will fail without it"
}

want=$(missing | xargs)
if [ -z "$want" ]; then
	[ $only_say = yes ] || get_promtool
	echo "setup: all packages present"
	exit 0
fi
echo "setup: missing: $want"
[ $only_say = no ] || exit 1
[ "$(id -u)" = 0 ] || die "not root: run as root, or install these packages"

if index_is_stale; then
	echo "setup: apt-get update"
	# A third party's broken source must not stop us; a package that is
	# really missing is named by the install below.
	apt-get update -qq || echo "setup: apt-get update: some source failed"
fi
echo "setup: installing"
# shellcheck disable=SC2086 # one word per package is meant
install $want || {
	echo "setup: retrying with a fresh package index"
	apt-get update -qq || true
	# shellcheck disable=SC2086 # one word per package is meant
	install $want
}
left=$(missing | xargs)
[ -z "$left" ] || die "still missing after install: $left"
get_promtool
echo "setup: done"
