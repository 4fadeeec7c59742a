#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Boots a kernel in QEMU with its root tree and runs scripts in it as root.
#
# Usage: vm.sh run   [options] SCRIPT...   exit status: that of the first that
#                                          fails; 124 time limit, 125 the VM
#                                          died, 126 report in the kernel log
#        vm.sh shell [options]             interactive; leave with Ctrl-D
#        vm.sh up    [options] -p HOSTPORT:GUESTPORT SCRIPT...
#                                          the VM stays; scripts see KEEP=1
#        vm.sh down
#        vm.sh kvm                         says whether KVM works here
# Options:
#   -k KERNEL      6.12 (default), debug, ... (common.sh)
#   -c CPUS        default 2
#   -m MB          memory, default 1024
#   -e COMMAND     a command instead of, or before, the scripts; repeatable
#   -E NAME=VALUE  set in the scripts' environment; repeatable
#   -o DIR         where console.log and what the scripts write to /gws/out are
#                  kept (default: a temporary directory, removed)
#   -p H:G         port H on the host's 127.0.0.1 reaches port G in the VM
#   -q ARG         an argument of QEMU's; repeatable
#   --timeout S    seconds for boot and scripts, default 300
#   --icount       the clock counts instructions: one CPU, repeatable figures
#   --no-kvm       emulate even where KVM works
#   --no-splat     do not fail on reports in the kernel log
set -euf

# shellcheck source=tests/vm/common.sh
. "$(dirname "$0")/common.sh"

UP_DIR=$CACHE/up

kernel=6.12 cpus=2 memory=1024 timeout=300 icount=no use_kvm=auto splat=yes
work='' qemu_more=() ports=() commands=() environment=() scripts=()

usage()
{
	sed -n '/^# Usage/,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d' >&2
	exit 2
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		-k) kernel=${2:?-k needs a kernel}; shift ;;
		-c) cpus=${2:?-c needs a number}; shift ;;
		-m) memory=${2:?-m needs MB}; shift ;;
		-e) commands+=("${2:?-e needs a command}"); shift ;;
		-E) environment+=("${2:?-E needs NAME=VALUE}"); shift ;;
		-o) work=${2:?-o needs a directory}; shift ;;
		-q) qemu_more+=("${2:?-q needs an argument}"); shift ;;
		-p) ports+=("${2:?-p needs HOSTPORT:GUESTPORT}"); shift ;;
		--timeout) timeout=${2:?--timeout needs seconds}; shift ;;
		--icount) icount=yes cpus=1 ;;
		--no-kvm) use_kvm=no ;;
		--no-splat) splat=no ;;
		-*) usage ;;
		*) scripts+=("$1") ;;
		esac
		shift
	done
}

# --- what is booted --------------------------------------------------------

# uncompressed ROOT RELEASE: the vmlinux inside that kernel's bzImage.  QEMU
# starts it at its PVH entry, which saves the BIOS and an emulated
# decompression, 2 of 10 s; it is the same kernel.  A kernel without that
# entry, or packed in a way unknown here, is booted as it is.
uncompressed()
{
	local packed=$1/boot/vmlinuz-$2 config=$1/boot/config-$2
	local out offset

	out=$CACHE/vmlinux-$2-$(basename "$1")
	if [ ! -e "$out" ] && grep -q '^CONFIG_PVH=y' "$config" &&
		grep -q '^CONFIG_KERNEL_ZSTD=y' "$config"; then
		offset=$(LC_ALL=C grep -abo -m 1 $'\x28\xb5\x2f\xfd' \
			"$packed" | head -n 1 | cut -d: -f1)
		# zstd complains about what follows the compressed kernel.
		tail -c +$((offset + 1)) "$packed" |
			zstd -dqc >"$out.$$" 2>/dev/null || true
		if [ "$(head -c 4 "$out.$$")" = $'\x7fELF' ]; then
			mv "$out.$$" "$out"
		fi
		rm -f "$out.$$"
	fi
	if [ -e "$out" ]; then
		echo "$out"
	else
		echo "$packed"
	fi
}

