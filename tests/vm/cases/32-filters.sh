#!/bin/bash
# SPDX-License-Identifier: MIT
# title: header modifiers, redirects and rewrites, of rules and of backends
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

HOST=filters.kkloud.local

# seen PATH [curl options]: the request as the backend got it
seen()
{
	local path=$1

	shift
	$CLIENT curl -s -m 10 -g -H "Host: $HOST" "$@" \
		"http://$NODE4:$NODEPORT$path" | tr -d '\r'
}

# got PATH [curl options]: the head of the answer
got()
{
	local path=$1

	shift
	$CLIENT curl -s -m 10 -g -o /dev/null -D - -H "Host: $HOST" "$@" \
		"http://$NODE4:$NODEPORT$path" | tr -d '\r'
}

# values NAME <HEAD: of all lines of that name
values()
{
	sed -n "s/^$1: //Ip" | paste -sd '|'
}

# target <HEAD: the request's path and query
target()
{
	sed -n '1s/^[A-Z]* \([^ ]*\) .*/\1/p'
}

# redirect PATH [curl options]: status and Location
redirect()
{
	local head

	head=$(got "$@")
	echo "$(awk 'NR == 1 { print $2 }' <<<"$head")" \
		"$(values Location <<<"$head")"
}

scene_start
pod own 4
cat >$RUN/own <<'END'
cors | 200 whole | open | HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\naccess-control-allow-credentials: true\r\nAccess-Control-Expose-Headers: X-Own\r\nX-Own: 1\r\nContent-Length: 3\r\n\r\nok\n
END
nsenter --net=/run/netns/own /gws/src/tests/tools/hostile.py serve 8080 $RUN/own \
	>$RUN/own.out 2>&1 &
