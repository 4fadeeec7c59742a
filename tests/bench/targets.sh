# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Starts the backends and the proxies, each with a port and a configuration for
# every setup that the cases need. Sourced by guest.sh.

: "${here:?this directory}"
node=10.99.0.10
run=/run/bench
# What routes.py made on the host
made=/gws/build/bench
setups=()

# setup_of CASE: the directory of its configurations
setup_of()
{
	case $1 in
	keepalive-*|response-64k|connection-close) echo plain ;;
	cors-preflight) echo cors ;;
	*) echo "$1" ;;
	esac
}

# requests_of CASE: the directory with its requests, and what comes of them
requests_of()
{
	case $1 in
	keepalive-*|response-64k|connection-close) echo "$here/cases/plain" ;;
	*) echo "$here/cases/$1" ;;
	esac
}

# answered CASE: no backend has a part in it
answered()
{
	[[ $1 = redirect || $1 = cors-preflight ]]
}

# "plain" is there in any case: await asks it, and other parts refer to it.
find_setups()
{
	local case setup

	setups=(plain)
	for case in $CASES; do
		setup=$(setup_of "$case")
		[ -d "$here/cases/$setup" ] || die "no case $case"
		[[ " ${setups[*]} " = *" $setup "* ]] || setups+=("$setup")
	done
}

# part SETUP FILE: its path, if there is one
part()
{
	local dir

	for dir in "$made" "$here/cases"; do
		if [ -e "$dir/$1/$2" ]; then
			echo "$dir/$1/$2"
			return
		fi
	done
}

# config_of TARGET: the name of its part
config_of()
{
	case $1 in
	gwsteer) echo gwsteer.yaml ;;
	nginx) echo nginx.conf ;;
	haproxy) echo haproxy.cfg ;;
	envoy) echo envoy.yaml ;;
	*) die "no target $1" ;;
	esac
}

# measured CASE TARGET: can it do that?
measured()
{
	if [ "$2" = direct ]; then
		! answered "$1"
	else
		[ -n "$(part "$(setup_of "$1")" "$(config_of "$2")")" ]
	fi
}

# address_of TARGET SETUP: "ADDRESS PORT"
address_of()
{
	local at=0

	until [ "${setups[at]}" = "$2" ]; do
		at=$((at + 1))
	done
	case $1 in
	direct) echo 10.99.0.1 8001 ;;
	gwsteer) echo $node $((30080 + at)) ;;
	nginx) echo $node $((8080 + 10 * at)) ;;
	haproxy) echo $node $((8081 + 10 * at)) ;;
	envoy) echo $node $((8082 + 10 * at)) ;;
	*) die "no target $1" ;;
	esac
}

# fill TARGET SETUP <TEMPLATE
fill()
{
	local address dir

	address=$(address_of "$1" "$2")
	dir=$(dirname "$(part "$2" "$(config_of "$1")")")
	sed "s,@NAME@,$2,; s,@PORT@,${address#* },; s,@DIR@,$dir,"
}

# configure TARGET DIR: its part of each setup, as DIR/SETUP and a suffix
configure()
{
	local setup file name

	name=$(config_of "$1")
	mkdir -p "$2"
	for setup in "${setups[@]}"; do
		file=$(part "$setup" "$name")
		[ -z "$file" ] ||
			fill "$1" "$setup" <"$file" >"$2/$setup.${name#*.}"
	done
}

network()
{
	ip link set lo up
	ip link add dummy0 type dummy
	ip link set dummy0 up
	ip addr add 10.99.0.1/24 dev dummy0
	ip addr add 10.99.0.2/24 dev dummy0
	ip addr add $node/24 dev dummy0
	sysctl -qw net.ipv4.ip_local_port_range="10000 30000" \
		net.ipv4.tcp_tw_reuse=1 net.core.somaxconn=8192 \
		net.ipv4.tcp_max_syn_backlog=8192
	# One rule that asks for the state: conntrack is on for everybody.
	nft -f - <<-'END'
	table inet bench {
		chain input {
			type filter hook input priority filter; policy accept;
			ct state established,related counter accept
		}
	}
	END
	# Thousands of connections a second stay in TIME_WAIT for two minutes; a
	# full table drops SYNs, and waiting for them would count as work.
	echo 131072 >/sys/module/nf_conntrack/parameters/hashsize
	sysctl -qw net.netfilter.nf_conntrack_max=524288
}

