// SPDX-License-Identifier: MIT
/*
 * The boundary to generic netlink and libnl-3. libnl reports NLE_*
 * and drops what it does not know (extack, the error in a dump's last
 * message); here both become -errno and a text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/gwsteer.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include "nl.h"

#define MSG_SIZE	65536	/* GWS messages stay below 64 KiB */
#define DUMP_TRIES	8
/* A reader that is kept from reading for a moment loses nothing. */
#define LISTEN_BUFFER	(4 * 1024 * 1024)

struct gws_nl {
	struct nl_sock *sock;
	int family;
};

struct gws_nl_listener {
	struct gws_nl nl;
	struct nl_cb *cb;
	gws_nl_message_fn fn;
	void *data;
	int err;
};

struct gws_nl_watch {
	struct nl_sock *sock;
	bool ours;	/* set by the callback when our family was named */
};

struct gws_nl_msg {
	struct nl_msg *msg;
	bool full;
};

/* One request or dump under way. */
struct exchange {
	gws_nl_reply_fn reply;
	void *data;
	struct gws_nl_error *error;
	int err;
	bool done;
};

static int errno_of_nle(int nle)
{
	static const int map[] = {
		[NLE_FAILURE] = EIO, [NLE_INTR] = EINTR,
		[NLE_BAD_SOCK] = EBADF, [NLE_AGAIN] = EAGAIN,
		[NLE_NOMEM] = ENOMEM, [NLE_EXIST] = EEXIST,
		[NLE_INVAL] = EINVAL, [NLE_RANGE] = ERANGE,
		[NLE_MSGSIZE] = EMSGSIZE, [NLE_OPNOTSUPP] = EOPNOTSUPP,
		[NLE_AF_NOSUPPORT] = EAFNOSUPPORT,
		[NLE_OBJ_NOTFOUND] = ENOENT, [NLE_NOATTR] = EBADMSG,
		[NLE_MISSING_ATTR] = EBADMSG, [NLE_SEQ_MISMATCH] = EBADMSG,
		[NLE_MSG_OVERFLOW] = EMSGSIZE, [NLE_MSG_TRUNC] = EMSGSIZE,
		[NLE_NOADDR] = EADDRNOTAVAIL, [NLE_MSG_TOOSHORT] = EBADMSG,
		[NLE_MSGTYPE_NOSUPPORT] = EOPNOTSUPP, [NLE_BUSY] = EBUSY,
		[NLE_PROTO_MISMATCH] = EPROTONOSUPPORT,
		[NLE_NOACCESS] = EACCES, [NLE_PERM] = EPERM,
		[NLE_PARSE_ERR] = EBADMSG, [NLE_NODEV] = ENODEV,
		[NLE_DUMP_INTR] = EAGAIN,
	};
	size_t code = nle < 0 ? -nle : nle;

	if (!code)
		return 0;
	if (code >= sizeof(map) / sizeof(map[0]) || !map[code])
		return -EIO;
	return -map[code];
}

int gws_nl_resolve(struct gws_nl *nl)
{
	int family = genl_ctrl_resolve(nl->sock, GWS_GENL_NAME);

	if (family < 0)
		return errno_of_nle(family);
	nl->family = family;
	return 0;
}

int gws_nl_family(const struct gws_nl *nl)
{
	return nl->family;
}

static int connect_genl(struct nl_sock **sockp)
{
	struct nl_sock *sock = nl_socket_alloc();
	int nle;

	if (!sock)
		return -ENOMEM;
	nle = genl_connect(sock);
	if (nle < 0) {
		nl_socket_free(sock);
		return errno_of_nle(nle);
	}
	*sockp = sock;
	return 0;
}

/* EXT_ACK brings the text of a refusal, CAP_ACK keeps our message out of it. */
static int set_options(struct nl_sock *sock)
{
	int fd = nl_socket_get_fd(sock), one = 1;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)))
		return -errno;
	/* Receive buffers as large as what comes; dumps decide that. */
	nl_socket_enable_msg_peek(sock);
	return 0;
}

