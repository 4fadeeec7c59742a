#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the root tree that a kernel is booted with, once: mmdebstrap into the
# cache, keyed by a hash of what goes in.  Prints the path of the tree.
#
# Usage: root.sh KERNEL    (6.12, debug, ... see common.sh)
#        root.sh -i KERNEL (the tree as an image of a file system, for VMs)
#        root.sh -r ROOT   (a tree by its own name)
set -euf

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

# Bump when the way of building changes, not the list.
RECIPE=1

BUILD_PACKAGES="gcc libc6-dev make pkg-config bc bison flex cpio rsync xz-utils
	libelf-dev libssl-dev libnl-3-dev libnl-genl-3-dev libyaml-dev
	libaugeas-dev libcjson-dev libcurl4-openssl-dev libcmocka-dev dkms"
TEST_PACKAGES="bash ca-certificates conntrack curl ethtool haproxy iproute2
	iptables iputils-arping iputils-ping jq kmod netcat-openbsd nftables nginx
	openssl procps psmisc python3 slowhttptest strace tcpdump wrk"
KERNEL_PACKAGES="linux-image-amd64 linux-headers-amd64"
# What tests/lint.sh looks at the sources with; no kernel is booted from it.
LINT_PACKAGES="clang coccinelle gcc gcc-aarch64-linux-gnu libc6-dev libpython3-dev
	linux-headers-amd64 linux-headers-arm64:arm64 make perl shellcheck sparse"

# The emulator, the same on every host: vm.sh says why not the host's own.
QEMU_PACKAGES="qemu-system-x86"

# One row for each tree: name, Debian suite, variant of mmdebstrap, packages.
# The words BUILD, TEST, KERNEL, LINT and QEMU stand for the lists above; of a suite's
# backports ("trixie+backports") only the kernel is taken. A package with its
# architecture (NAME:arm64) is unpacked, see foreign.sh.
ROOTS="
trixie		trixie		minbase	KERNEL BUILD TEST varnish
bookworm	bookworm	minbase	KERNEL BUILD TEST systemd
backports	trixie+backports minbase KERNEL BUILD TEST
lint		trixie		minbase	LINT
qemu		trixie		extract	QEMU
source-6.12	trixie		extract	linux-source-6.12
source-6.1	bookworm	extract	linux-source-6.1
"

