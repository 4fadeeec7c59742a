#!/bin/bash
# SPDX-License-Identifier: MIT
# title: the unit under systemd: restart, crash, stop, a wrong option
# kernels: 6.12
# never: debug debug-6.1 (dkms builds for stock kernels)
# builds: dkms
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/installed.sh
. /gws/src/tests/vm/scene.sh
. /gws/src/tests/vm/systemd.sh

came_back()
{
	[ "$(property NRestarts)" != 0 ] && active
}

systemd_prepare || bail "cannot lay out what systemd sees"
scene_start idle
systemctl enable gwsteerd
systemd_boot
check "the unit starts with the system" wait_for 60 active
check "the Gateway answers" wait_for 60 serving
pid=$(property MainPID)

load_start strict -c 4 --rate 50
sleep 1
check "systemctl restart" inside systemctl restart gwsteerd
check "is another process" test "$(property MainPID)" != "$pid"
kill -9 "$(pgrep -x gwsteerd)"
check "a killed one comes back" wait_for 20 came_back
is "by systemd's own doing" "$(property NRestarts)" 1
check "systemctl stop" inside systemctl stop gwsteerd
check "there were requests all the time" load_lasts
check "and none has failed" load_stop
note "$(cat $RUN/strict.line $RUN/strict.err)"
is "its end is a clean one" \
	"$(property ActiveState) $(property Result) $(property ExecMainStatus)" \
	"inactive success 0"
check "the kernel keeps serving" serving
check "gwctl says that no daemon runs" sh -c \
	"nsenter -t $SYSTEMD -m -p gwctl status; [ \$? = 11 ]"

mkdir -p /run/systemd/system/gwsteerd.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/local/sbin/gwsteerd --nonsense\n' \
	>/run/systemd/system/gwsteerd.service.d/nonsense.conf
inside systemctl daemon-reload
check "with a wrong option it does not start" \
	sh -c "! nsenter -t $SYSTEMD -m -p -C systemctl start gwsteerd"
sleep 6
is "and is not tried again" \
	"$(property ActiveState) $(property NRestarts)" "failed 0"
finish
