# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For cases about time-outs and retries: the host tries.local, whose rules each
# have their own. Sourced after scene.sh; scene_start comes first.

TRIES=tries.local
TRIES_URL=http://$NODE4:$NODEPORT

# tries_route: rules from stdin, with two spaces in front, behind "rules:"
tries_route()
{
	{
		cat <<-END
		apiVersion: gateway.networking.k8s.io/v1
		kind: HTTPRoute
		metadata: {name: tries, namespace: gw-demo}
		spec:
		  parentRefs: [{name: web-gw}]
		  hostnames: [$TRIES]
		  rules:
		END
		cat
	} | put tries.yaml
}

# tool_start POD TOOL [options]: a script of tests/tools as the pod's backend
tool_start()
{
	local pod=$1 tool=$2

	shift 2
	nsenter --net="/run/netns/$pod" "/gws/src/tests/tools/$tool" 8080 "$@" \
		>>"$RUN/$pod.out" 2>&1 &
	echo $! >"$RUN/$pod.pid"
	wait_for 20 nsenter --net="/run/netns/$pod" nc -z 127.0.0.1 8080
}

# get PATH [curl options]: status and the first words of the body
get()
{
	local path=$1

	shift
	$CLIENT curl -s -m 20 -g -w ' %{http_code}' -H "Host: $TRIES" "$@" \
		"$TRIES_URL$path" | tr -d '\n' || true
}

# status PATH [curl options]
status()
{
	get "$@" | grep -o '...$'
}

# took CMD...: tenths of a second that it took go to $TOOK, its output to $GOT
# shellcheck disable=SC2034 # for the cases
took()
{
	local from=${EPOCHREALTIME/./}

	GOT=$("$@")
	TOOK=$(((${EPOCHREALTIME/./} - from) / 100000))
}