# Neither read by a test nor by a compiler; device drivers that no VM has.
EXCLUDE="/usr/share/doc/* /usr/share/man/* /usr/share/info/*
	/usr/share/locale/* /usr/share/lintian/* /usr/share/bash-completion/*
	/etc/kernel/postinst.d/initramfs-tools /etc/kernel/postinst.d/dkms"
for dir in gpu media staging iio infiniband scsi hwmon usb input mtd platform \
	comedi video leds net/wireless net/ethernet net/can mfd power \
	bluetooth ata accel message isdn nvme; do
	EXCLUDE="$EXCLUDE /lib/modules/*/kernel/drivers/$dir/*"
	EXCLUDE="$EXCLUDE /usr/lib/modules/*/kernel/drivers/$dir/*"
done
for dir in sound net/bluetooth net/wireless net/mac80211 fs/xfs fs/btrfs \
	fs/ocfs2 fs/gfs2; do
	EXCLUDE="$EXCLUDE /lib/modules/*/kernel/$dir/*"
	EXCLUDE="$EXCLUDE /usr/lib/modules/*/kernel/$dir/*"
done

# root_row NAME: suite, variant and the expanded list of packages
root_row()
{
	local row

	row=$(awk -v n="$1" '$1 == n { $1 = ""; print }' <<<"$ROOTS")
	[ -n "$row" ] || die "no root tree named '$1'"
	row=${row/KERNEL/$KERNEL_PACKAGES}
	row=${row/BUILD/$BUILD_PACKAGES}
	row=${row/TEST/$TEST_PACKAGES}
	row=${row/LINT/$LINT_PACKAGES}
	row=${row/QEMU/$QEMU_PACKAGES}
	# shellcheck disable=SC2086 # blanks are squeezed
	echo $row
}

# The suite with its updates and security fixes, as on an ordinary machine.
sources_of()
{
	local suite=${1%+*}

	echo "deb $MIRROR $suite main"
	echo "deb $MIRROR $suite-updates main"
	echo "deb $SECURITY_MIRROR $suite-security main"
	[ "$suite" = "$1" ] || echo "deb $MIRROR $suite-backports main"
}

# Debian 12 as first released does not have Debian 13's keys; its later point
# releases do.
check_keyring()
{
	local key=/usr/share/keyrings/debian-archive-$1-stable.gpg

	[ ! -e "$key" ] || return 0
	log "keyring without $1: upgrading debian-archive-keyring"
	apt-get update -qq >&2 || true
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		debian-archive-keyring >&2 || true
	[ -e "$key" ] || log "still no $key: apt will say if it matters"
}

# Backports are installed only where somebody asks for them.
PIN='Package: linux-* bpftool
Pin: release n=*-backports
Pin-Priority: 990'

# bootstrap SUITE[+backports] VARIANT PACKAGES DIR; its log has the tree's name
bootstrap()
{
	local args=() path log=$CACHE/root-$name.log suite=${1%+*} word
	local native='' foreign=''

	if [ "$suite" != "$1" ]; then
		args+=("--setup-hook=printf '%s\n' '$PIN' >\"\$1/etc/apt/preferences.d/backports\"")
	fi

	for word in $3; do
		case $word in
		*:*) foreign="$foreign $word" ;;
		*) native="$native,$word" ;;
		esac
	done
	if [ -n "$foreign" ]; then
		args+=("--architectures=amd64,${foreign##*:}"
			"--customize-hook=sh '$VM_DIR/foreign.sh' \"\$1\"$foreign")
	fi
	for path in $EXCLUDE; do
		args+=("--dpkgopt=path-exclude=$path")
	done
	sources_of "$1" | mmdebstrap --mode=root --variant="$2" \
		--aptopt='APT::Install-Recommends "false"' \
		--aptopt='Acquire::Languages "none"' \
		--dpkgopt=force-unsafe-io "${args[@]}" \
		--include="${native#,}" "$suite" "$4" - >"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		die "mmdebstrap failed; the whole log is $log"
	}
}

# What the harness and its users find in every tree.
finish()
{
	mkdir -p "$1/gws/src" "$1/gws/build" "$1/gws/kernel" "$1/gws/out"
	rm -rf "$1/var/cache/apt" "$1/var/lib/apt/lists"
	mkdir -p "$1/var/cache/apt/archives/partial" "$1/var/lib/apt/lists/partial"
	# A VM has no resolver; names come from here only.
	mkdir -p "$1/etc"
	echo gwsteer-vm >"$1/etc/hostname"
	printf '127.0.0.1 localhost gwsteer-vm\n::1 localhost\n' >"$1/etc/hosts"
	: >"$1/etc/resolv.conf"
}

# build NAME DIR SUITE VARIANT PACKAGES...
build()
{
	local name=$1 dir=$2 suite=$3 variant=$4 tmp start

	shift 4
	tmp=$(mktemp -d "$CACHE/.root-$name.XXXXXX")
	# shellcheck disable=SC2064 # the value of now is meant
	trap "rm -rf '$tmp'" EXIT
	chmod 755 "$tmp"
	start=$SECONDS
	log "building root tree $name ($suite, ${#} packages and what they need)"
	check_keyring "${suite%+*}"
	bootstrap "$suite" "$variant" "$*" "$tmp"
	finish "$tmp"
	mv -T "$tmp" "$dir"
	log "root tree $name: $((SECONDS - start)) s," \
		"$(du -sm "$dir" | cut -f1) MB"
}

# make_image IMAGE: not compressed, the host's page cache serves all VMs
make_image()
{
	local start=$SECONDS

	mkfs.erofs "$1.$$" "${1%.erofs}" >>"$CACHE/root-$name.log" 2>&1 || {
		rm -f "$1.$$"
		tail -n 5 "$CACHE/root-$name.log" >&2
		die "mkfs.erofs failed"
	}
	mv "$1.$$" "$1"
	log "image of root tree $name: $((SECONDS - start)) s," \
		"$(du -m "$1" | cut -f1) MB"
}

# Trees of the same name made from an older list, and their images.  Only those
# that nobody has used for a day: a VM may still run from one.
drop_old()
{
	find "$CACHE" -maxdepth 1 \( -name "root-$1-????????????" -o \
		-name "root-$1-????????????.erofs" \) ! -path "$2*" \
		-mmin +1440 -exec rm -rf {} +
}

need_root
what=tree
if [ "${1:-}" = -i ]; then
	what=image
	shift
fi
case ${1:-} in
-r) name=${2:?root.sh: -r needs a name} ;;
''|-*) die "usage: root.sh [-i] KERNEL | root.sh -r ROOT" ;;
*) name=$(kernel_field "$1" root) ;;
esac
row=$(root_row "$name")
hash=$(echo "$RECIPE $EXCLUDE $row" | sha256sum | cut -c1-12)
dir=$CACHE/root-$name-$hash
wanted=$dir
[ $what = tree ] || wanted=$dir.erofs

if [ -e "$wanted" ]; then
	echo "$wanted"
	exit 0
fi
mkdir -p "$CACHE"
exec 9>"$CACHE/.root-$name.lock"
flock 9
if [ ! -d "$dir" ]; then
	# shellcheck disable=SC2086 # a row is words
	build "$name" "$dir" $row
	drop_old "$name" "$dir"
fi
[ $what = tree ] || [ -e "$wanted" ] || make_image "$wanted"
echo "$wanted"
