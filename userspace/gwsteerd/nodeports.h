/* SPDX-License-Identifier: MIT */
/*
 * NodePorts that no Service in the manifests fixes: derived from namespace,
 * name and port of the Gateway's listener, and remembered, so that they are the
 * same after a restart and in any order of files.
 */
#ifndef GWS_NODEPORTS_H
#define GWS_NODEPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>

#define GWS_NODEPORT_MIN 30000
#define GWS_NODEPORT_MAX 32767

struct gws_nodeports;

struct gws_nodeports *gws_nodeports_create(void);
void gws_nodeports_destroy(struct gws_nodeports *ports);

/*
 * gws_nodeports_load - read what gws_nodeports_save() wrote.
 * Returns 0, also when there is no such file; -EINVAL when it is not ours
 * (@ports is then empty); or the errno of open(2) or read(2).
 */
int gws_nodeports_load(struct gws_nodeports *ports, const char *path);

/* gws_nodeports_save - atomically (write, fsync, rename). 0 or -errno. */
int gws_nodeports_save(struct gws_nodeports *ports, const char *path);

/* True when something was added or dropped since load, create or save. */
bool gws_nodeports_dirty(const struct gws_nodeports *ports);

/*
 * One resolution: begin, fix() for every port that a Service fixes or uses,
 * then get() for the others in an order that does not depend on files.
 * A port of a Gateway that is gone may be given to another one.
 */
void gws_nodeports_begin(struct gws_nodeports *ports);

/* gws_nodeports_fix - returns false when @port is taken in this resolution. */
bool gws_nodeports_fix(struct gws_nodeports *ports, uint16_t port);

/* gws_nodeports_get - the port of @namespace/@gateway's @port; 0: none left. */
uint16_t gws_nodeports_get(struct gws_nodeports *ports, const char *namespace,
			   const char *gateway, uint16_t port);

#endif
