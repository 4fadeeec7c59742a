// SPDX-License-Identifier: MIT
/*
 * The formats of strings in the Gateway API and in Kubernetes' own kinds.
 */
#define _GNU_SOURCE /* memmem(), timegm() */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/ip.h"
#include "schema.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS LOWER UPPER
/* RFC 3986: unreserved and sub-delims. */
#define PATH_CHARS LETTERS DIGITS "-._~!$&'()*+,;="

static bool among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* @ends at both ends, @inside too in between, not empty. */
static bool is_word(const char *text, size_t len, const char *ends,
		    const char *inside)
{
	size_t i;

	if (!len || !among(text[0], ends) || !among(text[len - 1], ends))
		return false;
	for (i = 1; i + 1 < len; i++)
		if (!among(text[i], ends) && !among(text[i], inside))
			return false;
	return true;
}

static bool is_subdomain(const char *text, size_t len)
{
	const char *dot;
	size_t n;

	for (;; text += n + 1, len -= n + 1) {
		dot = memchr(text, '.', len);
		n = dot ? (size_t)(dot - text) : len;
		if (!is_word(text, n, LOWER DIGITS, "-"))
			return false;
		if (!dot)
			return true;
	}
}

const char *gws_format_label(const char *text)
{
	if (is_word(text, strlen(text), LOWER DIGITS, "-"))
		return NULL;
	return "must be a label of a-z, 0-9 and \"-\", no \"-\" at its ends";
}

const char *gws_format_subdomain(const char *text)
{
	if (is_subdomain(text, strlen(text)))
		return NULL;
	return "must be a name of a-z, 0-9, \"-\" and \".\" as in DNS";
}

const char *gws_format_hostname(const char *text)
{
	const char *name = strncmp(text, "*.", 2) ? text : text + 2;

	if (is_subdomain(name, strlen(name)))
		return NULL;
	return "must be a lower-case DNS name, or one after \"*.\"";
}

const char *gws_format_group(const char *text)
{
	if (!*text || is_subdomain(text, strlen(text)))
		return NULL;
	return "must be an API group, such as \"gateway.networking.k8s.io\"";
}

const char *gws_format_kind(const char *text)
{
	if (among(text[0], LETTERS) &&
	    is_word(text, strlen(text), LETTERS DIGITS, "-"))
		return NULL;
	return "must be a kind, such as \"Service\"";
}

/* A subdomain, "/", and a path of @chars. */
static bool is_domain_path(const char *text, const char *chars)
{
	const char *slash = strchr(text, '/');

	return slash && is_subdomain(text, (size_t)(slash - text)) &&
	       slash[1] && slash[1 + strspn(slash + 1, chars)] == '\0';
}

const char *gws_format_controller(const char *text)
{
	if (is_domain_path(text, PATH_CHARS "/%:"))
		return NULL;
	return "must be a domain and a path, such as \"example.com/name\"";
}

const char *gws_format_protocol(const char *text)
{
	if (is_word(text, strlen(text), LETTERS DIGITS, "-") ||
	    is_domain_path(text, LETTERS DIGITS))
		return NULL;
	return "must be a protocol, such as \"HTTP\" or \"example.com/name\"";
}

const char *gws_format_address_type(const char *text)
{
	if (!strcmp(text, "Hostname") || !strcmp(text, "IPAddress") ||
	    !strcmp(text, "NamedAddress") ||
	    is_domain_path(text, PATH_CHARS "/%:"))
		return NULL;
	return "must be IPAddress, Hostname, NamedAddress or \"example.com/name\"";
}

const char *gws_format_header(const char *text)
{
	if (*text && !text[strspn(text, LETTERS DIGITS "!#$%&'*+-.^_`|~")])
		return NULL;
	return "must be a token of RFC 9110: letters, digits and !#$%&'*+-.^_`|~";
}

/* ([0-9]{1,5}(h|m|s|ms)){1,4} */
const char *gws_format_duration(const char *text)
{
	static const char wrong[] =
		"must be a duration, such as \"1h\", \"10s\" or \"250ms\"";
	int parts = 0;
	size_t n;

	for (; *text && parts <= 4; parts++) {
		n = strspn(text, DIGITS);
		text += n;
		if (n < 1 || n > 5 || !among(*text, "hms"))
			return wrong;
		text += text[0] == 'm' && text[1] == 's' ? 2 : 1;
	}
	return parts >= 1 && parts <= 4 ? NULL : wrong;
}

