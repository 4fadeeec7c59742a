// SPDX-License-Identifier: MIT
/*
 * Records of the access log: from the module's attributes to the two forms of a
 * line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <cjson/cJSON.h>

#include "../../userspace/lib/record.h"
#include "../../kmod/counters.h"

static const uint8_t client[] = { 192, 0, 2, 2 };
static const uint8_t pod[16] = { 0xfd, [15] = 7 };

static void put_listener(struct gws_nl_msg *msg)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_REC_LISTENER);

	gws_nl_put_str(msg, GWS_A_NAMESPACE, "gw");
	gws_nl_put_str(msg, GWS_A_GATEWAY, "web");
	gws_nl_put_str(msg, GWS_A_SECTION, "http");
	gws_nl_nest_end(msg, nest);
}

static void put_rule(struct gws_nl_msg *msg)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_REC_RULE);

	gws_nl_put_u8(msg, GWS_A_RULE_KIND, GWS_ROUTE_HTTP);
	gws_nl_put_str(msg, GWS_A_RULE_NAMESPACE, "ns");
	gws_nl_put_str(msg, GWS_A_RULE_ROUTE, "split");
	gws_nl_put_str(msg, GWS_A_RULE_NAME, "0");
	gws_nl_nest_end(msg, nest);
	gws_nl_put_str(msg, GWS_A_REC_BACKEND, "ns/foo:80");
}

static void put_places(struct gws_nl_msg *msg)
{
	gws_nl_put_data(msg, GWS_A_REC_CLIENT, client, sizeof(client));
	gws_nl_put_u16(msg, GWS_A_REC_CLIENT_PORT, 40000);
	gws_nl_put_data(msg, GWS_A_REC_DESTINATION, client, sizeof(client));
	gws_nl_put_u16(msg, GWS_A_REC_DESTINATION_PORT, 80);
	gws_nl_put_data(msg, GWS_A_REC_UPSTREAM, pod, sizeof(pod));
	gws_nl_put_u16(msg, GWS_A_REC_UPSTREAM_PORT, 8080);
}

/* A request as it should be. */
static void put_whole(struct gws_nl_msg *msg)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_RECORD);

	gws_nl_put_u64(msg, GWS_A_REC_TIME, 1700000000123456789ULL);
	gws_nl_put_u64(msg, GWS_A_REC_DURATION, 12345);
	gws_nl_put_u64(msg, GWS_A_REC_RESPONSE, 50);
	gws_nl_put_u64(msg, GWS_A_REC_BYTES_RX, 78);
	gws_nl_put_u64(msg, GWS_A_REC_BYTES_TX, 5000000000ULL);
	gws_nl_put_u16(msg, GWS_A_REC_STATUS, 200);
	gws_nl_put_u16(msg, GWS_A_REC_TRIES, 2);
	gws_nl_put_u8(msg, GWS_A_REC_MINOR, 1);
	put_places(msg);
	gws_nl_put_str(msg, GWS_A_REC_METHOD, "GET");
	gws_nl_put_str(msg, GWS_A_REC_AUTHORITY, "a.example:80");
	gws_nl_put_str(msg, GWS_A_REC_TARGET, "/x?q=\"1\"");
	gws_nl_put_str(msg, GWS_A_REC_AGENT, "curl\t\xff\xc3\xa4\x1b[0m");
	gws_nl_put_u32(msg, GWS_A_REC_CUT, 1u << 2);
	put_listener(msg);
	put_rule(msg);
	gws_nl_nest_end(msg, nest);
}

/* A head that was refused. */
static void put_refused(struct gws_nl_msg *msg)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_RECORD);

	gws_nl_put_u16(msg, GWS_A_REC_STATUS, 400);
	gws_nl_put_str(msg, GWS_A_REC_REASON, "bare_lf");
	gws_nl_put_data(msg, GWS_A_REC_CLIENT, client, sizeof(client));
	gws_nl_put_u16(msg, GWS_A_REC_CLIENT_PORT, 1);
	gws_nl_nest_end(msg, nest);
}

