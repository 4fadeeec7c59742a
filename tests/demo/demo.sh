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

# ask HOST PATH WANTED: prints a line as one would type it here, and its answer
ask()
{
	local line="curl -s -H 'Host: $1' http://127.0.0.1:$PORT$2" answer

	answer=$(timeout 30 sh -c "$line") || answer="status $? of curl"
	printf '$ %s\n%s\n' "$line" "$answer"
	grep -qxE "$3" <<<"$answer" || {
		printf '\nNOT THE EXPECTED ANSWER: wanted %s\n' "$3" >&2
		exit 1
	}
}

step "root tree and kernel of Debian (once; later from the cache)"
tests/vm/root.sh "$KERNEL" >/dev/null
step "gwsteer.ko, gwsteerd and gwctl, built in that tree"
tests/vm/build.sh "$KERNEL"
step "a VM with kernel $KERNEL plays the story"
if [ "${KEEP:-}" = 1 ]; then
	tests/vm/vm.sh up -k "$KERNEL" -E KEEP=1 -p $PORT:$PORT tests/demo/story.sh
	step "the VM stays up; to end it: tests/vm/vm.sh down"
	echo "Its NodePort is on this machine:"
	ask apps.kkloud.local /foo FOO
	ask apps.kkloud.local /bar BAR
	ask split.kkloud.local / 'FOO|BAR'
else
	tests/vm/vm.sh run -k "$KERNEL" tests/demo/story.sh
fi
step "done"