# await TARGET LOG: until the first answer from there
await()
{
	local address

	address=$(address_of "$1" plain)
	for _ in $(seq 200); do
		[ "$(curl -s -o /dev/null -w '%{http_code}' \
			"http://${address/ /:}/")" = 200 ] && return
		sleep 0.05
	done
	cat "$2" >&2
	die "no answer from $1"
}

start_backends()
{
	mkdir -p $run/www
	head -c 65536 /dev/zero | tr '\0' x >$run/www/64k
	nginx -c "$here/backend.conf"
}

start_gwsteer()
{
	local setup dir=$run/manifests

	configure gwsteer $dir
	cp "$here/backends.yaml" $dir/
	for setup in "${setups[@]}"; do
		fill gwsteer "$setup" <"$here/gateway.yaml" \
			>"$dir/gateway-$setup.yaml"
	done
	insmod /gws/build/gwsteer.ko || die "the module does not load"
	gwsteerd --manifests $dir >$run/gwsteerd.log 2>&1 &
	await gwsteer $run/gwsteerd.log
}

start_nginx()
{
	configure nginx $run/nginx
	nginx -c "$here/nginx.conf"
}

start_haproxy()
{
	local file args=(-f "$here/haproxy.cfg")

	configure haproxy $run/haproxy
	for file in "$run"/haproxy/*.cfg; do
		args+=(-f "$file")
	done
	haproxy -D "${args[@]}"
}

# envoy_part SETUP FILE: indented for its place
envoy_part()
{
	local file

	file=$(part "$1" "$2")
	[ -z "$file" ] || sed 's/^/                  /' "$file"
}

envoy_listeners()
{
	local setup

	for setup in "${setups[@]}"; do
		envoy_part "$setup" envoy.yaml >$run/virtual-hosts
		envoy_part "$setup" envoy-filters.yaml >$run/http-filters
		fill envoy "$setup" <"$here/envoy-listener.yaml" |
			sed -e "/^@VIRTUAL_HOSTS@/ { r $run/virtual-hosts" \
				-e "d; }" \
				-e "/^@HTTP_FILTERS@/ { r $run/http-filters" \
				-e "d; }"
	done
}

# From memory: a page of the program that has to come from the host is time
# without an instruction.
start_envoy()
{
	cp /gws/build/envoy $run/envoy
	envoy_listeners | cat "$here/envoy.yaml" - >$run/envoy.yaml
	$run/envoy -c $run/envoy.yaml --concurrency 1 --log-level warn \
		--disable-hot-restart >$run/envoy.log 2>&1 &
	await envoy $run/envoy.log
}

start_targets()
{
	local target

	find_setups
	start_backends
	for target in $TARGETS; do
		[ "$target" = direct ] || "start_$target"
	done
}

# All that is measured does what its case says. UPDATE: says what gwsteer does.
check_targets()
{
	local case target list=''

	for case in $CASES; do
		for target in $TARGETS; do
			[ "$target" != direct ] && measured "$case" "$target" ||
				continue
			list+="$(requests_of "$case") $target $(address_of \
				"$target" "$(setup_of "$case")")"$'\n'
		done
	done
	list=$(sort -u <<<"$list" | sed '/^$/d')
	if [ -n "${UPDATE:-}" ]; then
		mkdir -p /gws/out/seen
		grep ' gwsteer ' <<<"$list" | "$here/check.py" -u /gws/out/seen
	elif [ -n "$list" ]; then
		"$here/check.py" <<<"$list" || die "not all do the same"
	fi
}
