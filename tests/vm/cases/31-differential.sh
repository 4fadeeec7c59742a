#!/bin/bash
# SPDX-License-Identifier: MIT
# title: of random rule sets the kernel and a reference of the spec say the same
# kernels: 6.12
# timeout: 600
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

# GWS_SEED repeats a run; it is printed first.
seed=${GWS_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
sets=25 requests=4000
[ "$GWS_DEBUG" = no ] || requests=1000

differ()
{
	/gws/src/tests/tools/differ.py $MANIFESTS $RUN/access.log --seed "$seed" "$@" 2>&1
}

mkdir -p $MANIFESTS
insmod /gws/build/gwsteer.ko
ip -batch - <<END
link add some type dummy
addr add 10.1.0.2/32 dev some
link set some up
END
backend -n SOME -p 8080 -l 10.1.0.2 >/dev/null 2>&1 &
daemon_start --access-log $RUN/access.log --access-log-format json
logging()
{
	[ "$(gauge log_subscribers)" = 1 ]
}
check "the daemon reads the access log" wait_for 10 logging
limit idle_timeout 600000
said=$(differ --sets $sets --requests $requests)
status=$?
note "$said"
is "seed $seed: they say the same, and see what is reversed" $status 0
is "of so many requests" "$(grep -o '[0-9]* requests' <<<"$said")" \
	"$((sets * requests)) requests"
is "and on one connection" "$(grep "on one connection" <<<"$said")" \
	"$((sets * 40)) on one connection"
for verdict in BACKEND FILTER INVALID NO_ENDPOINT NO_HOST NO_LISTENER NO_RULE; do
	check "some were $verdict" grep -q " $verdict=[0-9]\|^$verdict=[0-9]" \
		<<<"$said"
done
said=$(differ --sets 5 --requests 1000 --reverse length)
is "a reference that is wrong ends the run" \
	"$? $(grep -c 'in set' <<<"$said")" "1 1"
finish
