// SPDX-License-Identifier: MIT
/*
 * Normal forms of paths, by the very code that the kernel has for requests:
 * what a route says and what a request says meet only if both agree.
 */
#include <string.h>

#include "../lib/mem.h"
#include "path.h"

/* Names of our own, since a program may link the core itself besides. */
#define gws_http_class gws_path_class
#define gws_http_path_normalise gws_path_http_normalise
#define gws_http_host_normalise gws_path_http_host
#define gws_inet_parse gws_path_inet_parse
#define gws_inet_port gws_path_inet_port
#define gws_inet_unmap gws_path_inet_unmap
#define gws_prefix_has gws_path_prefix_has
#define gws_prefixes_have gws_path_prefixes_have
#include "../../kmod/http_chars.c"
#include "../../kmod/http_uri.c"
#include "../../kmod/inet.c"

const char *gws_path_normalise(struct gws_arena *arena, const char *path)
{
	struct gws_str raw = { path, (u32)strlen(path) }, normal;
	char *room = gws_mem_take(arena, raw.len + 1);

	if (gws_http_path_normalise(raw, room, raw.len, &normal))
		return NULL;
	memmove(room, normal.p, normal.len);
	room[normal.len] = '\0';
	return room;
}
