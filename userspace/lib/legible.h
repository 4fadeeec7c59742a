/* SPDX-License-Identifier: MIT */
/*
 * Texts for people and for JSON, with parts that somebody else wrote.
 */
#ifndef GWS_LEGIBLE_H
#define GWS_LEGIBLE_H

/*
 * gws_legible - make of each control character, and of each byte that is no
 * character of UTF-8, a '?'. Quoted parts have line breaks in them, and are cut
 * at a number of bytes.
 * Returns @text.
 */
char *gws_legible(char *text);

#endif
