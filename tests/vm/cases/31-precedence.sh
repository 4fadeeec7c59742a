#!/bin/bash
# SPDX-License-Identifier: MIT
# title: rules whose order in the manifest is not their precedence
# kernels: 6.12
# timeout: 240
. /gws/src/tests/vm/lib.sh
. /gws/src/tests/vm/scene.sh

scene_start
put order.yaml <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: order, namespace: gw-demo}
spec:
  parentRefs: [{name: web-gw}]
  hostnames: [order.kkloud.local]
  rules:
    - backendRefs: [{name: foo, port: 80}]
    - matches:
        - path: {type: PathPrefix, value: /a}
        - path: {type: PathPrefix, value: /b}
        - path: {type: PathPrefix, value: /c}
      backendRefs: [{name: bar, port: 80}]
    - matches:
        - path: {type: Exact, value: /a/x}
      backendRefs: [{name: foo, port: 80}]
    - matches:
        - headers: [{name: X-Version, value: "2"}]
      backendRefs: [{name: bar, port: 80}]
    - matches:
        - path: {type: PathPrefix, value: /m}
          queryParams: [{name: animal, value: blue whale}]
      backendRefs: [{name: bar, port: 80}]
    - matches:
        - path: {type: PathPrefix, value: /m}
          method: PUT
      backendRefs: [{name: foo, port: 80}]
    - matches:
        - path: {type: PathPrefix, value: /m/deep}
          queryParams: [{name: animal, value: blue whale}]
          method: DELETE
          headers: [{name: X-Version, value: "2"}]
      backendRefs: [{name: bar, port: 80}]
    - matches:
        - path: {type: RegularExpression, value: "/b/v[0-9]+(/.*)?"}
      backendRefs: [{name: foo, port: 80}]
    - matches:
        - headers: [{type: RegularExpression, name: X-Env, value: "stag(e|ing), .*"}]
        - queryParams: [{type: RegularExpression, name: lang, value: "(?i)de|fr( fr)?"}]
      backendRefs: [{name: bar, port: 80}]
END
served_by()
{
	answer $NODE4 order.kkloud.local "$@"
}

served_foo()
{
	[ "$(served_by /)" = "FOO 200" ]
}
check "route is served" wait_for 60 served_foo
is "shorter prefix, first rule" "$(served_by /z)" "FOO 200"
is "longer prefix, second rule" "$(served_by /a)" "BAR 200"
is "its second match" "$(served_by /b/1)" "BAR 200"
is "its third match" "$(served_by /c)" "BAR 200"
is "exact beats prefix" "$(served_by /a/x)" "FOO 200"
is "below the exact one" "$(served_by /a/x/y)" "BAR 200"
is "a header beats none on the same path" \
	"$(served_by / -H 'X-Version: 2')" "BAR 200"
is "a longer path beats a header" \
	"$(served_by /a/x -H 'X-Version: 2')" "FOO 200"
is "another value of the header" \
	"$(served_by / -H 'X-Version: 3')" "FOO 200"
is "a query parameter" "$(served_by '/m?animal=blue+whale')" "BAR 200"
is "the same, written otherwise" \
	"$(served_by '/m/x?a&%61nimal=blue%20whale')" "BAR 200"
is "of two values the first counts" \
	"$(served_by '/m?animal=cat&animal=blue+whale')" "FOO 200"
is "a method beats a query parameter" \
	"$(served_by '/m?animal=blue+whale' -X PUT)" "FOO 200"
is "all kinds of conditions together" \
	"$(served_by '/m/deep?animal=blue+whale' -X DELETE -H 'X-Version: 2')" \
	"BAR 200"
is "one of them does not fit" \
	"$(served_by '/m/deep?animal=cat' -X DELETE -H 'X-Version: 2')" \
	"BAR 200"
is "nor do two" "$(served_by '/m/deep?animal=cat' -X DELETE)" "FOO 200"
is "an expression beats a prefix" "$(served_by /b/v12/x)" "FOO 200"
is "only the whole path fits it" "$(served_by /b/v/x)" "BAR 200"
is "it sees the normal form" "$(served_by '/b/%7612/../v7')" "FOO 200"
is "an expression for the joined lines of a header" \
	"$(served_by / -H 'X-Env: staging' -H 'X-Env: eu')" "BAR 200"
is "one line alone does not fit it" "$(served_by / -H 'X-Env: staging')" \
	"FOO 200"
is "an expression for a query parameter" \
	"$(served_by '/?lang=FR+fr') $(served_by '/?lang=%66r%66')" \
	"BAR 200 FOO 200"
is "rules as gwctl shows them" "$(gwctl get rules -o json |
	jq -r '.[] | select(.route == "order") | .matches[]' |
	grep -c -e '^PUT prefix /m$' -e '^prefix /m ?animal=blue whale$' \
		-e '^DELETE prefix /m/deep ?animal=blue whale x-version=2$' \
		-e '^regex /b/v\[0-9\]+(/\.\*)?$' \
		-e '^prefix / x-env~stag(e|ing), \.\*$')" 5
finish
