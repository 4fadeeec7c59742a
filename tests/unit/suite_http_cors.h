/* SPDX-License-Identifier: MIT */
/*
 * Suite gws_http_cors: which origins are allowed, and what they are told.
 */
#ifndef GWS_SUITE_HTTP_CORS_H
#define GWS_SUITE_HTTP_CORS_H

#include "core_test.h"
#include "http_cors.h"
#include "http_parse.h"

static struct gws_http_request cors_req;
static char cors_in[1024 + GWS_HEAD_SLACK];

static void cors_ask(const char *method, const char *fields)
{
	u32 len = 0, resume = 0;

#define ASK(text)							\
	do {								\
		u32 n_ = strlen(text);					\
									\
		memcpy(cors_in + len, text, n_);			\
		len += n_;						\
	} while (0)
	ASK(method);
	ASK(" / HTTP/1.1\r\nHost: x\r\n");
	ASK(fields);
	ASK("\r\n");
#undef ASK
	(void)gws_http_parse_request(cors_in, len, &resume, &cors_req);
}

static struct gws_str cors_str(const char *text)
{
	return (struct gws_str){ text, strlen(text) };
}

/* Of one allowed origin: who fits. */
static const struct {
	const char *allowed, *origin;
	bool fits;
} cors_origins[] = {
	{ "https://www.foo.com", "https://www.foo.com", true },
	{ "https://www.foo.com", "https://WWW.foo.com", true },
	{ "https://www.foo.com", "http://www.foo.com", false },
	{ "https://www.foo.com", "https://www.foo.com:443", true },
	{ "https://www.foo.com:443", "https://www.foo.com", true },
	{ "https://www.foo.com", "https://www.foo.com:8443", false },
	{ "http://foo:8080", "http://foo:8080", true },
	{ "http://foo:80", "http://foo", true },
	{ "https://www.foo.com", "https://foo.com", false },
	{ "https://*.bar.com", "https://www.bar.com", true },
	{ "https://*.bar.com", "https://xpto.www.bar.com", true },
	{ "https://*.bar.com", "https://bar.com", false },
	{ "https://*.bar.com", "https://.bar.com", false },
	{ "https://*.bar.com", "https://evilbar.com", false },
	{ "https://*.bar.com", "https://www.bar.com.evil.org", false },
	{ "https://*.bar.com:8443", "https://www.bar.com:8443", true },
	{ "https://*.bar.com:8443", "https://www.bar.com", false },
	{ "https://*", "https://any.thing", true },
	{ "https://*", "https://any.thing:8443", false },
	{ "https://*", "http://any.thing", false },
	{ "http://*.bar.com", "null", false },
	{ "http://*.bar.com", "http://", false },
	{ "http://*.bar.com", "http://a.bar.com:", false },
	{ "http://*.bar.com", "http://a.bar.com:0", false },
	{ "http://*.bar.com", "http://a.bar.com:80x", false },
	{ "http://*.bar.com", "http://a.bar.com:99999", false },
	{ "http://*.bar.com", "http:a.bar.com", false },
	{ "http://*.bar.com", "http", false },
	/* In a request a '*' is no wildcard. */
	{ "https://www.bar.com", "https://*.bar.com", false },
	{ "http://[::1]:3000", "http://[::1]:3000", true },
};

static bool cors_allows(const struct gws_http_cors *cors)
{
	struct gws_str parts[GWS_CORS_PARTS];

	return gws_http_cors_fields(cors, &cors_req, false, parts) > 1;
}

CORE_TEST(http_cors_origins)
{
	struct gws_http_cors cors = {};
	struct gws_http_origin origin;
	char fields[128];
	u32 i;

	cors.origins = &origin;
	cors.norigins = 1;
	for (i = 0; i < ARRAY_SIZE(cors_origins); i++) {
		CHECK(gws_http_origin_read(cors_str(cors_origins[i].allowed),
					   true, &origin));
		snprintf(fields, sizeof(fields), "Origin: %s\r\n",
			 cors_origins[i].origin);
		cors_ask("GET", fields);
		CHECK_MSG(cors_allows(&cors) == cors_origins[i].fits, "%s %s",
			  cors_origins[i].allowed, cors_origins[i].origin);
	}
	cors_ask("GET", "");
	CHECK(!cors_allows(&cors));
	cors_ask("GET", "Origin: null\r\n");
	cors.any_origin = true;
	CHECK(cors_allows(&cors));
	CHECK(!gws_http_origin_read(cors_str("*"), true, &origin));
	CHECK(!gws_http_origin_read(cors_str("example.com"), true, &origin));
	CHECK(!gws_http_origin_read(cors_str("ftp://example.com:x"), true,
				    &origin));
}

