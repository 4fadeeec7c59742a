/* SPDX-License-Identifier: MIT */
/*
 * What is not as wanted, in lines for people and as an exit code.
 */
#ifndef GWS_HEALTH_H
#define GWS_HEALTH_H

#include "view.h"

struct gws_health {
	cJSON *lines;		/* strings, the gravest kind first */
	enum gws_exit code;	/* of the gravest, GWS_EXIT_OK without any */
	size_t warnings;	/* lines of that level */
};

/* An object to restrict the lines to; NULL: everything. */
struct gws_subject {
	const char *kind;	/* "Gateway" */
	const char *namespace;	/* "" for kinds without one */
	const char *name;
};

/*
 * gws_health_check - look through problems of files, refusals of the kernel,
 * conditions, backends without endpoints and ports that processes hold.
 * @live: whether ports of this machine are looked at.
 * Free with gws_health_clear().
 */
void gws_health_check(struct gws_health *health, const struct gws_view *view,
		      const struct gws_subject *subject, bool live);
void gws_health_clear(struct gws_health *health);

#endif /* GWS_HEALTH_H */
