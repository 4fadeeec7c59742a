/* SPDX-License-Identifier: MIT */
/*
 * Generic netlink to the gwsteer module. Nothing outside nl.c and routes.c uses
 * libnl; all errors here are -errno.
 */
#ifndef GWS_NL_H
#define GWS_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gws_nl;
struct gws_nl_msg;
struct gws_nl_watch;
struct nlattr;

/* Attributes one after another: the content of a message or of a nest. */
struct gws_attrs {
	const struct nlattr *head;
	int len;
};

/* What the kernel said beside the number: extack, "" when it said nothing. */
struct gws_nl_error {
	char text[256];
};

/* --- the connection --- */

/**
 * gws_nl_open() - connect to the module in this network namespace
 * @nlp: the connection, owned by the caller; NULL on failure
 *
 * Return: 0; -ENOENT when the module is not loaded, -EPROTONOSUPPORT when the
 * kernel has no generic netlink, -ENOMEM, -EMFILE or another error of socket().
 */
int gws_nl_open(struct gws_nl **nlp);
/* NULL is allowed. An open transaction is dropped by the kernel. */
void gws_nl_close(struct gws_nl *nl);

/**
 * gws_nl_resolve() - ask again for the family's number
 *
 * A module that was loaded again has another one.
 *
 * Return: 0, or -ENOENT when the module is not loaded.
 */
int gws_nl_resolve(struct gws_nl *nl);
/* The number that it had the last time. */
int gws_nl_family(const struct gws_nl *nl);

/*
 * Takes the attributes of one reply; they are gone when it returns. A negative
 * return value ends the request with that error.
 */
typedef int (*gws_nl_reply_fn)(const struct gws_attrs *attrs, void *data);

/**
 * gws_nl_request() - send a message, wait for its reply and its ACK
 * @msg: freed in any case; NULL means that building it failed
 * @reply: called for a reply that carries attributes; may be NULL
 * @error: text that came with a refusal; may be NULL
 *
 * Return: 0; the kernel's own -errno (-EPERM without CAP_NET_ADMIN, -ENOENT
 * when the module is gone, those of the command); -ENOMEM for a NULL @msg;
 * what @reply returned.
 */
int gws_nl_request(struct gws_nl *nl, struct gws_nl_msg *msg,
		   gws_nl_reply_fn reply, void *data,
		   struct gws_nl_error *error);

/**
 * gws_nl_dump() - a whole dump, consistent
 * @reply: called for each message
 * @restart: called before a dump that a commit overtook is asked for again;
 *	forgets what @reply kept
 *
 * Return: 0; -EAGAIN when commits overtook several dumps in a row; else as
 * gws_nl_request().
 */
int gws_nl_dump(struct gws_nl *nl, uint8_t cmd, gws_nl_reply_fn reply,
		void (*restart)(void *data), void *data);

/* --- messages that come unasked --- */

struct gws_nl_listener;

/* Takes one message; what it returns, if negative, ends the reading. */
typedef int (*gws_nl_message_fn)(uint8_t cmd, const struct gws_attrs *attrs,
				 void *data);

/**
 * gws_nl_listen() - connect to the module for what it sends by itself
 *
 * Return: 0 and the listener, owned by the caller; else as gws_nl_open().
 */
int gws_nl_listen(struct gws_nl_listener **listenerp);
void gws_nl_listener_close(struct gws_nl_listener *listener);
/* Non-blocking, readable when there is something for gws_nl_listener_read(). */
int gws_nl_listener_fd(const struct gws_nl_listener *listener);
/* Sends a command without attributes; its reply is read as the rest is. */
int gws_nl_listener_ask(struct gws_nl_listener *listener, uint8_t cmd);
/**
 * gws_nl_listener_read() - read all there is
 *
 * Return: 0; what a command was refused with (-ENOENT: the module is gone), what
 * @fn returned, -EBADMSG, or another error of recvmsg().
 */
int gws_nl_listener_read(struct gws_nl_listener *listener, gws_nl_message_fn fn,
			 void *data);

/* --- arrival and leaving of the module --- */

/**
 * gws_nl_watch_open() - be told when a family is registered or leaves
 *
 * Return: 0 and the watch, owned by the caller, or -errno.
 */
int gws_nl_watch_open(struct gws_nl_watch **watchp);
void gws_nl_watch_close(struct gws_nl_watch *watch);
/* Non-blocking, readable when there is something for gws_nl_watch_read(). */
int gws_nl_watch_fd(const struct gws_nl_watch *watch);
/* Reads all there is. Return: whether our family came or went. */
bool gws_nl_watch_read(struct gws_nl_watch *watch);

/* --- building a message --- */

/*
 * A put that finds no room makes the message unusable: gws_nl_request() then
 * answers -EMSGSIZE. So puts need no check each.
 */
struct gws_nl_msg *gws_nl_msg_new(uint8_t cmd);
void gws_nl_msg_free(struct gws_nl_msg *msg);
/* Bytes so far, headers included. */
size_t gws_nl_msg_size(const struct gws_nl_msg *msg);
/* What was put, for tests and digests; valid until the next put. */
struct gws_attrs gws_nl_msg_attrs(const struct gws_nl_msg *msg);

void gws_nl_put_u8(struct gws_nl_msg *msg, int type, uint8_t value);
void gws_nl_put_u16(struct gws_nl_msg *msg, int type, uint16_t value);
void gws_nl_put_u32(struct gws_nl_msg *msg, int type, uint32_t value);
void gws_nl_put_u64(struct gws_nl_msg *msg, int type, uint64_t value);
void gws_nl_put_str(struct gws_nl_msg *msg, int type, const char *value);
void gws_nl_put_data(struct gws_nl_msg *msg, int type, const void *data,
		     size_t len);
struct nlattr *gws_nl_nest_begin(struct gws_nl_msg *msg, int type);
void gws_nl_nest_end(struct gws_nl_msg *msg, struct nlattr *nest);

/* --- reading attributes --- */

/* for (attr = first; attr; attr = next): a malformed rest ends the walk. */
#define gws_attr_for_each(attr, attrs, rest)				\
	for ((rest) = (attrs), (attr) = gws_attr_next(&(rest)); (attr);	\
	     (attr) = gws_attr_next(&(rest)))

/* Takes the first attribute off @rest. Return: it, or NULL at the end. */
const struct nlattr *gws_attr_next(struct gws_attrs *rest);
int gws_attr_type(const struct nlattr *attr);
struct gws_attrs gws_attr_nest(const struct nlattr *attr);

/* Return: 0, or -EBADMSG when the attribute has another length. */
int gws_attr_u8(const struct nlattr *attr, uint8_t *value);
int gws_attr_u16(const struct nlattr *attr, uint16_t *value);
int gws_attr_u32(const struct nlattr *attr, uint32_t *value);
int gws_attr_u64(const struct nlattr *attr, uint64_t *value);
/* Bytes of its payload. */
size_t gws_attr_len(const struct nlattr *attr);
/* Exactly @count numbers. */
int gws_attr_u16s(const struct nlattr *attr, uint16_t *values, size_t count);
int gws_attr_u64s(const struct nlattr *attr, uint64_t *values, size_t count);
/* 4 or 16 bytes into @addr, their number into @len. */
int gws_attr_addr(const struct nlattr *attr, uint8_t addr[16], uint8_t *len);
/* A string with its NUL and no other; points into the message. */
int gws_attr_str(const struct nlattr *attr, const char **value);

#endif /* GWS_NL_H */
