/* SPDX-License-Identifier: MIT */
/* Records of the access log as lines. */
#ifndef GWS_RECORD_H
#define GWS_RECORD_H

#include <stdio.h>

#include "msg.h"

/*
 * Envoy's names and order, so that what reads its logs reads these; texts of
 * clients are escaped, so a line is a line. What is not known is "-" in a text,
 * null in JSON.
 */
void gws_record_text(FILE *out, const struct gws_msg_record *record);
/* An object on a line of its own. */
void gws_record_json(FILE *out, const struct gws_msg_record *record);

/*
 * Envoy's response flag for a reason of the module, "-" for NULL and for reasons
 * that have none; what is not a reason of ours is an error of the HTTP parser.
 */
const char *gws_record_flag(const char *reason);

#endif /* GWS_RECORD_H */