int gws_nl_open(struct gws_nl **nlp)
{
	struct gws_nl *nl = calloc(1, sizeof(*nl));
	int err;

	*nlp = NULL;
	if (!nl)
		return -ENOMEM;
	err = connect_genl(&nl->sock);
	if (err)
		goto err_free;
	err = set_options(nl->sock);
	if (!err)
		err = gws_nl_resolve(nl);
	if (err)
		goto err_close;
	*nlp = nl;
	return 0;

err_close:
	nl_socket_free(nl->sock);
err_free:
	free(nl);
	return err;
}

void gws_nl_close(struct gws_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl);
}

/* --- one exchange --- */

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));
	struct gws_attrs attrs;
	int err;

	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0)) {
		x->err = -EBADMSG;
		return NL_SKIP;
	}
	/* After a failure the rest is read but not looked at. */
	if (x->err || !x->reply)
		return NL_OK;
	attrs.head = genlmsg_attrdata(head, 0);
	attrs.len = genlmsg_attrlen(head, 0);
	err = x->reply(&attrs, x->data);
	if (err < 0)
		x->err = err;
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->done = true;
	return NL_STOP;
}

/* The last message of a dump carries its error, which libnl does not read. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	int err;

	x->done = true;
	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(err)) {
		memcpy(&err, nlmsg_data(nlmsg_hdr(msg)), sizeof(err));
		if (err < 0 && !x->err)
			x->err = err;
	}
	return NL_STOP;
}

/* @err is the payload of an error message whose header stands before it. */
static void read_extack(const struct nlmsgerr *err, struct gws_nl_error *error)
{
	const struct nlmsghdr *head = (const void *)
		((const char *)err - NLMSG_HDRLEN);
	struct nlattr *text;
	size_t at = sizeof(*err);

	if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(head->nlmsg_flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (head->nlmsg_len < NLMSG_HDRLEN + at)
		return;
	text = nla_find((const void *)((const char *)err + at),
			head->nlmsg_len - NLMSG_HDRLEN - at, NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(error->text, text, sizeof(error->text));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct exchange *x = arg;

	(void)from;
	if (!x->err)
		x->err = err->error;
	if (x->error)
		read_extack(err, x->error);
	x->done = true;
	return NL_STOP;
}

static int receive(struct gws_nl *nl, struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int nle = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	while (!x->done) {
		nle = nl_recvmsgs(nl->sock, cb);
		if (nle < 0 && nle != -NLE_INTR)
			break;
	}
	nl_cb_put(cb);
	if (x->err)
		return x->err;
	return nle == -NLE_INTR ? 0 : errno_of_nle(nle);
}

static int exchange_run(struct gws_nl *nl, struct nl_msg *msg, int flags,
			struct exchange *x)
{
	int nle;

	nlmsg_hdr(msg)->nlmsg_type = nl->family;
	nlmsg_hdr(msg)->nlmsg_flags = flags;
	nle = nl_send_auto(nl->sock, msg);
	if (nle < 0)
		return errno_of_nle(nle);
	return receive(nl, x);
}

int gws_nl_request(struct gws_nl *nl, struct gws_nl_msg *msg,
		   gws_nl_reply_fn reply, void *data,
		   struct gws_nl_error *error)
{
	struct exchange x = { .reply = reply, .data = data, .error = error };
	int err = -EMSGSIZE;

	if (error)
		error->text[0] = '\0';
	if (!msg)
		return -ENOMEM;
	if (!msg->full)
		err = exchange_run(nl, msg->msg, NLM_F_REQUEST | NLM_F_ACK, &x);
	gws_nl_msg_free(msg);
	return err;
}

int gws_nl_dump(struct gws_nl *nl, uint8_t cmd, gws_nl_reply_fn reply,
		void (*restart)(void *data), void *data)
{
	int try, err = -EAGAIN;

	for (try = 0; try < DUMP_TRIES && err == -EAGAIN; try++) {
		struct exchange x = { .reply = reply, .data = data };
		struct gws_nl_msg *msg = gws_nl_msg_new(cmd);

		if (!msg)
			return -ENOMEM;
		if (try)
			restart(data);
		err = exchange_run(nl, msg->msg, NLM_F_REQUEST | NLM_F_DUMP,
				   &x);
		gws_nl_msg_free(msg);
	}
	return err;
}

/* --- messages that come unasked --- */

static int on_message(struct nl_msg *msg, void *arg)
{
	struct gws_nl_listener *listener = arg;
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));
	struct gws_attrs attrs;
	int err;

	/* A module that was loaded again has another number. */
	if (nlmsg_hdr(msg)->nlmsg_type != listener->nl.family)
		return NL_SKIP;
	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0)) {
		listener->err = -EBADMSG;
		return NL_STOP;
	}
	attrs.head = genlmsg_attrdata(head, 0);
	attrs.len = genlmsg_attrlen(head, 0);
	err = listener->fn(head->cmd, &attrs, listener->data);
	if (err < 0)
		listener->err = err;
	return err < 0 ? NL_STOP : NL_OK;
}

