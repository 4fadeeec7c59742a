// SPDX-License-Identifier: MIT
/*
 * The two forms of an access log. Records come by the thousand, so they are
 * written without a tree in between.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "place.h"
#include "record.h"

#define TIME_TEXT	32

/* By reason; see RESPONSE_FLAGS in Envoy's access log documentation. */
static const struct {
	const char *reason;
	const char *flag;
} flags[] = {
	{ "no_listener", "NR" },
	{ "no_host", "NR" },
	{ "no_rule", "NR" },
	{ "invalid_backend", "NC" },
	{ "no_endpoint", "UH" },
	{ "connect_failed", "UF" },
	{ "connect_timeout", "UF" },
	{ "no_port", "UF" },
	{ "connect_denied", "UF" },
	{ "plain_path_refused", "UF" },
	{ "upstream_reset", "UC" },
	{ "upstream_truncated", "UC" },
	{ "upstream_bad_response", "UPE" },
	{ "upstream_timeout", "UT" },
	{ "request_timeout", "UT" },
	{ "backend_timeout", "UT" },
	{ "tunnel_idle", "SI" },
	{ "limit_endpoint_connections", "UO" },
	{ "client_reset", "DC" },
	{ "client_stalled", "DC" },
	{ "client_timeout", "SI" },
	{ "client_slow", "SI" },
	{ "client_slow_reader", "DC" },
	{ "body_malformed", "DPE" },
	{ "slow_cut", "OM" },
	{ "no_memory", "OM" },
	/* Of connections that never come to a request, or to a further one */
	{ "client_idle", "SI" },
	{ "limit_connections", "OM" },
	{ "limit_source_connections", "OM" },
	{ "limit_memory", "OM" },
	{ "proxy_header", "DPE" },
	{ "proxy_sender", "OM" },
	{ "closing_expired", "DC" },
};

const char *gws_record_flag(const char *reason)
{
	size_t i;

	if (!reason)
		return "-";
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!strcmp(flags[i].reason, reason))
			return flags[i].flag;
	}
	return "DPE";
}

static const char *time_text(uint64_t ns, char text[TIME_TEXT])
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	size_t len;

	len = strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%S",
		       gmtime_r(&seconds, &tm));
	snprintf(text + len, TIME_TEXT - len, ".%06uZ",
		 (unsigned int)(ns % 1000000000 / 1000));
	return text;
}

static const char *protocol_of(const struct gws_msg_record *r)
{
	if (!r->has_minor)
		return NULL;
	return r->minor ? "HTTP/1.1" : "HTTP/1.0";
}

/* --- text --- */

/* Also what a terminal would act on, or what is no ASCII. */
static void put_escaped(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < ' ' || *c >= 127)
			fprintf(out, "\\x%02x", *c);
		else
			putc(*c, out);
	}
}

static void put_quoted(FILE *out, const char *text)
{
	fputs(" \"", out);
	put_escaped(out, text ? text : "-");
	putc('"', out);
}

static void put_ms(FILE *out, uint64_t us)
{
	fprintf(out, "%" PRIu64 ".%03u", us / 1000, (unsigned int)(us % 1000));
}

static void put_route(FILE *out, const struct gws_msg_record *r)
{
	fprintf(out, "%s/%s/%s/rule/%s", r->rule.kind == GWS_ROUTE_GRPC ?
		"grpcroute" : "httproute", r->rule.namespace, r->rule.route,
		r->rule.name);
}

void gws_record_text(FILE *out, const struct gws_msg_record *r)
{
	const char *protocol = protocol_of(r);
	char time[TIME_TEXT], place[GWS_PLACE_TEXT];

	fprintf(out, "[%s] \"", time_text(r->time, time));
	put_escaped(out, r->method ? r->method : "-");
	putc(' ', out);
	put_escaped(out, r->target ? r->target : "-");
	fprintf(out, " %s\" %u %s %" PRIu64 " %" PRIu64 " ",
		protocol ? protocol : "-", r->status, gws_record_flag(r->reason),
		r->bytes_rx, r->bytes_tx);
	put_ms(out, r->duration);
	putc(' ', out);
	if (r->answered)
		put_ms(out, r->response);
	else
		putc('-', out);
	put_quoted(out, r->forwarded_for);
	put_quoted(out, r->agent);
	put_quoted(out, r->request_id);
	put_quoted(out, r->authority);
	put_quoted(out, r->upstream.len ?
		   gws_place_text(&r->upstream, r->upstream_port, place) : NULL);
	/* From here on not in Envoy's default. */
	fprintf(out, " %s %s ",
		gws_place_text(&r->client, r->client_port, place),
		r->reason ? r->reason : "-");
	if (r->rule.route)
		put_route(out, r);
	else
		putc('-', out);
	fprintf(out, " %s\n", r->backend ? r->backend : "-");
}

/* --- JSON --- */