wait_for 20 nsenter --net=/run/netns/own nc -z 127.0.0.1 8080
service own 4
put filters.yaml <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: filters, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [$HOST]
  rules:
    - matches: [{path: {value: /edit}}]
      filters:
        - type: RequestHeaderModifier
          requestHeaderModifier:
            set: [{name: X-Set, value: new}, {name: X-Forwarded-Proto, value: https}]
            add: [{name: X-Add, value: more}]
            remove: [X-Remove, user-agent]
        - type: ResponseHeaderModifier
          responseHeaderModifier:
            set: [{name: X-Backend, value: hidden}]
            add: [{name: Strict-Transport-Security, value: max-age=60}]
            remove: [server]
      backendRefs: [{name: foo, port: 80}]
    - matches: [{path: {value: /each}}]
      filters:
        - type: RequestHeaderModifier
          requestHeaderModifier: {add: [{name: X-Who, value: rule}]}
      backendRefs:
        - {name: foo, port: 80}
        - name: bar
          port: 80
          filters:
            - type: RequestHeaderModifier
              requestHeaderModifier: {set: [{name: x-who, value: bar}]}
            - type: URLRewrite
              urlRewrite:
                hostname: bar.local
                path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}
    - matches: [{path: {value: /full}}]
      filters:
        - type: URLRewrite
          urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /new/headers}}
      backendRefs: [{name: foo, port: 80}]
    - matches: [{path: {value: /strip}}]
      filters:
        - type: URLRewrite
          urlRewrite:
            hostname: strip.local
            path: {type: ReplacePrefixMatch, replacePrefixMatch: /}
      backendRefs: [{name: foo, port: 80}]
    - matches: [{path: {value: /r/plain}}]
      filters: [{type: RequestRedirect, requestRedirect: {}}]
    - matches: [{path: {value: /r/https}}]
      filters:
        - {type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}
        - type: ResponseHeaderModifier
          responseHeaderModifier:
            set: [{name: X-Why, value: tls}, {name: Server, value: me}, {name: Content-Type, value: text/x}]
    - matches: [{path: {value: /r/port}}]
      filters: [{type: RequestRedirect, requestRedirect: {port: 8083, hostname: other.local, statusCode: 307}}]
    - matches: [{path: {value: /r/full}}]
      filters: [{type: RequestRedirect, requestRedirect: {statusCode: 303, path: {type: ReplaceFullPath, replaceFullPath: /x}}}]
    - matches: [{path: {value: /r/prefix}}]
      filters: [{type: RequestRedirect, requestRedirect: {statusCode: 308, path: {type: ReplacePrefixMatch, replacePrefixMatch: /y/}}}]
    - matches: [{path: {value: /cors}}]
      filters:
        - type: CORS
          cors:
            allowOrigins: ["https://*.bar.com", "http://foo.com:3000"]
            allowMethods: [GET, OPTIONS]
            allowHeaders: [X-One, X-Two]
            exposeHeaders: [X-Backend]
            allowCredentials: true
            maxAge: 3600
      backendRefs: [{name: foo, port: 80}]
    - matches: [{path: {value: /any}}]
      filters: [{type: CORS, cors: {allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"]}}]
      backendRefs: [{name: foo, port: 80}]
    - matches: [{path: {value: /extension}}]
      filters: [{type: ExtensionRef, extensionRef: {group: example.com, kind: Slow, name: a}}]
      backendRefs: [{name: foo, port: 80}]
    - matches: [{path: {value: /answers}}]
      backendRefs:
        - {name: foo, port: 80}
        - name: bar
          port: 80
          filters:
            - type: ResponseHeaderModifier
              responseHeaderModifier:
                set: [{name: X-Who, value: bar}, {name: x-seq, value: set}]
                remove: [x-backend]
    - matches: [{path: {value: /whole}}]
      backendRefs:
        - {name: foo, port: 80, weight: 3}
        - name: bar
          port: 80
          weight: 1
          filters:
            - type: URLRewrite
              urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /new/headers}}
    - matches: [{path: {value: /own}}]
      filters: [{type: CORS, cors: {allowOrigins: ["http://foo.com"], exposeHeaders: [X-Ours]}}]
      backendRefs: [{name: own, port: 80}]
    - matches: [{path: {value: /bare}}]
      backendRefs: [{name: own, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: backends, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [$HOST]
  rules:
    - matches: [{path: {value: /away}}]
      filters:
        - {type: CORS, cors: {allowOrigins: ["http://foo.com"]}}
        - {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: access-control-allow-origin, value: "*"}]}}
      backendRefs:
        - {name: foo, port: 80}
        - name: gone
          port: 80
          filters:
            - {type: RequestRedirect, requestRedirect: {hostname: other.local, port: 8083, path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}
            - {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: X-Why, value: moved}], add: [{name: Access-Control-Allow-Origin, value: a}]}}
    - matches: [{path: {value: /only}}]
      backendRefs:
        - {name: gone, port: 80, filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]}
    - matches: [{path: {value: /tried}}]
      timeouts: {request: 5s, backendRequest: 1s}
      retry: {attempts: 2, codes: [503]}
      backendRefs:
        - name: gone
          port: 80
          filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 308, path: {type: ReplaceFullPath, replaceFullPath: /x}}}]
    - matches: [{path: {value: /missing}}]
      backendRefs:
        - {name: nowhere, port: 80, filters: [{type: RequestRedirect, requestRedirect: {statusCode: 307}}]}
    - matches: [{path: {value: /cross}}]
      backendRefs:
        - {name: foo, port: 80, filters: [{type: CORS, cors: {allowOrigins: ["http://foo.com"], maxAge: 7}}]}
        - {name: own, port: 80}
    - matches: [{path: {value: /both}}]
      filters: [{type: CORS, cors: {allowOrigins: ["http://foo.com", "http://rule.com"]}}]
      backendRefs:
        - {name: own, port: 80, filters: [{type: CORS, cors: {allowOrigins: ["http://foo.com", "http://own.com"]}}]}
---
apiVersion: v1
kind: Service
metadata: {name: gone, namespace: gw-demo}
spec: {ports: [{port: 80}]}
END
served_edit()
{
	[ "$(answer $NODE4 $HOST /edit)" = "FOO 200" ]
}
check "the route is served" wait_for 60 served_edit

# --- header modifiers ------------------------------------------------------

# Twice is remembered, the third is recalled: each must come out the same.
for round in 1 2 3 4; do
	head=$(seen /edit/headers -H "X-Set: old" -H "x-set: older" \
		-H "X-Add: some" -H "X-Remove: it" -H "X-Keep: this" \
		-H "X_Set: alias" -H "x_remove: alias")
	is "request, round $round" \
		"$(for name in X-Set X_Set X-Add X-Remove x_remove User-Agent \
			X-Keep Host; do
			values $name <<<"$head"
		done | paste -sd ' ')" "new  some|more    this $HOST"
done
is "what is said of the client can be set" \
	"$(values X-Forwarded-Proto <<<"$head") $(values X-Forwarded-For <<<"$head")" \
	"https 192.0.2.2"
for round in 1 2 3 4; do
	head=$(got /edit/bytes/10)
	is "response, round $round" \
		"$(for name in X-Backend Strict-Transport-Security Server \
			Content-Length; do
			values $name <<<"$head"
		done | paste -sd ' ')" "hidden max-age=60  10"
done
is "another rule's response has none of it" \
	"$(values Strict-Transport-Security <<<"$(got /full)")" ""
