// SPDX-License-Identifier: MIT
/*
 * What the module would say of a limit and its value, for who must know before
 * there is a module.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"

/* tests/style.sh compares them with the module's. */
static const struct gws_limit limits[] = {
	{ "backlog", 16, 65535 },
	{ "body_rate", 0, 1048576 },
	{ "close_timeout", 100, 600000 },
	{ "connect_timeout", 100, 600000 },
	{ "connections", 1, 1048576 },
	{ "endpoint_connections", 1, 65536 },
	{ "endpoint_idle", 0, 65536 },
	{ "head_bytes", 256, 16384 },
	{ "head_fields", 1, 100 },
	{ "head_timeout", 100, 600000 },
	{ "idle_timeout", 100, 3600000 },
	{ "log_buffer", 4096, 67108864 },
	{ "memory_percent", 1, 100 },
	{ "mirrors", 0, 65536 },
	{ "read_rate", 0, 1048576 },
	{ "response_timeout", 100, 3600000 },
	{ "set_aside", 0, 600000 },
	{ "socket_buffer", 16384, 4194304 },
	{ "source_connections", 1, 1048576 },
	{ "stall_timeout", 100, 3600000 },
	{ "tunnel_timeout", 1000, 86400000 },
	{ "upstream_idle_timeout", 100, 3600000 },
};

const struct gws_limit *gws_limit_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strlen(limits[i].name) == len &&
		    !memcmp(limits[i].name, name, len))
			return &limits[i];
	return NULL;
}

int gws_limit_read(const struct gws_limit *limit, const char *text,
		   uint64_t *value)
{
	/* No limit has as many digits, and strtoull() none that do not fit. */
	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 18)
		return -EINVAL;
	*value = strtoull(text, NULL, 10);
	return *value < limit->min || *value > limit->max ? -ERANGE : 0;
}
