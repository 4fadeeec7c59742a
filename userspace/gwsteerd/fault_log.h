/* SPDX-License-Identifier: MIT */
/* Bad conditions in the daemon's log: when they come, and when they go. */
#ifndef GWS_FAULT_LOG_H
#define GWS_FAULT_LOG_H

#include <cjson/cJSON.h>

struct gws_fault_log;

struct gws_fault_log *gws_fault_log_create(void);
void gws_fault_log_destroy(struct gws_fault_log *log);

/*
 * gws_fault_log_update - says what is bad in @objects (of status.json) and was
 * not, or was for another reason, at the last call, and what is bad no more.
 */
void gws_fault_log_update(struct gws_fault_log *log, const cJSON *objects);

#endif /* GWS_FAULT_LOG_H */
