/* SPDX-License-Identifier: MIT */
#ifndef GWS_VIPS_H
#define GWS_VIPS_H

struct gws_ir;

/*
 * gws_vips_route - see to it that the node has a route to every address that
 * is a Gateway's own, and none of ours to another. @ir NULL: there is none.
 * Returns 0 or what gws_routes_sync() does.
 */
int gws_vips_route(const struct gws_ir *ir);

#endif
