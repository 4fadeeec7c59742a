#!/bin/bash
# SPDX-License-Identifier: MIT
# title: help, man pages and completion know the same words
# kernels: 6.12
# shellcheck disable=SC1090 # the script comes from gwctl
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

MAN=/gws/src/userspace/man

# Long options in a text
options()
{
	sed 's/\\-/-/g' | grep -oE -- '--[a-z][a-z-]+' | sort -u
}

# section PAGE NAME
section()
{
	awk -v name="$2" '/^\.SH/ { on = $2 == name } on' "$MAN/$1.8"
}

# tab WORD...: what the shell offers for the last one
tab()
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_gwctl
	echo "${COMPREPLY[*]}"
}

# Works only while the shell asks for completions.
compopt() { :; }

abi=$(awk '$2 == "GWS_ABI" { print $3 }' /gws/src/include/uapi/linux/gwsteer.h)
for program in gwctl gwsteerd; do
	is "$program(8) has the options of --help" \
		"$(section $program OPTIONS | options)" \
		"$($program --help | options)"
	is "$program --version" "$($program --version)" \
		"$program $(cat /gws/src/VERSION) (ABI $abi)"
done
commands=$(gwctl --help | awk '/^Commands:/ { on = 1; next } !NF { on = 0 } on { print $1 }')
is "gwctl(8) has the commands of --help" \
	"$(section gwctl COMMANDS | grep -A 1 '^\.TP' |
		sed -nE 's/^\.BI? "?([a-z]+).*/\1/p')" "$commands"
is "an unknown kind: those there are" \
	"$(gwctl get nonsense 2>&1 | sed -n 's/.*there are: //p')" \
	"gateways, gatewayclasses, routes, listeners, rules, backends, endpoints, connections"

is "an option of another command is refused" \
	"$(gwctl check /gws/src/examples/node --rate 2>&1 | head -n 1)" \
	"gwctl: error: wrong use of the command: gwctl check has no option --rate"
is "an argument that a command does not have" \
	"$(gwctl version foo >/dev/null 2>&1; echo $?)" 1
is "an interval has a range" "$(gwctl top --interval 0 2>&1 | head -n 1)" \
	"gwctl: error: wrong use of the command: --interval 0: whole seconds, 1 to 86400"

. <(gwctl completion bash)
is "completion: commands" "$(tab gwctl '' | tr ' ' '\n')" "$commands"
is "completion: options" "$(tab gwctl get -- | options)" \
	"$(gwctl --help | options)"
is "completion: -o" "$(tab gwctl get routes -o '')" "table wide json yaml"
is "completion: a command after an option" "$(tab gwctl -n gw-demo des)" describe
is "completion: kinds" "$(tab gwctl -n gw-demo get gateway)" \
	"gateways gatewayclasses"
is "completion: directories" "$(tab gwctl check /gws/src/kmo)" /gws/src/kmod
scene_start
is "completion: names of a kind" "$(tab gwctl describe gateways '')" web-gw
is "completion: routes" "$(tab gwctl stats '')" "fanout split"
is "completion: limits" "$(tab gwctl set head_t)" head_timeout
is "completion: nothing for a namespace" "$(tab gwctl get routes -n '')" ""
finish
