#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the commands of examples/README.md, as they stand there
# kernels: 6.12
# never: debug debug-6.1 (dkms builds for stock kernels)
# builds: dkms
# timeout: 150
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/installed.sh
. /gws/src/tests/vm/scene.sh

mkdir -p $RUN
ip link set lo up
commands=$(awk -f /gws/src/tests/vm/commands.awk /gws/src/examples/README.md)
is "seven commands" "$(wc -l <<<"$commands")" 7
is "the top README has the same" \
	"$(awk -f /gws/src/tests/vm/commands.awk /gws/src/README.md)" "$commands"
first=$(sed -n 1p <<<"$commands")

# The first one ran in this tree when it was built (installed.sh).
cd /gws/src || bail "no sources"
check "$first: dkms says installed" grep -q \
	"^gwsteer/$(cat VERSION), $(uname -r), .*: installed" <<<"$(dkms status)"
check "$first: modprobe finds dkms's module" grep -q /updates/dkms/ \
	<<<"$(modinfo -n gwsteer)"

# In one shell, as one would type them.
out=$(bash -c "$(sed 1d <<<"$commands")
	kill \$!; wait" 2>$RUN/commands.err)
note "$out"
note "$(cat $RUN/commands.err)"
check "status says SYNCED" grep -q 'state: SYNCED' <<<"$out"
check "16 of blue" grep -qE '^ *16 .*blue' <<<"$out"
check "4 of green" grep -qE '^ *4 .*green' <<<"$out"
check "sysfs counts 16" grep -q '/0/requests:16$' <<<"$out"
check "sysfs counts 4" grep -q '/1/requests:4$' <<<"$out"
check "gwsteerd has loaded dkms's module" [ -d /sys/module/gwsteer ]

# Below $INSTALLED is nothing but what the first command wrote.
mkdir -p $RUN/usr
cp -a $INSTALLED/usr/local $RUN/usr/
check "make install has written there" [ -e $RUN/usr/local/sbin/gwctl ]
make -s uninstall DESTDIR=$RUN || note "make uninstall ended with status $?"
is "make uninstall leaves no file" "$(find $RUN/usr/local -type f)" ""
/gws/src/examples/node/backends.sh stop
is "backends.sh stop leaves nothing" \
	"$(ip netns; ip -o link | grep gws-)" ""
finish
