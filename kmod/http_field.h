/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The header section of a message, for http_parse.c.
 */
#ifndef GWS_HTTP_FIELD_H
#define GWS_HTTP_FIELD_H

#include "http_chars.h"
#include "http_parse.h"

#define GWS_NAME_SLOTS	128

/*
 * The slot of a known name in a table, by its first sixteen bytes as words, NUL
 * behind it, any case. The factor was found by trying: no two names share one.
 */
static __always_inline u32 gws_http_name_slot(u64 first, u64 second)
{
	first |= GWS_EACH(0x20);
	second |= GWS_EACH(0x20);
	return (first + second) * 0x45e62868fcbf53b1ULL >> 57;
}

/* What the fields said, besides what is in gws_http_head. */
struct gws_http_fields {
	struct gws_str host;
	u32 via;		/* our own entries in Via */
	bool close;		/* Connection: close */
	bool keep_alive;	/* Connection: keep-alive */
	bool expect;		/* Expect: 100-continue */
	bool request;		/* in: which rules apply */
	u8 nnominated;
	/* Offsets into the head; valid below @nnominated. */
	struct {
		u16 at;
		u16 len;
	} nominated[GWS_NOMINATED_MAX];
};

/*
 * Parses header lines from @p on, up to and including the empty line. Sets
 * headers, seen, acted, content_length and upgrade of @head, whose
 * buf is set. Returns the offset behind the empty line, 0 when @win ends before
 * it, or -enum gws_http_error.
 */
int gws_http_parse_fields(const struct gws_http_window *win, const char *p,
			  struct gws_http_head *head,
			  struct gws_http_fields *fields);

/* Fields with that id decide nothing and go no further. */
void gws_http_drop(struct gws_http_head *head, enum gws_http_header_id id);

/*
 * Takes Max-Forwards out of an OPTIONS; returns one more than its value, or 0 when it
 * is not there, or is no number, and then stays.
 */
u32 gws_http_take_max_forwards(struct gws_http_head *head);

/* The known field that a backend may take @name, which is another, for; or OTHER. */
enum gws_http_header_id gws_http_disguise_of(struct gws_str name);

/* May a backend take the one for the other? */
bool gws_http_names_alike(struct gws_str a, struct gws_str b);

/* The first byte of no field value at or after @p, else win->end. */
const char *gws_http_find_line_end(const struct gws_http_window *win,
				   const char *p);

/*
 * Judges the byte at @p, win->end included, where a line should end: 1 when it
 * does, 0 when more bytes are needed to tell, or -enum gws_http_error.
 */
int gws_http_line_end(const struct gws_http_window *win, const char *p);

#endif /* GWS_HTTP_FIELD_H */
