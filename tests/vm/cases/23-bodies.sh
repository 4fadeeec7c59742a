#!/bin/bash
# SPDX-License-Identifier: MIT
# title: bodies of every size and framing, octet for octet
# kernels: 6.12 6.1 backports
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

good()
{
	local name=$1

	shift
	check "$name" strict --timeout 30000 "$@"
}

# The debug kernel copies slowly; its checks do not need the volume.
big=10485760
[ "$GWS_DEBUG" = no ] || big=2097152

scene_start

good "$big octets down, Content-Length" -n 2 -c 2 --path /bytes/$big
good "$big octets down, chunked" -n 2 -c 2 --path /chunked/$big
good "$big octets down, until close" -n 2 -c 2 --path /close/$big
good "$big octets both ways, Content-Length" -n 2 -c 2 --path /echo --body $big
good "$big octets both ways, chunked" -n 2 -c 2 --path /echo --body $big --chunked
good "$big octets up, checksum" -n 1 --path /sink --body $big
good "$big octets up, chunked, checksum" -n 1 --path /sink --body $big --chunked
TO=$NODE6 good "$big octets both ways over IPv6" -n 1 --path /echo --body $big

paths=() bodies=(0 1 2 2047 2048 2049 4095 4096 4097 16384 65535 65536 65537)
for n in "${bodies[@]}"; do
	paths+=(--path "/bytes/$n")
done
good "sizes around the copy limit, Content-Length" -n 52 -c 2 "${paths[@]}"
good "the same chunked" -n 52 -c 2 "${paths[@]//bytes/chunked}"
for n in "${bodies[@]}"; do
	strict -n 4 --path /echo --body "$n" >/dev/null 2>>$RUN/err &&
		strict -n 4 --path /echo --body "$n" --chunked >/dev/null \
			2>>$RUN/err || sizes_failed="$sizes_failed $n"
done
is "the same sizes both ways, both framings" "${sizes_failed:-none}" none
# From a backend, they are in 28-hostile.table.
for n in 2047 2048 2049; do
	for how in "" --chunked; do
		strict --bytewise --path /sink --body $n $how >/dev/null \
			2>>$RUN/err || octets_failed="$octets_failed $n$how"
	done
done
is "around the copy limit, octet by octet, both framings" "${octets_failed:-none}" \
	none
good "slow reader" -n 1 --path /bytes/200000 --slow 2000:5
good "slow reader, chunked" -n 1 --path /chunked/200000 --slow 2000:5
good "trailers" -n 10 --path /trailer/3000
good "early hints" -n 10 --path /hints
good "HEAD" -n 10 --method HEAD --path /bytes/5000 --path /
is "HEAD: one connection" "$(field connects "$LINE")" 1
good "204" -n 10 --path /status/204
good "304" -n 10 --path /status/304
is "304: one connection" "$(field connects "$LINE")" 1
good "HEAD, octet by octet" -n 6 --bytewise --method HEAD --path /bytes/5000 \
	--path /
good "204 and 304, octet by octet" -n 6 --bytewise --path /status/204 \
	--path /status/304 --path /bytes/3000
good "statuses of the backend pass" -n 12 --path /status/404 --path /status/500 \
	--path /status/301
good "100-continue" -n 4 --path /echo --body 20000 --expect
check "100-continue was passed on" [ "$(field interim "$LINE")" -ge 4 ]
good "100-continue, answer after the body" -n 4 --path /sink --body 20000 \
	--expect
good "the same, octet by octet" -n 4 --bytewise --path /sink --body 300 --expect
is "it was passed on each time" "$(field interim "$LINE")" 4
good "100-continue, octet by octet" -n 4 --bytewise --path /echo --body 300 \
	--expect
check "it was passed on" [ "$(field interim "$LINE")" -ge 4 ]
good "answer before the body was sent" -n 4 --path /early --body 300 --close
good "the same, octet by octet" -n 4 --bytewise --path /early --body 300 --close
good "trailers and until close, octet by octet" -n 8 --bytewise \
	--path /trailer/3000 --path /close/3001
good "early hints, octet by octet" -n 4 --bytewise --path /hints
is "they were passed on" "$(field interim "$LINE")" 4
head -c $big /dev/urandom >$RUN/up
is "curl: 100-continue with a large body" \
	"$(answer $NODE4 $SPLIT /sink --data-binary @$RUN/up -H 'Expect: 100-continue' |
		cut -d' ' -f1,3)" "$big 200"
ip netns exec client curl -s -m 30 -H "Host: $SPLIT" -H Expect: \
	--data-binary @$RUN/up -o $RUN/down "http://$NODE4:$NODEPORT/echo"
check "curl: the echo is the same" cmp $RUN/up $RUN/down
ip netns exec client curl -s -m 30 -H "Host: $SPLIT" -T $RUN/up \
	-H 'Transfer-Encoding: chunked' -H Expect: \
	-o $RUN/down "http://$NODE4:$NODEPORT/echo"
check "curl: chunked, the echo is the same" cmp $RUN/up $RUN/down

# HTTP/1.0 has no chunks: a length, or the end of the connection.
old()
{
	echo "GET $1 HTTP/1.0\r\nHost: $SPLIT\r\n${2:+Connection: $2\r\n}\r\n"
}

# old_head: of what is in $RUN/old; old_body: is it what HTTP/1.1 gets?
old_head()
{
	sed '/^\r$/q' $RUN/old | tr -d '\r'
}

old_body()
{
	answer $NODE4 $SPLIT "$1" -o $RUN/new >/dev/null
	sed '1,/^\r$/d' $RUN/old | cmp - $RUN/new
}

# old_is HOW PATH [CONNECTION]: answered without chunks, whole, and the end comes;
# HOW is empty or "bytes:", as raw.py has it
old_is()
{
	local how=$1 path=$2 status=0
	local name="HTTP/1.0, $path${how:+, by octet}"

	shift
	raw octets "$how$(old "$@")" >$RUN/old || status=$?
	is "$name: the connection ends" $status 0
	is "$name: status" "$(old_head | head -n 1)" "HTTP/1.1 200 OK"
	is "$name: no chunks" \
		"$(old_head | grep -ciE '^(transfer-encoding|trailer)')" 0
	check "$name: the body" old_body "$path"
}

for how in "" bytes:; do
	old_is "$how" /chunked/9000
	old_is "$how" /chunked/9001 keep-alive
	old_is "$how" /trailer/9002 keep-alive
	old_is "$how" /close/9003 keep-alive
	old_is "$how" /bytes/9004
	is "HTTP/1.0: with a length it stays open, if asked to${how:+, by octet}" \
		"$(raw octets "$how$(old / keep-alive)" "$how$(old / keep-alive)" \
			"$how$(old /)" | tr -d '\r' |
			grep -aoE '^(Connection.*|FOO|BAR)' |
			sed s/BAR/FOO/ | paste -sd ' ')" \
		"Connection: keep-alive FOO Connection: keep-alive FOO Connection: close FOO"
done
is "backends saw nothing malformed" \
	"$(served foo malformed) $(served bar malformed)" "0 0"
finish