check "bodies of all framings are whole" sh -c "
	for path in bytes/300000 chunked/70000 close/5000; do
		$CLIENT curl -s -m 20 -H 'Host: $HOST' \
			http://$NODE4:$NODEPORT/edit/\$path | wc -c
	done | xargs | grep -qx '300000 70000 5000'"
head -c 200000 /dev/zero >$RUN/zeros
is "and of requests" "$($CLIENT curl -s -m 20 -H "Host: $HOST" \
	-H "Transfer-Encoding: chunked" --data-binary @$RUN/zeros \
	"http://$NODE4:$NODEPORT/edit/echo" | wc -c)" 200000
for how in "" --chunked; do
	good "and of requests whose octets are segments${how:+, chunked}" -n 2 --bytewise \
		--host $HOST --path /edit/echo --body 300 $how
done
octets="bytes:POST /edit/headers HTTP/1.1\r\nHost: $HOST\r\nX-Set: old\r\nX-Add: some\r\n"
octets+="X-Remove: it\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd"
is "the head of such a one" "$(raw octets "$octets" | tr -d '\r' |
	sed '1,/^$/d' | grep -E '^(X-(Set|Add|Remove)|Content-Length):' | sort |
	paste -sd '|')" "Content-Length: 4|X-Add: more|X-Add: some|X-Set: new"
is "of a backend: after the rule's, and only there" \
	"$(for _ in 1 2 3 4; do
		seen /each/headers | values X-Who
	done | sort | xargs)" "bar bar rule rule"
is "so its rewrite" \
	"$(for _ in 1 2 3 4; do
		seen "/each/headers?q" | sed -n '1s/.* \(.*\) .*/\1/p; s/^Host: //p'
	done | sort | xargs)" \
	"/b/headers?q /b/headers?q /each/headers?q /each/headers?q bar.local bar.local $HOST $HOST"
# Twice each is remembered; an answer without the filter is no answer with it.
is "responses of a backend: only there" \
	"$(for _ in 1 2 3 4 5 6 7 8; do
		got /answers/bytes/10 -H "X-Seq: 7" |
			grep -iE '^x-(who|seq|backend):' | sort | paste -sd ' '
	done | sort | uniq -c | sed 's/^ *//')" \
	"$(printf '%s\n' "4 X-Backend: FOO X-Seq: 7" "4 X-Who: bar x-seq: set")"
is "a full path, of one backend alone" \
	"$(for _ in 1 2 3 4 5 6 7 8; do
		seen '/whole/headers?q' | target
	done | sort | uniq -c | xargs)" "2 /new/headers?q 6 /whole/headers?q"

# --- rewrites --------------------------------------------------------------

is "full path, the query stays" "$(seen '/full/a/b?x=1&y' | target)" \
	"/new/headers?x=1&y"
is "a prefix is stripped" "$(seen /strip/headers | target)" /headers
is "and nothing is left" \
	"$(served foo malformed) $(answer $NODE4 $HOST /strip)" "0 FOO 200"
head=$(seen /strip/x/headers)
is "the backend sees the new host, and who was asked for" \
	"$(values Host <<<"$head") $(values X-Forwarded-Host <<<"$head")" \
	"strip.local $HOST"

# --- redirects -------------------------------------------------------------

redirects=$(total redirects)
is "nothing changed: the listener's port, not the NodePort" \
	"$(redirect '/r/plain/a?b=c')" "302 http://$HOST/r/plain/a?b=c"
is "another scheme" "$(redirect /r/https)" "301 https://$HOST/r/https"
is "with fields of a response modifier" \
	"$(got /r/https | values X-Why) $(got /r/https | values Server)" "tls me"
is "which says one type" "$(got /r/https | values Content-Type)" "text/x"
is "another host and port" "$(redirect /r/port/x)" \
	"307 http://other.local:8083/r/port/x"
is "another path" "$(redirect '/r/full/z?q')" "303 http://$HOST/x?q"
is "another prefix" "$(redirect /r/prefix/z)" "308 http://$HOST/y/z"
is "HEAD" "$(got /r/full -I | sed -n '1p')" "HTTP/1.1 303 See Other"
is "a POST with a body is answered, too" \
	"$(redirect /r/prefix -X POST --data abc)" "308 http://$HOST/y/"
is "they are counted" $(($(total redirects) - redirects)) 10
is "on one connection with others" "$($CLIENT curl -s -m 10 -H "Host: $HOST" \
	-w '%{http_code} %{num_connects}\n' -o /dev/null \
	"http://$NODE4:$NODEPORT/r/full" -o /dev/null \
	"http://$NODE4:$NODEPORT/edit" | xargs)" "303 1 200 0"
