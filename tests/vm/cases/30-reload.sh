#!/bin/bash
# SPDX-License-Identifier: MIT
# title: module unloaded and loaded again and again under load, and loaded twice
# kernels: 6.12
# cpus: 2
# timeout: 900
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/packets.sh

loads=20
[ "$GWS_ALL" = no ] || loads=200
# A life takes so many requests before it ends.
wanted=30
# KiB that sockets, and what is freed late, come to
NOISE=1024
MODULE=/gws/build/gwsteer.ko
BINDS="nodeport@$NODEPORT endpoint=10.1.0.2@8080"

# Sockets of TCP that exist, of all namespaces
sockets()
{
	awk '/^TCP:/ { print $9 }' /proc/net/sockstat
}

as_before()
{
	[ "$(sockets)" -le "$before" ]
}

# lossy NAME [client options]: connections are cut by every unload, and refused
# until the next life; what is answered is right
lossy()
{
	load_start "$@" --lossy --timeout 20000
}

packets_start
# A firewall's hooks stay, and conntrack's: else the kernel patches its own code
# with each life, which emulated CPUs do not always survive.
nft -f - <<-END
table inet filter {
	chain prerouting {
		type nat hook prerouting priority dstnat
	}
	chain input {
		type filter hook input priority filter
		ct state established accept
	}
	chain output {
		type nat hook output priority dstnat
	}
}
END
check "unload, with nothing programmed" rmmod gwsteer
before=$(sockets)
lossy keep -c 8 --rate 400 --path / --path /bytes/100000 --path /chunked/5000
lossy echo -c 4 --rate 1000 --path /echo --body 50000
lossy close -c 4 --rate 200 --close
# shellcheck disable=SC2086 # words are meant
/gws/src/tests/tools/life.py loads $loads $MODULE $wanted $BINDS >$RUN/loads 2>&1
note "$(cat $RUN/loads)"
is "lives under load" "$(field loads "$(cat $RUN/loads)")" $loads
check "each took $wanted requests" \
	[ "$(field requests "$(cat $RUN/loads)")" -ge $((loads * wanted)) ]
for kind in SUnreclaim KernelStack PageTables Percpu VmallocUsed; do
	check "$kind has not grown with each life" \
		[ "$(field $kind "$(cat $RUN/loads)")" -lt $((NOISE + 2 * loads)) ]
done
check "clients lost what was cut, and nothing else" load_stop
for name in keep echo close; do
	note "$name: $(cat $RUN/$name.line)" "$(head -n 5 $RUN/$name.err)"
done
# They have a request outstanding at any time.
for name in keep echo; do
	check "$name: every unload cut some" \
		[ "$(field cut "$(cat $RUN/$name.line)")" -ge $loads ]
done
check "no connection is left" wait_for 20 all_closed
check "TCP has the sockets that it had: $before" wait_for 20 as_before

# --- loaded twice ------------------------------------------------------------

insmod $MODULE
# shellcheck disable=SC2086 # words are meant
check "programmed" program $BINDS
load_start strict -c 4 --rate 100
for _ in 1 2 3; do
	is "insmod of the loaded module" "$(insmod $MODULE 2>&1)" \
		"insmod: ERROR: could not insert module $MODULE: File exists"
done
sleep 1
is "the commit of before is the only one" "$(total commits)" 1
check "no request failed meanwhile" load_stop
note "$(cat $RUN/strict.line)"
check "and there were some" [ "$(field ok "$(cat $RUN/strict.line)")" -ge 20 ]
check "last unload" rmmod gwsteer
finish
