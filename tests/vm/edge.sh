# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For cases about who the client is: the Gateway's configuration, and what a backend is
# told. Sourced after scene.sh.

committed()
{
	[ "$(total commits)" != "$1" ]
}

# configurable: the Gateway names the ConfigMap that configure writes
configurable()
{
	local before

	before=$(total commits)
	printf '%s\n' "infrastructure: {parametersRef: {group: '', kind: ConfigMap, name: edge}}" \
		>$RUN/parameters
	sed "/gatewayClassName/r $RUN/parameters" "$ARTICLE/gateway.yaml" |
		sed 's/^infrastructure/  &/' | put gateway.yaml
	wait_for 10 committed "$before"
}

# configure "KEY: VALUE"...: the Gateway's configuration, in force on return
configure()
{
	local before line

	before=$(total commits)
	{
		echo "apiVersion: v1"
		echo "kind: ConfigMap"
		echo "metadata: {name: edge, namespace: gw-demo}"
		echo "data:"
		for line; do
			echo "  ${line%%: *}: \"${line#*: }\""
		done
	} | put config.yaml
	wait_for 10 committed "$before"
}

# told_by URL [curl options]: what a backend is told of the client, in one line
told_by()
{
	local url=$1

	shift
	${AT-$CLIENT} curl -s -m 10 -H "Host: $APPS" "$@" "$url/foo/headers" |
		tr -d '\r' | grep -iE '^(x-forwarded|x-real|forwarded)' |
		paste -sd '|'
}

# told [curl options]: of one that asks the Gateway itself
told()
{
	told_by "http://$NODE4:$NODEPORT" "$@"
}

# lines FOR PROTO PORT REAL HOST
lines()
{
	echo "X-Forwarded-For: $1|X-Forwarded-Proto: $2|X-Forwarded-Port: $3" \
		"X-Real-IP: $4|X-Forwarded-Host: $5" | sed 's/ X-Real/|X-Real/'
}