sysfs=$SYSFS/gateways/gw-demo/web-gw/listeners/http/httproutes/gw-demo/filters
check "the rule counts its redirects" \
	[ "$(cat $sysfs/rules/4/requests)" -ge 1 ]

# --- CORS -------------------------------------------------------------------

# cors PATH ORIGIN [curl options]: status, and what the answer says of CORS
cors()
{
	local path=$1 origin=$2

	shift 2
	got "$path" -H "Origin: $origin" "$@" |
		sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p
			s/^Access-Control-\(Allow-\)\?//Ip; /^Vary/p' | paste -sd '|'
}

preflights=$(total preflights)
requests=$(served foo requests)
ask="Access-Control-Request-Method: PUT"
is "preflight" "$(cors /cors https://a.b.bar.com -X OPTIONS -H "$ask" -H "Access-Control-Request-Headers: x-one")" \
	"200|Vary: Origin|Origin: https://a.b.bar.com|Methods: GET, OPTIONS|Headers: X-One, X-Two|Max-Age: 3600|Credentials: true|Expose-Headers: X-Backend"
is "of a stranger" "$(cors /cors https://bar.com -X OPTIONS -H "$ask")" \
	"200|Vary: Origin"
is "of anybody" "$(cors /any https://a.org -X OPTIONS -H "$ask" -H "Access-Control-Request-Headers: x-any")" \
	"200|Origin: *|Methods: PUT|Headers: x-any|Max-Age: 5"
is "no backend saw them" \
	"$(($(served foo requests) - requests)) $(($(total preflights) - preflights))" "0 3"
is "OPTIONS that is no preflight goes to the backend" \
	"$(cors /any https://a.org -X OPTIONS)" "200|Origin: *"
for round in 1 2 3; do
	is "request, round $round" "$(cors /cors/bytes/10 http://foo.com:3000)" \
		"200|Vary: Origin|Origin: http://foo.com:3000|Credentials: true|Expose-Headers: X-Backend"
	is "another origin, the same response, round $round" \
		"$(cors /cors/bytes/10 https://x.bar.com)" \
		"200|Vary: Origin|Origin: https://x.bar.com|Credentials: true|Expose-Headers: X-Backend"
	is "and a stranger" "$(cors /cors/bytes/10 http://foo.com)" \
		"200|Vary: Origin"
done
is "a backend that speaks of CORS itself" "$(cors /bare/whole/0 http://foo.com)" \
	"200|Origin: *|credentials: true|Expose-Headers: X-Own"
for round in 1 2 3; do
	is "the filter's word replaces its, round $round" \
		"$(cors /own/whole/0 http://foo.com)" \
		"200|Vary: Origin|Origin: http://foo.com|Expose-Headers: X-Ours"
	is "to a stranger, too, round $round" \
		"$(cors /own/whole/0 http://bar.com)" "200|Vary: Origin"
done
is "and nothing else of it" "$(got /own/whole/0 | values X-Own)" 1
is "octet by octet, too, and its body is whole" \
	"$(cors /own/bytes/0 http://foo.com) $(seen /own/bytes/0)" \
	"200|Vary: Origin|Origin: http://foo.com|Expose-Headers: X-Ours ok"
is "each was a segment" "$(cat $RUN/own.out)" ""
is "an error of ours can be read, too" "$(serve_kill foo
	cors /cors http://foo.com:3000 | cut -d'|' -f1,3)" "502|Origin: http://foo.com:3000"
serve foo FOO
served_again()
{
	[ "$(answer $NODE4 $HOST /edit)" = "FOO 200" ]
}
check "the backend is back" wait_for 20 served_again

# --- answers of a backendRef's filters --------------------------------------

redirects=$(total redirects)
preflights=$(total preflights)
# A backend without endpoints: it is not asked.
is "a redirect of a backend has its share of the requests" \
	"$(for _ in 1 2 3 4 5 6; do
		redirect '/away/headers?q=1'
	done | sort | uniq -c | xargs)" \
	"3 200 3 302 http://other.local:8083/b/headers?q=1"
is "with what the filters beside it and the rule's say" \
	"$(for _ in 1 2; do
		got /away/headers -H "Origin: http://foo.com" |
			grep -iE '^(x-why|access-control-allow-origin):' | sort |
			paste -sd ' '
	done | sort)" "$(printf '%s\n' \
		"Access-Control-Allow-Origin: http://foo.com" \
		"Access-Control-Allow-Origin: http://foo.com X-Why: moved")"