# Sets root, root_image, image, release, words (of its command line) and, for a
# kernel that is not the root tree's own, extra (the directory with its modules).
#
# Two CPUs are two sockets (the debug kernels find no others), whose time stamp
# counters a kernel does not trust, nor any counter once the host was busy between
# two readings. QEMU's are the host's, the same on all; what else there is, the HPET,
# only one CPU reads at a time: 27-edit-under-load took 42 s with it, 26 without. The
# debug kernels have no HPET and count ticks: a busy host then makes their time
# slow, and what is slow there has more of it.
find_kernel()
{
	root=$("$VM_DIR/root.sh" "$kernel")
	root_image=$("$VM_DIR/root.sh" -i "$kernel")
	extra='' words=''
	case $(kernel_field "$kernel" kind) in
	stock)
		release=$(kernel_release "$root")
		image=$(uncompressed "$root" "$release")
		words='tsc=reliable'
		;;
	debug)
		extra=$("$VM_DIR/debug-kernel.sh" "$kernel")
		release=$(cat "$extra/include/config/kernel.release")
		# KASAN does not live through the PVH entry.
		image=$extra/arch/x86/boot/bzImage
		extra=$extra/installed
		words='gws.debug'
		;;
	esac
}

# The modules without which a stock kernel does not see its root, in the order
# of their dependencies.
root_modules()
{
	local module

	[ -z "$extra" ] || return 0
	for module in virtio_pci virtio_blk erofs 9pnet_virtio 9p overlay; do
		modprobe -d "$root" -S "$release" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

decompress()
{
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# build_initramfs FILE
build_initramfs()
{
	local tmp path name

	tmp=$(mktemp -d "$CACHE/.initramfs.XXXXXX")
	gcc -Wall -Wextra -Werror -O2 -static -o "$tmp/init" "$VM_DIR/init.c"
	for path in $(root_modules); do
		name=$(basename "$path")
		name=${name%%.ko*}.ko
		decompress "$path" >"$tmp/$name"
		echo "/$name" >>"$tmp/modules"
	done
	(cd "$tmp" && find . | cpio -o -H newc --quiet) >"$1.$$"
	mv "$1.$$" "$1"
	rm -rf "$tmp"
}

find_initramfs()
{
	local hash

	hash=$({ cat "$VM_DIR/init.c"; declare -f root_modules build_initramfs
		echo "$root $release"; } | sha256sum | cut -c1-12)
	initramfs=$CACHE/initramfs-$kernel-$hash
	[ ! -e "$initramfs" ] || return 0
	build_initramfs "$initramfs"
	find "$CACHE" -maxdepth 1 -name "initramfs-$kernel-*" \
		! -path "$initramfs" -mmin +60 -exec rm -f {} +
}

# --- how it is booted ------------------------------------------------------

# A device that can be opened says little: on some hosts a stock kernel hangs
# under it.  So a probe boot decides, once for each boot of this machine.
kvm_works()
{
	local verdict

	[ -w /dev/kvm ] || return 1
	verdict=$CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$verdict" ]; then
		find "$CACHE" -maxdepth 1 -name 'kvm-*' -exec rm -f {} +
		log "probing KVM with a boot of at most 20 s"
		if GWS_PROBE=kvm "$0" run --timeout 20 --no-splat -e true \
			>/dev/null 2>&1; then
			echo yes >"$verdict"
		else
			echo no >"$verdict"
		fi
		log "KVM works here: $(cat "$verdict")"
	fi
	[ "$(cat "$verdict")" = yes ]
}

# Debian 13's QEMU 10.0 on every host, with the libraries of its own tree: the 7.2
# of Debian 12 reads code that another CPU patches before it watches that page, and
# keeps what it read (tests/vm/README.md has how often). Its firmware comes with it:
# a host without any must do.
find_qemu()
{
	local libs tree

	tree=$("$VM_DIR/root.sh" -r qemu)
	libs=$tree/usr/lib/x86_64-linux-gnu
	export QEMU_MODULE_DIR=$libs/qemu
	qemu_program=("$libs/ld-linux-x86-64.so.2" --library-path "$libs"
		"$tree/usr/bin/qemu-system-x86_64" -L "$tree/usr/share/qemu"
		-L "$tree/usr/share/seabios")
}

# Without the features by which a processor moves or fills memory fast in one
# instruction: the emulator does an octet at a time then (a tenth slower), and
# -icount counts one for each.
CPU=max,-erms,-fsrm,-fsrs,-fsrc,-fzrm

accelerator()
{
	if [ "$icount" = yes ]; then
		echo "-accel tcg,thread=single -icount shift=0,sleep=off -cpu $CPU"
	elif [ "${GWS_PROBE:-}" = kvm ]; then
		echo "-accel kvm -cpu host"
	elif [ -z "${GWS_PROBE:-}" ] && [ $use_kvm = auto ] && kvm_works; then
		echo "-accel kvm -cpu host"
	else
		# Tables of five levels are one more to walk in emulation.
		echo "-accel tcg,thread=multi -cpu $CPU,la57=off"
	fi
}

share()
{
	local mode=readonly=on

	[ "$1" != out ] || mode=readonly=off
	qemu+=(-fsdev "local,id=$1,path=$2,security_model=none,$mode,multidevs=remap"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

network()
{
	local port forward=''

	[ ${#ports[@]} -gt 0 ] || return 0
	for port in "${ports[@]}"; do
		forward=$forward,hostfwd=tcp:127.0.0.1:${port%%:*}-:${port#*:}
	done
	# shellcheck disable=SC2054 # the commas are QEMU's
	qemu+=(-netdev "user,id=net0,restrict=on$forward"
		-device virtio-net-pci,netdev=net0,romfile=)
}

# Emulated CPUs that run in parallel may trap on a breakpoint that another has taken
# out of the code already ("Oops: int3"), where the kernel patches itself; QEMU's 7.2
# did often. Most of that it does while it boots, so it boots with one CPU
# (guest_cpus starts the others); and an oops ends the VM. Where the host is so busy
# that QEMU gets no processor for a while, a kernel that checks its timer finds it
# dead, and panics.
KERNEL_WORDS="console=ttyS0 loglevel=7 log_buf_len=4M printk.devkmsg=on"
KERNEL_WORDS+=" panic=-1 oops=panic norandmaps maxcpus=1"
KERNEL_WORDS+=" no_timer_check"

# qemu_command OUTPUT-CHARDEV EXTRA-KERNEL-WORDS
qemu_command()
{
	local accel debug=''

	accel=$(accelerator)
	# Which cache failslab heeds with its filter; 6.1 is told at boot only.
	[ -z "$extra" ] || debug=slub_debug=A,skbuff_fclone_cache
	# shellcheck disable=SC2206 # words are meant
	qemu=("${qemu_program[@]}" $accel -smp "$cpus,sockets=$cpus" -m "$memory"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "$image" -initrd "$initramfs"
		-append "$KERNEL_WORDS $debug $words $2"
		-serial "file:$work/console.log"
		-chardev "$1" -serial chardev:job "${qemu_more[@]}")
	# shellcheck disable=SC2054 # the commas are QEMU's
	qemu+=(-drive "file=$root_image,if=none,id=root,format=raw,readonly=on"
		-device virtio-blk-pci,drive=root)
	share src "$PROJECT"
	mkdir -p "$(build_dir "$kernel")"
	share build "$(build_dir "$kernel")"
	share out "$work/out"
	[ -z "$extra" ] || share kernel "$extra"
	network
}

# --- what runs in it -------------------------------------------------------

# A script of the project is run from where it is, any other from a copy.
guest_path()
{
	local path

	path=$(realpath -e "$1") || die "no script $1"
	case $path in
	"$PROJECT"/*) echo "/gws/src/${path#"$PROJECT"/}" ;;
	*)
		cp "$path" "$work/out/"
		echo "/gws/out/$(basename "$path")"
		;;
	esac
}

# The bash script that PID 1 runs.
write_job()
{
	local path command

	{
		cat <<-'END'
		cd /gws/src
		. /gws/src/tests/vm/guest.sh
		END
		printf 'export GWS_RELEASE=%q GWS_DEBUG=%s GWS_ICOUNT=%s\n' \
			"$release" "$([ -n "$extra" ] && echo yes || echo no)" $icount
		for command in ${environment[@]+"${environment[@]}"}; do
			printf 'export %q\n' "$command"
		done
		[ "$1" != stay ] || echo "export KEEP=1"
		echo guest_start
		[ ${#ports[@]} -eq 0 ] || echo guest_network
		for command in ${commands[@]+"${commands[@]}"}; do
			printf 'guest_run bash -c %q\n' "$command"
		done
		for path in ${scripts[@]+"${scripts[@]}"}; do
			printf 'guest_run bash %q\n' "$(guest_path "$path")"
		done
		echo "guest_$1"
	} >"$work/out/job"
}

# Prints reports of bugs; false if there were any.
check_log()
{
	[ "$splat" = yes ] || return 0
	[ -s "$work/console.log" ] || return 0
	tr -d '\r' <"$work/console.log" | awk -f "$VM_DIR/splat.awk" >&2
}

# A VM that ended without a status: the last of its kernel's log says more.
explain_death()
{
	log "the VM $1; the end of its kernel log:"
	tail -n 25 "$work/console.log" >&2 || true
}

# It died of the emulator's fault before the job began.
failed_to_boot()
{
	! grep -q "gws-log: start" "$work/console.log" &&
		emulator_failed "$work/console.log"
}

# finish QEMU-STATUS: the exit status of the whole
verdict()
{
	local status

	if [ -s "$work/out/status" ]; then
		status=$(cat "$work/out/status")
	elif [ "$1" = 124 ] || [ "$1" = 137 ]; then
		explain_death "was ended after $timeout s"
		status=124
	else
		explain_death "died"
		status=125
	fi
	if ! check_log; then
		log "the kernel log has a report of a bug"
		[ "$status" != 0 ] || status=126
	fi
	return "$status"
}

prepare()
{
	need_root
	find_qemu
	find_kernel
	find_initramfs
	if [ -z "$work" ]; then
		work=$(mktemp -d "${TMPDIR:-/tmp}/gws-vm.XXXXXX")
		trap 'rm -rf "$work"' EXIT
	fi
	mkdir -p "$work/out"
	rm -f "$work/out/status" "$work/out/ready" "$work/console.log"
}

# run_once: the exit status of QEMU
run_once()
{
	local status=0 pid

	timeout -k 5 "$timeout" "${qemu[@]}" </dev/null &
	pid=$!
	trap 'kill "$pid" 2>/dev/null; wait "$pid"; exit 130' INT TERM HUP
	wait "$pid" || status=$?
	trap - INT TERM HUP
	return $status
}

do_run()
{
	local status=0

	[ ${#scripts[@]} -gt 0 ] || [ ${#commands[@]} -gt 0 ] || usage
	prepare
	write_job end
	qemu_command "stdio,id=job,signal=off" ""
	run_once || status=$?
	if failed_to_boot; then
		log "the emulator failed (int3), once more"
		status=0
		run_once || status=$?
	fi
	status=$(verdict "$status" && echo 0 || echo $?)
	exit "$status"
}

do_shell()
{
	prepare
	write_job shell
	qemu_command "stdio,id=job,signal=off,mux=on" gws.shell
	qemu+=(-mon chardev=job)
	echo "Ctrl-D leaves, Ctrl-A X kills the VM. Project: /gws/src," \
		"build: /gws/build"
	"${qemu[@]}"
	check_log
}

up_pid()
{
	local pid

	pid=$(cat "$UP_DIR/pid" 2>/dev/null) || return 1
	# The number may have gone to another process since.
	grep -qzF "file:$UP_DIR/console.log" "/proc/$pid/cmdline" \
		2>/dev/null || return 1
	echo "$pid"
}

do_down()
{
	local pid

	if ! pid=$(up_pid); then
		log "no VM is up"
		return 0
	fi
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
	done
	rm -rf "$UP_DIR"
	log "VM $pid is down"
}

# The log grows while the scripts run; what is new of it is shown.
follow_until_ready()
{
	local seen=0 size deadline=$((SECONDS + timeout))

	while :; do
		size=$(stat -c %s "$work/job.log")
		if [ "$size" -gt "$seen" ]; then
			tail -c +$((seen + 1)) "$work/job.log" |
				head -c $((size - seen))
			seen=$size
		elif [ -e "$work/out/ready" ]; then
			return 0
		elif ! kill -0 "$1" 2>/dev/null; then
			verdict 0
			return $?
		elif [ $SECONDS -gt $deadline ]; then
			verdict 124
			return $?
		else
			sleep 0.2
		fi
	done
}

do_up()
{
	local status=0 pid

	[ ${#ports[@]} -gt 0 ] || usage
	! pid=$(up_pid) || die "a VM is up (process $pid); stop it: $0 down"
	work=$UP_DIR
	prepare
	write_job stay
	qemu_command "file,id=job,path=$work/job.log" ""
	: >"$work/job.log"
	setsid nohup "${qemu[@]}" </dev/null >"$work/qemu.log" 2>&1 &
	pid=$!
	echo "$pid" >"$work/pid"
	trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM HUP
	follow_until_ready "$pid" || status=$?
	cat "$work/qemu.log" >&2
	if [ $status != 0 ] || ! check_log; then
		kill "$pid" 2>/dev/null || true
		exit "$([ $status != 0 ] && echo $status || echo 126)"
	fi
	log "the VM stays up as process $pid; stop it: $0 down"
}

mode=${1:-}
[ $# -eq 0 ] || shift
parse "$@"
case $mode in
run) do_run ;;
shell) do_shell ;;
up) do_up ;;
down) do_down ;;
kvm) if kvm_works; then echo yes; else echo no; fi ;;
*) usage ;;
esac