static int on_refusal(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct gws_nl_listener *listener = arg;

	(void)from;
	listener->err = err->error;
	return NL_STOP;
}

static int any_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

/* Whatever is lost is counted by the module: no error for a full buffer. */
static int listener_options(struct gws_nl_listener *listener)
{
	int fd = nl_socket_get_fd(listener->nl.sock), one = 1;
	int size = LISTEN_BUFFER, nle;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one, sizeof(one)))
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return -errno;
	nl_socket_disable_auto_ack(listener->nl.sock);
	nl_socket_disable_msg_peek(listener->nl.sock);
	nle = nl_socket_set_msg_buf_size(listener->nl.sock, MSG_SIZE);
	if (nle >= 0)
		nle = nl_socket_set_nonblocking(listener->nl.sock);
	return errno_of_nle(nle < 0 ? nle : 0);
}

static int listener_callbacks(struct gws_nl_listener *listener)
{
	listener->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!listener->cb)
		return -ENOMEM;
	nl_cb_set(listener->cb, NL_CB_VALID, NL_CB_CUSTOM, on_message,
		  listener);
	nl_cb_set(listener->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence,
		  NULL);
	nl_cb_err(listener->cb, NL_CB_CUSTOM, on_refusal, listener);
	return 0;
}

int gws_nl_listen(struct gws_nl_listener **listenerp)
{
	struct gws_nl_listener *listener = calloc(1, sizeof(*listener));
	int err;

	*listenerp = NULL;
	if (!listener)
		return -ENOMEM;
	err = connect_genl(&listener->nl.sock);
	if (!err)
		err = gws_nl_resolve(&listener->nl);
	if (!err)
		err = listener_options(listener);
	if (!err)
		err = listener_callbacks(listener);
	if (err) {
		gws_nl_listener_close(listener);
		return err;
	}
	*listenerp = listener;
	return 0;
}

void gws_nl_listener_close(struct gws_nl_listener *listener)
{
	if (!listener)
		return;
	nl_cb_put(listener->cb);
	if (listener->nl.sock)
		nl_socket_free(listener->nl.sock);
	free(listener);
}

int gws_nl_listener_fd(const struct gws_nl_listener *listener)
{
	return nl_socket_get_fd(listener->nl.sock);
}

int gws_nl_listener_ask(struct gws_nl_listener *listener, uint8_t cmd)
{
	struct gws_nl_msg *msg = gws_nl_msg_new(cmd);
	int nle;

	if (!msg)
		return -ENOMEM;
	nlmsg_hdr(msg->msg)->nlmsg_type = listener->nl.family;
	nlmsg_hdr(msg->msg)->nlmsg_flags = NLM_F_REQUEST;
	nle = nl_send_auto(listener->nl.sock, msg->msg);
	gws_nl_msg_free(msg);
	return nle < 0 ? errno_of_nle(nle) : 0;
}

