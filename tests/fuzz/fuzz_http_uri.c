// SPDX-License-Identifier: MIT
/*
 * Normal forms of paths and hosts: what RFC 3986 says, done the slow way, comes
 * out the same; a normal form stays as it is and is never longer. The input is
 * taken as a path behind its first '/', and as a host.
 */
#include <arpa/inet.h>

#include "fuzz.h"
#include "http_uri.h"

#define HEX	"0123456789abcdefABCDEF"
#define DIGITS	"0123456789"
#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* RFC 3986 6.2.2.1, 6.2.2.2: the length in @out, or 0 when an escape is wrong. */
static size_t decode(const char *raw, size_t len, char *out)
{
	char digits[3] = "";
	size_t n = 0, i;
	int c;

	for (i = 0; i < len; i++) {
		if (raw[i] != '%') {
			out[n++] = raw[i];
			continue;
		}
		if (len - i < 3)
			return 0;
		memcpy(digits, raw + i + 1, 2);
		c = strspn(digits, HEX) == 2 ? strtol(digits, NULL, 16) : 0;
		if (!c)
			return 0;
		i += 2;
		if (among(c, LETTERS DIGITS "-._~"))
			out[n++] = c;
		else
			n += sprintf(out + n, "%%%02X", c);
	}
	return n;
}

static bool begins(const char *in, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(in, with, strlen(with));
}

/* RFC 3986 5.2.4: takes the last element and its '/' off @out. */
static size_t without_last(const char *out, size_t n)
{
	while (n && out[n - 1] != '/')
		n--;
	return n ? n - 1 : 0;
}

/* RFC 3986 5.2.4, of a path that begins with '/'. */
static size_t remove_dots(char *in, size_t len, char *out)
{
	size_t n = 0, element;
	bool up;

	while (len) {
		up = begins(in, len, "/../") || (len == 3 && begins(in, 3, "/.."));
		if (up)
			n = without_last(out, n);
		if (up || begins(in, len, "/./") ||
		    (len == 2 && begins(in, 2, "/."))) {
			element = up ? 3 : 2;
			/* At the end the '/' stays. */
			if (element == len)
				element--;
			in += element;
			len -= element;
			in[0] = '/';
			continue;
		}
		for (element = 1; element < len && in[element] != '/';)
			element++;
		memcpy(out + n, in, element);
		n += element;
		in += element;
		len -= element;
	}
	return n;
}

static void check_same(struct gws_str got, const char *want, size_t len)
{
	MUST(got.len == len && !memcmp(got.p, want, len));
}

static void check_path(struct gws_str raw)
{
	char *decoded = fuzz_copy("", 0, raw.len + 1, 0);
	char *want = fuzz_copy("", 0, raw.len, 0);
	char *out = fuzz_copy("", 0, raw.len, 0);
	size_t len = decode(raw.p, raw.len, decoded);
	struct gws_str path, again;
	int rc = gws_http_path_normalise(raw, out, raw.len, &path);

	if (len)
		len = remove_dots(decoded, len, want);
	MUST(rc == (len ? 0 : -GWS_HTTP_E_path_bad));
	if (!rc) {
		check_same(path, want, len);
		MUST(path.len <= raw.len && path.p[0] == '/');
		MUST(!gws_http_path_normalise(path, decoded, path.len, &again));
		check_same(again, want, len);
	}
	/* With less room: an error, or nothing was to be written. */
	if (!gws_http_path_normalise(raw, NULL, 0, &again))
		MUST(again.p == raw.p && gws_str_eq(again, path));
	free(out);
	free(want);
	free(decoded);
}

static bool port_ok(const char *text)
{
	size_t digits;

	if (!*text)
		return true;
	digits = strspn(text + 1, DIGITS);
	return *text == ':' && digits <= 5 && !text[1 + digits] &&
	       atoi(text + 1) <= 65535;
}

/* The length of the name that @host begins with, 0 when it is none. */
static size_t name_len(const char *host)
{
	char address[INET6_ADDRSTRLEN] = "";
	struct in6_addr bytes;
	size_t n;

	if (*host == '[') {
		n = strspn(host + 1, HEX ":.") + 2;
		if (n > sizeof(address) || host[n - 1] != ']')
			return 0;
		memcpy(address, host + 1, n - 2);
		if (inet_pton(AF_INET6, address, &bytes) != 1)
			return 0;
	} else {
		n = strspn(host, LETTERS DIGITS "-._");
	}
	if (!port_ok(host + n))
		return 0;
	return n && host[n - 1] == '.' ? n - 1 : n;
}

static void check_host(struct gws_str raw)
{
	char *want = fuzz_copy(raw.p, raw.len, 1, 0);
	char *out = fuzz_copy("", 0, raw.len, 0);
	struct gws_str host, again;
	size_t len = name_len(want), i;
	int rc = gws_http_host_normalise(raw, out, raw.len, &host);

	/* What is behind a NUL was not looked at. */
	if (strlen(want) != raw.len || raw.len > GWS_HOST_MAX ||
	    len > GWS_HOST_NAME_MAX)
		len = 0;
	MUST(rc == (len || !raw.len ? 0 : -GWS_HTTP_E_host_bad));
	for (i = 0; i < len; i++)
		want[i] = gws_lower(want[i]);
	if (!rc) {
		check_same(host, want, len);
		MUST(gws_http_host_normalise(raw, NULL, 0, &again) ||
		     again.p == raw.p);
	}
	free(out);
	free(want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = fuzz_copy("/", 1, size, 0), *host;

	memcpy(path + 1, data, size);
	check_path((struct gws_str){ path, size + 1 });
	host = fuzz_copy(data, size, 0, 0);
	check_host((struct gws_str){ host, size });
	free(host);
	free(path);
	return 0;
}
