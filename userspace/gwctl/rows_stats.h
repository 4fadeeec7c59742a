/* SPDX-License-Identifier: MIT */
#ifndef GWS_ROWS_STATS_H
#define GWS_ROWS_STATS_H

#include "rows.h"

bool gws_stats_same_rule(const struct gws_msg_stat *a,
			 const struct gws_msg_stat *b);

/* By route, then rule, Gateway and backend. */
void gws_stats_sort(const struct gws_view *view);

/* The same one among others that are sorted so; NULL: it is not there. */
const struct gws_msg_stat *gws_stats_find(const struct gws_msg_stat *stats,
					  size_t n,
					  const struct gws_msg_stat *like);

/*
 * Rows of backends, and of rules that have none: those count what the rule
 * answered itself. Of a sorted view. @seconds: in which it was counted, for rates; 0: none.
 */
cJSON *gws_stats_backends(const struct gws_view *view, double seconds);

/* What rules counted as a whole, answers of their own included; @seconds as there. */
cJSON *gws_stats_rules(const struct gws_view *view, double seconds);

#endif /* GWS_ROWS_STATS_H */