int gws_nl_listener_read(struct gws_nl_listener *listener, gws_nl_message_fn fn,
			 void *data)
{
	int nle;

	listener->fn = fn;
	listener->data = data;
	listener->err = 0;
	do {
		nle = nl_recvmsgs(listener->nl.sock, listener->cb);
	} while (nle >= 0 && !listener->err);
	if (listener->err)
		return listener->err;
	return nle == -NLE_AGAIN || nle == -NLE_INTR ? 0 : errno_of_nle(nle);
}

/* --- arrival and leaving of the module --- */

static int on_ctrl(struct nl_msg *msg, void *arg)
{
	struct gws_nl_watch *watch = arg;
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *name;

	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0) ||
	    (head->cmd != CTRL_CMD_NEWFAMILY &&
	     head->cmd != CTRL_CMD_DELFAMILY))
		return NL_OK;
	name = nla_find(genlmsg_attrdata(head, 0), genlmsg_attrlen(head, 0),
			CTRL_ATTR_FAMILY_NAME);
	if (name && !nla_strcmp(name, GWS_GENL_NAME))
		watch->ours = true;
	return NL_OK;
}

static int watch_join(struct gws_nl_watch *watch)
{
	int group = genl_ctrl_resolve_grp(watch->sock, "nlctrl", "notify");
	int nle;

	if (group < 0)
		return errno_of_nle(group);
	nl_socket_disable_seq_check(watch->sock);
	nle = nl_socket_modify_cb(watch->sock, NL_CB_VALID, NL_CB_CUSTOM,
				  on_ctrl, watch);
	if (nle >= 0)
		nle = nl_socket_add_membership(watch->sock, group);
	if (nle >= 0)
		nle = nl_socket_set_nonblocking(watch->sock);
	return errno_of_nle(nle < 0 ? nle : 0);
}

int gws_nl_watch_open(struct gws_nl_watch **watchp)
{
	struct gws_nl_watch *watch = calloc(1, sizeof(*watch));
	int err;

	*watchp = NULL;
	if (!watch)
		return -ENOMEM;
	err = connect_genl(&watch->sock);
	if (err)
		goto err_free;
	err = watch_join(watch);
	if (err)
		goto err_close;
	*watchp = watch;
	return 0;

err_close:
	nl_socket_free(watch->sock);
err_free:
	free(watch);
	return err;
}

void gws_nl_watch_close(struct gws_nl_watch *watch)
{
	if (!watch)
		return;
	nl_socket_free(watch->sock);
	free(watch);
}

int gws_nl_watch_fd(const struct gws_nl_watch *watch)
{
	return nl_socket_get_fd(watch->sock);
}

bool gws_nl_watch_read(struct gws_nl_watch *watch)
{
	int nle;

	watch->ours = false;
	do {
		nle = nl_recvmsgs_default(watch->sock);
	} while (nle >= 0);
	/* Messages were lost (ENOBUFS) or unreadable: ours may be among them. */
	if (nle != -NLE_AGAIN)
		watch->ours = true;
	return watch->ours;
}

/* --- building a message --- */

struct gws_nl_msg *gws_nl_msg_new(uint8_t cmd)
{
	struct gws_nl_msg *msg = calloc(1, sizeof(*msg));

	if (!msg)
		return NULL;
	msg->msg = nlmsg_alloc_size(MSG_SIZE);
	/* The family is not known yet; exchange_run() fills it in. */
	if (msg->msg && genlmsg_put(msg->msg, NL_AUTO_PORT, NL_AUTO_SEQ, 0, 0,
				    0, cmd, GWS_GENL_VERSION))
		return msg;
	gws_nl_msg_free(msg);
	return NULL;
}

void gws_nl_msg_free(struct gws_nl_msg *msg)
{
	if (!msg)
		return;
	nlmsg_free(msg->msg);
	free(msg);
}

