/* SPDX-License-Identifier: MIT */
#ifndef GWS_PATH_H
#define GWS_PATH_H

struct gws_arena;

/*
 * gws_path_normalise - the normal form in which the kernel compares paths
 * (RFC 3986 6.2.2). Returns NULL when there is none.
 */
const char *gws_path_normalise(struct gws_arena *arena, const char *path);

#endif