/* Bytes of the UTF-8 character at @c, 0 when it is none (RFC 3629, 4). */
static size_t utf8_len(const unsigned char *c)
{
	static const struct {
		unsigned char first, last, low, high, len;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, n;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*c < forms[i].first || *c > forms[i].last)
			continue;
		if (c[1] < forms[i].low || c[1] > forms[i].high)
			return 0;
		for (n = 2; n < forms[i].len; n++) {
			if ((c[n] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].len;
	}
	return 0;
}

/*
 * What terminals act on, and readers of lines take for their end: U+0080 to U+009F,
 * U+2028, U+2029, and those that turn text around: U+061C, U+200E, U+200F, U+202A to
 * U+202E, U+2066 to U+2069; else 0.
 */
static unsigned int utf8_control(const unsigned char *c)
{
	if (c[0] == 0xc2 && c[1] < 0xa0)
		return c[1];
	if (c[0] == 0xd8 && c[1] == 0x9c)
		return 0x061c;
	if (c[0] == 0xe2 && c[1] == 0x80 &&
	    (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)))
		return 0x2000 | (c[2] & 0x3f);
	if (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)
		return 0x2040 | (c[2] & 0x3f);
	return 0;
}

static void put_json_text(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t len;

	putc('"', out);
	for (; *c; c += len) {
		len = 1;
		if (*c == '"' || *c == '\\') {
			fprintf(out, "\\%c", *c);
		} else if (*c < ' ' || *c == 127) {
			fprintf(out, "\\u%04x", *c);
		} else if (*c < 127) {
			putc(*c, out);
		} else {
			len = utf8_len(c);
			if (len && utf8_control(c))
				fprintf(out, "\\u%04x", utf8_control(c));
			else if (len)
				fwrite(c, 1, len, out);
			else
				fputs("\\ufffd", out);
			len += !len;
		}
	}
	putc('"', out);
}

static void put_member(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	if (text)
		put_json_text(out, text);
	else
		fputs("null", out);
}

static void put_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

static void put_duration(FILE *out, const char *key, bool known, uint64_t us)
{
	fprintf(out, ",\"%s\":", key);
	if (known)
		put_ms(out, us);
	else
		fputs("null", out);
}

static void put_names(FILE *out, const struct gws_msg_record *r)
{
	/* Names of Kubernetes have nothing to be escaped. */
	if (r->gateway)
		fprintf(out, ",\"gateway\":\"%s/%s\"", r->namespace, r->gateway);
	else
		put_member(out, "gateway", NULL);
	put_member(out, "listener", r->section);
	if (r->rule.route) {
		fputs(",\"route_name\":\"", out);
		put_route(out, r);
		putc('"', out);
	} else {
		put_member(out, "route_name", NULL);
	}
	put_member(out, "upstream_cluster", r->backend);
}

/* Which of the texts above are not whole. */
static void put_cut(FILE *out, uint32_t cut)
{
	static const char *const keys[] = {
		"method", ":authority", "path", "user-agent", "referer",
		"x-forwarded-for", "x-request-id",
	};
	const char *comma = "";
	size_t i;

	fputs(",\"truncated\":[", out);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!(cut & 1u << i))
			continue;
		fprintf(out, "%s\"%s\"", comma, keys[i]);
		comma = ",";
	}
	putc(']', out);
}

void gws_record_json(FILE *out, const struct gws_msg_record *r)
{
	char time[TIME_TEXT], place[GWS_PLACE_TEXT];

	fprintf(out, "{\"start_time\":\"%s\"", time_text(r->time, time));
	put_member(out, "method", r->method);
	put_member(out, "path", r->target);
	/* No filter has changed it yet. */
	put_member(out, "x-envoy-origin-path", r->target);
	put_member(out, "protocol", protocol_of(r));
	put_number(out, "response_code", r->status);
	put_member(out, "response_flags", gws_record_flag(r->reason));
	put_member(out, "response_code_details", r->reason);
	/* Envoy's word on connections that carry no requests; we have none. */
	put_member(out, "connection_termination_details", NULL);
	put_number(out, "bytes_received", r->bytes_rx);
	put_number(out, "bytes_sent", r->bytes_tx);
	put_duration(out, "duration", true, r->duration);
	put_duration(out, "upstream_service_time", r->answered, r->response);
	put_member(out, "x-forwarded-for", r->forwarded_for);
	put_member(out, "user-agent", r->agent);
	put_member(out, "referer", r->referer);
	put_member(out, "x-request-id", r->request_id);
	put_member(out, ":authority", r->authority);
	put_member(out, "downstream_remote_address",
		   gws_place_text(&r->client, r->client_port, place));
	put_member(out, "downstream_local_address",
		   gws_place_text(&r->destination, r->destination_port, place));
	put_member(out, "upstream_host", r->upstream.len ?
		   gws_place_text(&r->upstream, r->upstream_port, place) : NULL);
	put_number(out, "upstream_request_attempt_count", r->tries);
	/* Of TLS. */
	put_member(out, "requested_server_name", NULL);
	put_names(out, r);
	put_cut(out, r->cut);
	fputs("}\n", out);
}