size_t gws_nl_msg_size(const struct gws_nl_msg *msg)
{
	return nlmsg_hdr(msg->msg)->nlmsg_len;
}

struct gws_attrs gws_nl_msg_attrs(const struct gws_nl_msg *msg)
{
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg->msg));

	return (struct gws_attrs){ genlmsg_attrdata(head, 0),
				   genlmsg_attrlen(head, 0) };
}

void gws_nl_put_data(struct gws_nl_msg *msg, int type, const void *data,
		     size_t len)
{
	if (len > MSG_SIZE || nla_put(msg->msg, type, len, data) < 0)
		msg->full = true;
}

void gws_nl_put_u8(struct gws_nl_msg *msg, int type, uint8_t value)
{
	gws_nl_put_data(msg, type, &value, sizeof(value));
}

void gws_nl_put_u16(struct gws_nl_msg *msg, int type, uint16_t value)
{
	gws_nl_put_data(msg, type, &value, sizeof(value));
}

void gws_nl_put_u32(struct gws_nl_msg *msg, int type, uint32_t value)
{
	gws_nl_put_data(msg, type, &value, sizeof(value));
}

void gws_nl_put_u64(struct gws_nl_msg *msg, int type, uint64_t value)
{
	gws_nl_put_data(msg, type, &value, sizeof(value));
}

void gws_nl_put_str(struct gws_nl_msg *msg, int type, const char *value)
{
	gws_nl_put_data(msg, type, value, strlen(value) + 1);
}

struct nlattr *gws_nl_nest_begin(struct gws_nl_msg *msg, int type)
{
	struct nlattr *nest = nla_nest_start(msg->msg, type | NLA_F_NESTED);

	if (!nest)
		msg->full = true;
	return nest;
}

void gws_nl_nest_end(struct gws_nl_msg *msg, struct nlattr *nest)
{
	if (nest && nla_nest_end(msg->msg, nest) < 0)
		msg->full = true;
}

/* --- reading attributes --- */

const struct nlattr *gws_attr_next(struct gws_attrs *rest)
{
	const struct nlattr *attr = rest->head;

	if (!attr || !nla_ok(attr, rest->len))
		return NULL;
	rest->head = nla_next(attr, &rest->len);
	return attr;
}

int gws_attr_type(const struct nlattr *attr)
{
	return nla_type(attr);
}

struct gws_attrs gws_attr_nest(const struct nlattr *attr)
{
	return (struct gws_attrs){ nla_data(attr), nla_len(attr) };
}

static int attr_copy(const struct nlattr *attr, void *value, size_t size)
{
	if ((size_t)nla_len(attr) != size)
		return -EBADMSG;
	memcpy(value, nla_data(attr), size);
	return 0;
}

int gws_attr_u8(const struct nlattr *attr, uint8_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

int gws_attr_u16(const struct nlattr *attr, uint16_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

int gws_attr_u32(const struct nlattr *attr, uint32_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

int gws_attr_u64(const struct nlattr *attr, uint64_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

size_t gws_attr_len(const struct nlattr *attr)
{
	return nla_len(attr);
}

int gws_attr_u16s(const struct nlattr *attr, uint16_t *values, size_t count)
{
	return attr_copy(attr, values, count * sizeof(*values));
}

int gws_attr_u64s(const struct nlattr *attr, uint64_t *values, size_t count)
{
	return attr_copy(attr, values, count * sizeof(*values));
}

int gws_attr_addr(const struct nlattr *attr, uint8_t addr[16], uint8_t *len)
{
	int size = nla_len(attr);

	if (size != 4 && size != 16)
		return -EBADMSG;
	memcpy(addr, nla_data(attr), size);
	*len = size;
	return 0;
}

int gws_attr_str(const struct nlattr *attr, const char **value)
{
	const char *str = nla_data(attr);
	int len = nla_len(attr);

	if (len < 1 || memchr(str, '\0', len) != str + len - 1)
		return -EBADMSG;
	*value = str;
	return 0;
}