long long gws_duration_ms(const char *text)
{
	long long sum = 0, n;
	char *end;

	while (*text) {
		n = strtoll(text, &end, 10);
		if (end[0] == 'm' && end[1] == 's')
			end++;
		else
			n *= *end == 'h' ? 3600000 : *end == 'm' ? 60000 : 1000;
		sum += n;
		text = end + 1;
	}
	return sum;
}

/* Whether @text starts as @shape, where 0 is any digit. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; text++, shape++)
		if (*shape == '0' ? !among(*text, DIGITS) : *text != *shape)
			return false;
	return true;
}

/* What follows the seconds of a time, and their fraction. */
static const char *zone_of(const char *text)
{
	const char *zone = text + strlen("0000-00-00T00:00:00");

	return *zone == '.' ? zone + 1 + strspn(zone + 1, DIGITS) : zone;
}

/* Of the date and the time of day alone. */
static time_t local_seconds(const char *text)
{
	struct tm tm = { 0 };

	sscanf(text, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
	       &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return timegm(&tm);
}

long long gws_time_seconds(const char *text)
{
	const char *zone = zone_of(text);
	int hours = 0, minutes = 0;
	long long offset;

	if (*zone != 'Z')
		sscanf(zone + 1, "%d:%d", &hours, &minutes);
	offset = (hours * 60 + minutes) * 60;
	return local_seconds(text) - (*zone == '-' ? -offset : offset);
}

/* Two digits alone make no month and no day: timegm() would carry them over. */
static bool is_calendar_time(const char *text)
{
	time_t seconds = local_seconds(text);
	char again[32] = "";
	struct tm tm;

	return gmtime_r(&seconds, &tm) &&
	       strftime(again, sizeof(again), "%Y-%m-%dT%H:%M:%S", &tm) &&
	       !strncmp(again, text, strlen(again));
}

static bool is_zone(const char *text)
{
	return !strcmp(text, "Z") ||
	       ((has_shape(text, "+00:00") || has_shape(text, "-00:00")) &&
		!text[6]);
}

const char *gws_format_time(const char *text)
{
	const char *zone = NULL;

	if (has_shape(text, "0000-00-00T00:00:00"))
		zone = zone_of(text);
	if (zone && zone[-1] != '.' && is_zone(zone) && is_calendar_time(text))
		return NULL;
	return "must be a time, such as \"2026-05-01T12:00:00Z\"";
}

/* "*", or http(s)://host[:port] where the host may start with "*." or be "*". */
const char *gws_format_origin(const char *text)
{
	static const char wrong[] =
		"must be \"*\" or an origin, such as \"https://example.com\"";
	size_t n;

	if (!strcmp(text, "*"))
		return NULL;
	if (!strncmp(text, "http://", 7))
		text += 7;
	else if (!strncmp(text, "https://", 8))
		text += 8;
	else
		return wrong;
	if (!strncmp(text, "*.", 2))
		text += 2;
	else if (text[0] == '*' && (!text[1] || text[1] == ':'))
		text++;
	if (text[-1] != '*') {
		n = strspn(text, LETTERS DIGITS "-.");
		if (!n || text[0] == '.' || text[n - 1] == '.' ||
		    memmem(text, n, "..", 2))
			return wrong;
		text += n;
	}
	if (*text == ':') {
		n = strspn(text + 1, DIGITS);
		text += 1 + n;
		if (n < 1 || n > 5)
			return wrong;
	}
	return *text ? wrong : NULL;
}

const char *gws_format_label_value(const char *text)
{
	if (!*text || is_word(text, strlen(text), LETTERS DIGITS, "-_."))
		return NULL;
	return "must be a label value: letters, digits, \"-\", \"_\" and \".\"";
}

const char *gws_format_path(const char *text)
{
	for (; *text; text++) {
		if (among(*text, PATH_CHARS "/:@"))
			continue;
		if (*text != '%' || !among(text[1], DIGITS "abcdefABCDEF") ||
		    !among(text[2], DIGITS "abcdefABCDEF"))
			return "must have only characters of a URL path";
		text += 2;
	}
	return NULL;
}

const char *gws_format_ip(const char *text)
{
	struct gws_ip ip;

	return gws_ip_parse(text, &ip) ? "must be an IP address" : NULL;
}

const char *gws_format_cluster_ip(const char *text)
{
	if (!*text || !strcmp(text, "None") || !gws_format_ip(text))
		return NULL;
	return "must be an IP address or \"None\"";
}
