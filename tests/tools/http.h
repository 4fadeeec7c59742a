/* SPDX-License-Identifier: MIT */
/*
 * A strict reader of HTTP/1 messages (RFC 9112). It takes nothing that a
 * careful sender would not write, so that a proxy between the two tools is
 * caught at every liberty. Shares no code with the system under test.
 */
#ifndef GWS_TOOLS_HTTP_H
#define GWS_TOOLS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HTTP_MAX_FIELDS = 128 };

struct str {
	const char *p;
	size_t len;
};

struct http_field {
	struct str name;
	struct str value;
};

struct http_head {
	struct str method;	/* of a request */
	struct str target;
	int status;		/* of a response */
	int minor;		/* HTTP/1.minor */
	struct http_field fields[HTTP_MAX_FIELDS];
	int nfields;
	bool chunked;
	bool has_length;
	uint64_t length;
	bool close;		/* Connection: close, or HTTP/1.0 without keep-alive */
	bool expect;		/* Expect: 100-continue */
};

/*
 * Both return the octets of the head, its empty line included, 0 when more is
 * needed, -1 when it is malformed; *why then says what is wrong. The spans
 * point into @data.
 */
ssize_t http_parse_request(const char *data, size_t len, struct http_head *h,
			   const char **why);
ssize_t http_parse_response(const char *data, size_t len, struct http_head *h,
			    const char **why);

/* The value of the first field of that name, or {NULL, 0}. */
struct str http_field(const struct http_head *h, const char *name);
bool str_is(struct str s, const char *literal);
bool str_is_nocase(struct str s, const char *literal);
/* Decimal digits only, at most 19 of them. */
bool str_number(struct str s, uint64_t *value);

enum chunk_state {
	CHUNK_SIZE,
	CHUNK_EXT,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_LINE,		/* start of a trailer line or of the empty one */
	CHUNK_TRAILER,
	CHUNK_TRAILER_LF,
	CHUNK_END_LF,
	CHUNK_DONE,
};

struct chunk {
	enum chunk_state state;
	uint64_t left;
	int digits;
	int trailers;		/* lines seen */
};

/*
 * Reads on in a chunked body. Returns the octets consumed (0: needs more or is
 * done), -1 when malformed. At most one span of payload is given back.
 */
ssize_t chunk_decode(struct chunk *c, const char *in, size_t len,
		     struct str *payload);

#endif /* GWS_TOOLS_HTTP_H */
