/* SPDX-License-Identifier: MIT */
/*
 * What is written in JSON in a way that YAML does not know.
 */
#ifndef GWS_JSON_ESCAPE_H
#define GWS_JSON_ESCAPE_H

#include <stddef.h>

/*
 * gws_json_escapes - a JSON object with characters beyond U+FFFF escaped as two
 * surrogates (RFC 8259, 7), which libyaml refuses, respelt with YAML's own
 * escape. No line moves.
 * @len: of @text, then of the result
 *
 * Returns the new text, for free(3), or NULL when @text is no JSON object or
 * has nothing to respell.
 */
char *gws_json_escapes(const char *text, size_t *len);

#endif