/* A request that no rule took. */
static void put_unrouted(struct gws_nl_msg *msg)
{
	struct nlattr *nest = gws_nl_nest_begin(msg, GWS_A_RECORD);

	gws_nl_put_u16(msg, GWS_A_REC_STATUS, 404);
	gws_nl_put_str(msg, GWS_A_REC_REASON, "no_rule");
	gws_nl_put_data(msg, GWS_A_REC_CLIENT, client, sizeof(client));
	gws_nl_put_u16(msg, GWS_A_REC_CLIENT_PORT, 1);
	put_listener(msg);
	gws_nl_nest_end(msg, nest);
}

struct fixture {
	struct gws_arena *arena;
	struct gws_msg_log log;
};

static int setup(void **state)
{
	struct gws_nl_msg *msg = gws_nl_msg_new(GWS_CMD_LOG);
	struct fixture *f = calloc(1, sizeof(*f));
	struct gws_attrs attrs;

	gws_nl_put_u64(msg, GWS_A_LOG_LOST, 3);
	put_whole(msg);
	put_refused(msg);
	put_unrouted(msg);
	attrs = gws_nl_msg_attrs(msg);
	f->arena = gws_arena_create();
	assert_int_equal(gws_msg_get_log(&attrs, f->arena, &f->log), 0);
	gws_nl_msg_free(msg);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gws_arena_destroy(f->arena);
	free(f);
	return 0;
}

static char *line(void (*put)(FILE *out, const struct gws_msg_record *record),
		  const struct gws_msg_record *record)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	put(out, record);
	fclose(out);
	return text;
}

static void test_text(void **state)
{
	struct fixture *f = *state;
	char *text = line(gws_record_text, &f->log.records[0]);

	assert_string_equal(text,
		"[2023-11-14T22:13:20.123456Z] \"GET /x?q=\\\"1\\\" HTTP/1.1\" 200 - "
		"78 5000000000 12.345 0.050 \"-\" "
		"\"curl\\x09\\xff\\xc3\\xa4\\x1b[0m\" \"-\" \"a.example:80\" "
		"\"[fd00::7]:8080\" 192.0.2.2:40000 - "
		"httproute/ns/split/rule/0 ns/foo:80\n");
	free(text);
	text = line(gws_record_text, &f->log.records[1]);
	assert_string_equal(text,
		"[1970-01-01T00:00:00.000000Z] \"- - -\" 400 DPE 0 0 0.000 - "
		"\"-\" \"-\" \"-\" \"-\" \"-\" 192.0.2.2:1 bare_lf - -\n");
	free(text);
}

static void test_json(void **state)
{
	struct fixture *f = *state;
	char *text = line(gws_record_json, &f->log.records[0]);

	assert_string_equal(text,
		"{\"start_time\":\"2023-11-14T22:13:20.123456Z\","
		"\"method\":\"GET\",\"path\":\"/x?q=\\\"1\\\"\","
		"\"x-envoy-origin-path\":\"/x?q=\\\"1\\\"\","
		"\"protocol\":\"HTTP/1.1\",\"response_code\":200,"
		"\"response_flags\":\"-\",\"response_code_details\":null,"
		"\"connection_termination_details\":null,"
		"\"bytes_received\":78,\"bytes_sent\":5000000000,"
		"\"duration\":12.345,\"upstream_service_time\":0.050,"
		"\"x-forwarded-for\":null,"
		"\"user-agent\":\"curl\\u0009\\ufffd\xc3\xa4\\u001b[0m\","
		"\"referer\":null,\"x-request-id\":null,"
		"\":authority\":\"a.example:80\","
		"\"downstream_remote_address\":\"192.0.2.2:40000\","
		"\"downstream_local_address\":\"192.0.2.2:80\","
		"\"upstream_host\":\"[fd00::7]:8080\","
		"\"upstream_request_attempt_count\":2,"
		"\"requested_server_name\":null,"
		"\"gateway\":\"gw/web\",\"listener\":\"http\","
		"\"route_name\":\"httproute/ns/split/rule/0\","
		"\"upstream_cluster\":\"ns/foo:80\",\"truncated\":[\"path\"]}\n");
	free(text);
}

