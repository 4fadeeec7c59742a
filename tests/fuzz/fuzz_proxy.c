// SPDX-License-Identifier: MIT
/*
 * PROXY headers: what was accepted is accepted whatever comes behind it, and no
 * part of it is, nor is refused. Addresses as text: the same ones as inet_pton()
 * takes, but that IPv4 written as IPv6 is IPv4.
 */
#include <arpa/inet.h>
#include "fuzz.h"
#include "limits.h"
#include "proxy.h"

static int parse(const void *data, size_t len, struct gws_proxy *proxy)
{
	char *copy = fuzz_copy(data, len, 0, 0);
	int rc = gws_proxy_parse(copy, len, proxy);

	free(copy);
	return rc;
}

static void check_header(const uint8_t *data, size_t size)
{
	struct gws_proxy proxy, again;
	int rc = parse(data, size, &proxy), part;
	int i;

	MUST(rc >= 0 || rc == -EINVAL);
	MUST(rc <= (int)size && rc <= GWS_PROXY_MAX);
	if (rc <= 0)
		return;
	MUST(!proxy.from.len == !proxy.to.len);
	MUST(parse(data, rc, &again) == rc);
	MUST(!memcmp(&proxy, &again, sizeof(proxy)));
	for (i = 0; i < rc; i++) {
		part = parse(data, i, &again);
		MUST(!part);
	}
}

static void check_address(const uint8_t *data, size_t size)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char *text = fuzz_copy(data, size, 1, 0), *exact;
	uint8_t want[16] = { 0 };
	struct gws_inet ip;
	unsigned int len = 0;
	bool ok;

	if (strlen(text) == size && inet_pton(AF_INET, text, want) == 1) {
		len = 4;
	} else if (strlen(text) == size &&
		   inet_pton(AF_INET6, text, want) == 1) {
		len = 16;
		if (!memcmp(want, mapped, sizeof(mapped))) {
			len = 4;
			memcpy(want, want + 12, 4);
		}
	}
	exact = fuzz_copy(data, size, 0, 0);
	ok = gws_inet_parse((struct gws_str){ exact, size }, &ip);
	MUST(ok == !!len);
	MUST(!ok || (ip.len == len && !memcmp(ip.bytes, want, len)));
	free(exact);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_header(data, size);
	check_address(data, size);
	return 0;
}
