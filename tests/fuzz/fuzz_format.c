// SPDX-License-Identifier: MIT
/*
 * Formats of strings: what a regular expression for the same grammar says.
 * Addresses and prefixes: their text is read as the same address again, and a
 * prefix contains what shares its bits. The first byte says which.
 */
#include "../../userspace/gwsteerd/schema.h"
#include "../../userspace/lib/ip.h"
#include "fuzz_pattern.h"

#define LABEL	"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define DOMAIN	LABEL "(\\." LABEL ")*"
/* RFC 3986: of a path's value, and of a controller's name. */
#define PCHAR	"[-A-Za-z0-9._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2}"
#define PATH	"/[-A-Za-z0-9/%._~!$&'()*+,;=:]+"
#define NAME	"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?"

static struct {
	const char *(*format)(const char *text);
	struct fuzz_pattern pattern;
} formats[] = {
	{ gws_format_label, { .text = "^" LABEL "$" } },
	{ gws_format_subdomain, { .text = "^" DOMAIN "$" } },
	{ gws_format_hostname, { .text = "^(\\*\\.)?" DOMAIN "$" } },
	{ gws_format_group, { .text = "^(" DOMAIN ")?$" } },
	{ gws_format_kind, { .text = "^" NAME "$" } },
	{ gws_format_controller, { .text = "^" DOMAIN PATH "$" } },
	{ gws_format_protocol, { .text =
		"^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?|" DOMAIN
		"/[A-Za-z0-9]+)$" } },
	{ gws_format_address_type, { .text =
		"^(Hostname|IPAddress|NamedAddress|" DOMAIN PATH ")$" } },
	{ gws_format_header, { .text = "^[-A-Za-z0-9!#$%&'*+.^_`|~]+$" } },
	{ gws_format_duration, { .text = "^([0-9]{1,5}(h|m|s|ms)){1,4}$" } },
	{ gws_format_origin, { .text =
		"^(\\*|https?://(\\*|(\\*\\.)?[-A-Za-z0-9]+(\\.[-A-Za-z0-9]+)*)"
		"(:[0-9]{1,5})?)$" } },
	{ gws_format_label_value, { .text =
		"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$" } },
	{ gws_format_path, { .text = "^(" PCHAR ")*$" } },
};

static void check_format(u32 which, const char *text)
{
	const char *wrong = formats[which].format(text);

	MUST(!wrong == fuzz_matches(&formats[which].pattern, text));
	MUST(!wrong || !strncmp(wrong, "must be ", 8) ||
	     !strncmp(wrong, "must have ", 10));
}

static u32 bit(const struct gws_ip *ip, u32 i)
{
	return ip->b[i / 8] >> (7 - i % 8) & 1;
}

static void check_cidr(const char *text, const struct gws_ip *ip)
{
	struct gws_cidr cidr;
	bool within = true;
	u32 i;

	if (gws_cidr_parse(text, &cidr))
		return;
	MUST(cidr.bits <= 8 * cidr.ip.len);
	MUST(gws_cidr_contains(&cidr, &cidr.ip));
	for (i = 0; i < cidr.bits && cidr.ip.len == ip->len; i++)
		within &= bit(&cidr.ip, i) == bit(ip, i);
	MUST(gws_cidr_contains(&cidr, ip) == (within && cidr.ip.len == ip->len));
}

static void check_address(const char *text, struct gws_ip *other)
{
	char printed[GWS_IP_TEXT];
	struct gws_ip ip, again;

	check_cidr(text, other);
	MUST(!gws_format_ip(text) == !gws_ip_parse(text, &ip));
	if (gws_ip_parse(text, &ip))
		return;
	gws_ip_text(&ip, printed);
	MUST(!gws_ip_parse(printed, &again) && !gws_ip_cmp(&ip, &again));
	MUST(gws_ip_cmp(&ip, other) == 0 ||
	     (gws_ip_cmp(&ip, other) < 0) == (gws_ip_cmp(other, &ip) > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	u32 which = fuzz_byte(&in) % (ARRAY_SIZE(formats) + 2), i;
	struct gws_ip other = { .len = which % 2 ? 4 : 16 };
	char *text;

	for (i = 0; which >= ARRAY_SIZE(formats) && i < other.len; i++)
		other.b[i] = fuzz_byte(&in);
	text = fuzz_copy(in.p, in.left, 1, 0);
	if (which < ARRAY_SIZE(formats))
		check_format(which, text);
	else
		check_address(text, &other);
	free(text);
	return 0;
}