/* Whose listener it was is known, although no route is. */
static void test_unrouted(void **state)
{
	struct fixture *f = *state;
	char *text = line(gws_record_json, &f->log.records[2]);

	assert_non_null(strstr(text, "\"gateway\":\"gw/web\","
				     "\"listener\":\"http\",\"route_name\":null,"
				     "\"upstream_cluster\":null"));
	free(text);
	text = line(gws_record_json, &f->log.records[1]);
	assert_non_null(strstr(text, "\"gateway\":null,\"listener\":null,"));
	free(text);
}

/* Of both records the same keys, so that a column is a column. */
static void test_same_keys(void **state)
{
	struct fixture *f = *state;
	char *whole = line(gws_record_json, &f->log.records[0]);
	char *refused = line(gws_record_json, &f->log.records[1]);
	cJSON *a = cJSON_Parse(whole), *b = cJSON_Parse(refused);
	const cJSON *left, *right;

	assert_non_null(a);
	assert_non_null(b);
	for (left = a->child, right = b->child; left && right;
	     left = left->next, right = right->next)
		assert_string_equal(left->string, right->string);
	assert_null(left);
	assert_null(right);
	cJSON_Delete(a);
	cJSON_Delete(b);
	free(whole);
	free(refused);
}

/* What is no UTF-8 becomes U+FFFD, octet for octet; what is stays. */
static void test_utf8(void **state)
{
	static const char *const cases[][2] = {
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xc0\xaf", "\\ufffd\\ufffd" },		/* too long */
		{ "\xe0\x80\xaf", "\\ufffd\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },	/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\xe2\x82", "\\ufffd\\ufffd" },		/* cut */
		{ "\xf0\x9f\x98", "\\ufffd\\ufffd\\ufffd" },
		{ "\x7f\\", "\\u007f\\\\" },
		/* What a terminal may act on is named. */
		{ "\xc2\x80\xc2\x9b" "31m\xc2\x9f", "\\u0080\\u009b31m\\u009f" },
		{ "\xc2\xa0\xc2\xbf", "\xc2\xa0\xc2\xbf" },
		{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf",
		  "\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaf" },
		{ "\xe2\x80\xaa\xe2\x80\xae\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f",
		  "\\u202a\\u202e\xe2\x80\x8d\\u200e\\u200f" },
		{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa\xd8\x9c",
		  "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa\\u061c" },
		{ "\xc2", "\\ufffd" },
	};
	struct gws_msg_record record = { .client.len = 4 };
	char want[128], *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		record.agent = cases[i][0];
		text = line(gws_record_json, &record);
		snprintf(want, sizeof(want), "\"user-agent\":\"%s\",",
			 cases[i][1]);
		if (!strstr(text, want))
			fail_msg("case %zu: no %s in %s", i, want, text);
		free(text);
	}
}

static void test_lost(void **state)
{
	struct fixture *f = *state;
	struct gws_nl_msg *msg = gws_nl_msg_new(GWS_CMD_LOG);
	struct gws_attrs attrs = gws_nl_msg_attrs(msg);
	struct gws_msg_log log = { 0 };

	assert_int_equal(f->log.lost, 3);
	assert_int_equal(f->log.n_records, 3);
	/* The number is never left out. */
	assert_int_equal(gws_msg_get_log(&attrs, f->arena, &log), -EBADMSG);
	gws_nl_msg_free(msg);
}

/* Every reason that the module has is known here. */
static void test_flags(void **state)
{
	static const char *const reasons[] = {
#define X(name) #name,
		GWS_REASON_LIST(X)
#undef X
	};
	size_t i;

	(void)state;
	assert_string_equal(gws_record_flag(NULL), "-");
	assert_string_equal(gws_record_flag("bare_lf"), "DPE");
	assert_string_equal(gws_record_flag("no_endpoint"), "UH");
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		/* Copies of requests have no records. */
		if (!strncmp(reasons[i], "mirror_", 7))
			continue;
		if (!strcmp(gws_record_flag(reasons[i]), "DPE") &&
		    strcmp(reasons[i], "body_malformed") &&
		    strcmp(reasons[i], "proxy_header"))
			fail_msg("%s is missing in record.c", reasons[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unrouted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_keys, setup, teardown),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
