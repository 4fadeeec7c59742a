#!/bin/bash
# SPDX-License-Identifier: MIT
# title: errors that a first user meets: exit code and text, word for word
# kernels: 6.12
# never: debug debug-6.1 (/lib/modules is read-only there)
# timeout: 360
# shellcheck disable=SC2086,SC2015 # words of a command line are meant
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/errors.sh

REL=$(uname -r)
KO=$RUN/gwsteer.ko
CONF=/etc/modprobe.d/gwsteer.conf
GOOD=$RUN/good
DIR=$RUN/check

# manifest FILE: from stdin, the only one besides those of the story
manifest()
{
	rm -rf $DIR
	cp -r $GOOD $DIR
	cat >$DIR/"$1"
}

# gateway_says PROGRAMMED ADDRESSES TEXT
gateway_says()
{
	gwctl get gateways -A -o json | jq -e --arg p "$1" --arg a "$2" \
		'.[0].programmed == $p and (.[0].addresses | join(",")) == $a' &&
		gwctl describe gateway web-gw -n gw-demo | grep -F "$3"
}

nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
start="gwsteerd --manifests $GOOD"
scene_start idle
mkdir -p $GOOD
cp $MANIFESTS/*.yaml $GOOD

says 1 gwctl nonsense
says 1 gwctl get nonsense
says 1 gwsteerd
says 3 gwctl stats
says 3 gwctl status
says 4 $nobody $start

says 5 $start
mkdir -p /var/lib/dkms/gwsteer
mv "/lib/modules/$REL/build" "/lib/modules/$REL/build.away"
says 8 $start
out=$(make -C /gws/src dkms-install 2>&1)
check "make dkms-install names the headers too" \
	grep -qF "apt-get install linux-headers-$REL" <<<"$out"
mv "/lib/modules/$REL/build.away" "/lib/modules/$REL/build"

mkdir -p /lib/modules/0.0.0-other
echo "updates/gwsteer.ko:" >/lib/modules/0.0.0-other/modules.dep
says 6 $start
rm -r /lib/modules/0.0.0-other

cp "/boot/config-$REL" $RUN/config
sed 's/^CONFIG_NF_CONNTRACK=.*/# CONFIG_NF_CONNTRACK is not set/' \
	$RUN/config >"/boot/config-$REL"
says 12 $start
cp $RUN/config "/boot/config-$REL"

# depmod takes minutes under emulation; modprobe finds the module without.
echo "install gwsteer /sbin/insmod $KO" >$CONF
# The same module for a kernel with other options (with modversions the release
# alone does not count).
sed "s/ mod_unload / mod_unlobd /" /gws/build/gwsteer.ko >$KO
says 6 $start

cp /gws/build/gwsteer.ko $KO
says 11 gwctl get gateways
$start >>$RUN/gwsteerd.log 2>&1 &
echo $! >$RUN/gwsteerd.pid
check "the daemon loads the module and programs it" \
	gwctl status --wait 20
says 10 $start
says 4 $nobody gwctl stats
says 18 gwctl get gateways nix
says 18 gwctl describe route nix
says 18 gwctl set nix 1
says 18 gwctl stats nix
says 18 gwctl top nix
says 18 gwctl monitor nix

nc -l -k -p 80 >/dev/null &
holder=$!
wait_for 5 nc -z 127.0.0.1 80
check "the Gateway's status names the process and lists no address" \
	wait_for 20 gateway_says False "" "taken by nc (pid $holder)"
says 16 gwctl status
kill $holder
wait $holder 2>/dev/null || true
check "and has the address again once the port is free" \
	wait_for 20 gateway_says True $NODE4 "Ports: 80"

manifest bad.yaml <<<"kind: [Service"
says 13 gwctl check $DIR
manifest bad.yaml <<<"- neither kind nor name"
says 17 gwctl check $DIR
manifest bad.yaml <<-END
	apiVersion: v1
	kind: Service
	metadata: {name: x, namespace: gw-demo}
	spec: {prots: []}
END
says 14 gwctl check $DIR
manifest bad.yaml <<-END
	apiVersion: v1
	kind: Service
	metadata: {name: x, namespace: gw-demo}
	spec: {ports: [{port: 99999}]}
END
says 17 gwctl check $DIR
manifest other.yaml </dev/null
rm $DIR/service-bar.yaml
says 2 gwctl check $DIR
manifest service-bar.yaml <<-END
	apiVersion: v1
	kind: Service
	metadata: {name: bar, namespace: gw-demo}
	spec: {ports: [{port: 80, targetPort: 8080}]}
END
says 15 gwctl check $DIR

daemon_stop
says 11 gwctl status
check "a check of what is right" gwctl check $GOOD
rm $CONF
rm -r /var/lib/dkms/gwsteer
finish