CORE_TEST(http_cors_preflights)
{
	cors_ask("OPTIONS", "Origin: http://a\r\n"
		 "access-control-request-method: PUT\r\n");
	CHECK(gws_http_is_preflight(&cors_req));
	cors_ask("GET", "Origin: http://a\r\n"
		 "Access-Control-Request-Method: PUT\r\n");
	CHECK(!gws_http_is_preflight(&cors_req));
	cors_ask("OPTIONS", "Origin: http://a\r\n");
	CHECK(!gws_http_is_preflight(&cors_req));
	cors_ask("OPTIONS", "Access-Control-Request-Method: PUT\r\n");
	CHECK(!gws_http_is_preflight(&cors_req));
}

#define CORS_ORIGIN	"Origin: http://a\r\n"
#define CORS_ASKS	"Access-Control-Request-Method: PUT\r\n"	\
			"Access-Control-Request-Headers: x-a, x-b\r\n"
#define CORS_FIXED	"Access-Control-Max-Age: 5\r\n"
#define CORS_COMMON	"Access-Control-Expose-Headers: X\r\n"

static const struct {
	const char *fields;
	bool preflight, any, credentials, methods, headers;
	const char *out;
} cors_answers[] = {
	/* A list of origins: caches must tell them apart, also when refused. */
	{ CORS_ORIGIN, false, false, false, false, false,
	  "Vary: Origin\r\nAccess-Control-Allow-Origin: http://a\r\n"
	  CORS_COMMON },
	{ "Origin: http://b\r\n", false, false, false, false, false,
	  "Vary: Origin\r\n" },
	{ "", false, false, false, false, false, "Vary: Origin\r\n" },
	{ CORS_ORIGIN CORS_ASKS, true, false, false, false, false,
	  "Vary: Origin\r\nAccess-Control-Allow-Origin: http://a\r\n"
	  CORS_FIXED CORS_COMMON },
	/* All origins are told the same, unless there are credentials. */
	{ CORS_ORIGIN, false, true, false, false, false,
	  "Access-Control-Allow-Origin: *\r\n" CORS_COMMON },
	{ CORS_ORIGIN, false, true, true, false, false,
	  "Vary: Origin\r\nAccess-Control-Allow-Origin: http://a\r\n"
	  CORS_COMMON },
	/* What is asked for is allowed by name. */
	{ CORS_ORIGIN CORS_ASKS, true, true, false, true, true,
	  "Access-Control-Allow-Origin: *\r\n"
	  "Access-Control-Allow-Methods: PUT\r\n"
	  "Access-Control-Allow-Headers: x-a, x-b\r\n" CORS_FIXED CORS_COMMON },
	/* Beside credentials "*" would mean an origin, a method, a header of that name. */
	{ CORS_ORIGIN CORS_ASKS, true, true, true, true, true,
	  "Vary: Origin\r\nAccess-Control-Allow-Origin: http://a\r\n"
	  "Access-Control-Allow-Methods: PUT\r\n"
	  "Access-Control-Allow-Headers: x-a, x-b\r\n" CORS_FIXED CORS_COMMON },
	/* Nothing is said of headers that nobody asks for. */
	{ CORS_ORIGIN "Access-Control-Request-Method: GET\r\n", true, true,
	  false, true, true, "Access-Control-Allow-Origin: *\r\n"
	  "Access-Control-Allow-Methods: GET\r\n" CORS_FIXED CORS_COMMON },
};

CORE_TEST(http_cors_fields)
{
	struct gws_str parts[GWS_CORS_PARTS];
	struct gws_http_origin origin;
	struct gws_http_cors cors;
	static char out[512];
	u32 i, k, n, len;

	CHECK(gws_http_origin_read(GWS_STR("http://a"), true, &origin));
	for (i = 0; i < ARRAY_SIZE(cors_answers); i++) {
		cors = (struct gws_http_cors){
			.origins = &origin, .norigins = 1,
			.any_origin = cors_answers[i].any,
			.credentials = cors_answers[i].credentials,
			.any_method = cors_answers[i].methods,
			.any_header = cors_answers[i].headers,
			.preflight = GWS_STR(CORS_FIXED),
			.common = GWS_STR(CORS_COMMON),
		};
		cors_ask(cors_answers[i].preflight ? "OPTIONS" : "GET",
			 cors_answers[i].fields);
		n = gws_http_cors_fields(&cors, &cors_req,
					 cors_answers[i].preflight, parts);
		CHECK(n <= GWS_CORS_PARTS);
		for (k = 0, len = 0; k < n; len += parts[k++].len)
			memcpy(out + len, parts[k].p, parts[k].len);
		CHECK_STR(((struct gws_str){ out, len }), cors_answers[i].out);
	}
}

#undef CORS_ORIGIN
#undef CORS_ASKS
#undef CORS_FIXED
#undef CORS_COMMON

#define HTTP_CORS_TESTS(X)						\
	X(http_cors_origins)						\
	X(http_cors_preflights)						\
	X(http_cors_fields)

#endif /* GWS_SUITE_HTTP_CORS_H */
