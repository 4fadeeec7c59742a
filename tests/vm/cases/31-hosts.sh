#!/bin/bash
# SPDX-License-Identifier: MIT
# title: listeners are isolated; within one, hosts fall through to less specific names
# kernels: 6.12
# timeout: 120
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

scene_start
put gateway.yaml <<END
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web-gw, namespace: gw-demo}
spec:
  gatewayClassName: gwsteer
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - {name: wild, port: 80, protocol: HTTP, hostname: "*.example.com"}
    - {name: deep, port: 80, protocol: HTTP, hostname: "*.foo.example.com"}
    - {name: exact, port: 80, protocol: HTTP, hostname: abc.foo.example.com}
END

# route NAME HOSTNAMES SECTION PATH BACKEND
route()
{
	put "$1.yaml" <<-END
	apiVersion: gateway.networking.k8s.io/v1
	kind: HTTPRoute
	metadata: {name: $1, namespace: gw-demo}
	spec:
	  parentRefs: [{name: web-gw, sectionName: $3}]
	  hostnames: [$2]
	  rules:
	    - matches: [{path: {value: $4}}]
	      backendRefs: [{name: $5, port: 80}]
	END
}

route any-every '' http /every bar
route wild-every '' wild /every foo
route wild-own a.example.com wild /own bar
route deep-deep '' deep /deep foo
route exact-own abc.foo.example.com exact /own bar

# What a backend says, or the status alone
at()
{
	local said

	said=$(answer "$NODE4" "$1.example.com" "$2")
	[[ $said == *' 200' ]] || said=${said: -3}
	echo "$said"
}

served()
{
	[ "$(at abc.foo /own)" = "BAR 200" ]
}
check "routes are served" wait_for 60 served

# *.example.com is for these, and the listener without a hostname for no part of it.
long=$(printf 'a%.0s' $(seq 241))
is "a name of 253 octets" "$(at "$long" /every)" "FOO 200"
is "a longer one is none" "$(at "a$long" /every) $(at "a$long" /own)" "400 400"

is "the most specific listener" "$(at abc.foo /own)" "BAR 200"
is "what only less specific ones have is not tried" \
	"$(at abc.foo /deep) $(at abc.foo /every)" "404 404"
is "a wildcard of two labels" "$(at x.foo /deep)" "FOO 200"
is "and none of one label behind it" "$(at x.foo /every)" "404"
is "a wildcard does not fit the name itself: the next one does" \
	"$(at foo /every) $(at foo /deep)" "FOO 200 404"
is "nor several labels that a longer one fits" "$(at a.b /every)" "FOO 200"
is "a route's own hostname" "$(at a /own)" "BAR 200"
is "falls through to the listener's others" "$(at a /every)" "FOO 200"
is "but to none of another listener" "$(at a /deep)" "404"
is "the listener without a hostname" \
	"$(answer "$NODE4" example.com /every) $(answer "$NODE4" b.org /every)" \
	"BAR 200 BAR 200"
is "a port in Host means nothing" \
	"$(answer "$NODE4" a.example.com:8080 /own)" "BAR 200"

# Without that listener the bind has none for such a name.
sed '/name: http,/d' $MANIFESTS/gateway.yaml | put gateway.yaml
none()
{
	[ "$(answer "$NODE4" example.com /every)" = "Not Found 404" ]
}
check "a host that no listener has" wait_for 10 none
before=$(reason no_host)
check "again" none
is "is counted as no_host" $(($(reason no_host) - before)) 1
is "the others are served as before" "$(at abc.foo /own) $(at a /own)" \
	"BAR 200 BAR 200"

# A connection that outlives the Gateway
request="GET /own HTTP/1.1\r\nHost: a.example.com\r\n"
raw "$request\r\n" wait:8 "${request}Connection: close\r\n\r\n" >$RUN/late &
sleep 2
rm $MANIFESTS/gateway.yaml
wait $!
is "a request to what no listener takes any more" "$(cat $RUN/late)" \
	"200 404 Not Found"
is "is counted as no_listener" "$(reason no_listener)" 1
finish