is "a whole share" "$(redirect /only/x) $(redirect /only/x)" \
	"301 http://$HOST/only/x 301 http://$HOST/only/x"
is "beside times and retries, and the next on its connection" \
	"$($CLIENT curl -s -m 10 -H "Host: $HOST" -o /dev/null -o /dev/null \
		-w '%{http_code} %{redirect_url} %{num_connects}\n' \
		"http://$NODE4:$NODEPORT/tried/a?q" \
		"http://$NODE4:$NODEPORT/only" | xargs)" \
	"308 https://$HOST/x?q 1 301 http://$HOST/only 0"
is "a POST with a body" "$(redirect /tried --data-binary @$RUN/zeros)" \
	"308 https://$HOST/x"
is "its Service must be there" "$(answer $NODE4 $HOST /missing -o /dev/null)" " 500"
is "they are counted" $(($(total redirects) - redirects)) 9
is "as requests of the backend" \
	"$(cat ${sysfs%/*}/backends/rules/1/backends/0/requests)" 3
is "route test says so" "$(gwctl route test -o json \
	"http://$HOST/only/x" | jq -r '.verdict, .location' | paste -sd,)" \
	"301: the filter RequestRedirect answers,http://$HOST/only/x"
is "and which share is answered how" "$(gwctl route test \
	"http://$HOST/away/x" | grep -E '^(verdict|backend)' | tr -s ' ' | paste -sd,)" \
	"verdict a backend gets it, or the filter of one answers,backend 50.00% \
gw-demo/foo:80,backend 50.00% gw-demo/gone:80 (RequestRedirect: 302)"
is "a Service that nobody is sent to needs no endpoint" \
	"$(gwctl status | grep -c "no ready endpoint")" 0
is "preflights of a backend: its share of them" \
	"$(for _ in 1 2 3 4; do
		cors /cross/whole/0 http://foo.com -X OPTIONS -H "$ask"
	done | sort | uniq -c | sed 's/^ *//')" "$(printf '%s\n' \
		"2 200|Origin: *|credentials: true|Expose-Headers: X-Own" \
		"2 200|Vary: Origin|Origin: http://foo.com|Max-Age: 7")"
is "they are counted, too" $(($(total preflights) - preflights)) 2
is "what it says of a response is its own" \
	"$(for _ in 1 2 3 4; do
		cors /cross/whole/0 http://foo.com
	done | sort | uniq -c | sed 's/^ *//')" "$(printf '%s\n' \
		"2 200|Origin: *|credentials: true|Expose-Headers: X-Own" \
		"2 200|Vary: Origin|Origin: http://foo.com")"
is "where the rule has CORS, too, preflights are the rule's" \
	"$(for origin in rule own; do
		cors /both/whole/0 http://$origin.com -X OPTIONS -H "$ask"
	done | xargs)" "200|Vary: Origin|Origin: http://rule.com|Max-Age: 5 200|Vary: Origin"
is "and responses the backend's" \
	"$(for origin in rule own; do
		cors /both/whole/0 http://$origin.com
	done | xargs)" "200|Vary: Origin 200|Vary: Origin|Origin: http://own.com"

# --- what cannot be done ----------------------------------------------------

is "a filter that is not there is not skipped" \
	"$(answer $NODE4 $HOST /extension -o /dev/null)" " 500"
is "and is told" "$(gwctl get httproutes -A -o json | jq -r \
	'.. | objects | select(.reason? == "InvalidKind") | .message' |
	head -n 1 | cut -d: -f1)" "spec.rules[11].filters[0].extensionRef"

# --- what the kernel has ----------------------------------------------------

is "gwctl shows them" "$(gwctl get rules -o json | jq -c \
	'[.. | objects | select(.route? == "filters" and .name? == "4") | .filters[]][0]')" \
	'{"type":"RequestRedirect","scheme":"http","statusCode":302}'
is "and those of backends" "$(gwctl get rules -o json | jq -c \
	'[.. | objects | select(.route? == "filters" and .name? == "1") | .backendFilters[].filters[].type]')" \
	'["RequestHeaderModifier","URLRewrite"]'
commits=$(total commits)
daemon_stop KILL
daemon_start
sleep 3
is "a new daemon finds nothing to change" \
	"$(total commits)" "$commits"

flat_start
sed -i 's/value: more/value: less/; s/port: 8083/port: 8084/' $MANIFESTS/filters.yaml
changed()
{
	[ "$(redirect /r/port)" = "307 http://other.local:8084/r/port" ]
}
check "an edit is taken over" wait_for 30 changed
is "for headers, too" "$(seen /edit/headers | values X-Add)" less
flat "edits and requests"
finish
