#!/bin/bash
# SPDX-License-Identifier: MIT
#
# "make demo": builds everything, boots a VM and plays the story in it. With
# KEEP=1 the VM stays, its NodePort on this machine's loopback.
set -eu
cd "$(dirname "$0")/../.."
PORT=30731
KERNEL=${KERNEL:-6.12}

step()
{
	printf '\n== %s (%d s since start)\n' "$*" $SECONDS
}

step "root tree and kernel of Debian (once; later from the cache)"
tests/vm/root.sh "$KERNEL" >/dev/null
step "gwsteer.ko, gwsteerd and gwctl, built in that tree"
tests/vm/build.sh "$KERNEL"
step "a VM with kernel $KERNEL plays the story"
if [ "${KEEP:-}" = 1 ]; then
	tests/vm/vm.sh up -k "$KERNEL" -E KEEP=1 -p $PORT:$PORT tests/demo/story.sh
	cat <<-END

	The VM is up, and its NodePort is on this machine:
	  curl -H 'Host: apps.kkloud.local' http://127.0.0.1:$PORT/foo
	  curl -H 'Host: split.kkloud.local' http://127.0.0.1:$PORT/
	To end it: tests/vm/vm.sh down
	END
else
	tests/vm/vm.sh run -k "$KERNEL" tests/demo/story.sh
fi
step "done"
