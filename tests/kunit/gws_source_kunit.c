// SPDX-License-Identifier: GPL-2.0-only
/* Connections by source: what counts as one, the limit, and the end. */
#include <kunit/test.h>
#include <linux/inet.h>

#include "../../kmod/source.c"

enum { MAX = 3 };

static struct gws_addr address(const char *ip)
{
	struct gws_addr addr = { .family = AF_INET };

	if (strchr(ip, ':')) {
		addr.family = AF_INET6;
		in6_pton(ip, -1, addr.ip.in6.s6_addr, -1, NULL);
	} else {
		addr.ip.ip = in_aton(ip);
	}
	return addr;
}

static int init(struct kunit *test)
{
	struct gws_net *gn = kvzalloc(sizeof(*gn), GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, gn);
	test->priv = gn;
	mutex_init(&gn->lock);
	gn->limits[GWS_LIMIT_source_connections] = MAX;
	mutex_lock(&gn->lock);
	err = gws_sources_init(gn);
	mutex_unlock(&gn->lock);
	return err;
}

/* Whatever a test leaves behind is a leak. */
static void end(struct kunit *test)
{
	struct gws_net *gn = test->priv;

	KUNIT_EXPECT_EQ(test, atomic_read(&gn->nsources), 0);
	mutex_lock(&gn->lock);
	gws_sources_exit(gn);
	mutex_unlock(&gn->lock);
	kvfree(gn);
}

static struct gws_source *enter_from(struct kunit *test, const char *ip)
{
	struct gws_addr from = address(ip);

	return gws_source_enter(test->priv, &from);
}

/* Fills the limit from @ip, and expects one more from @other to be @shared. */
static void expect_shared(struct kunit *test, const char *ip,
			  const char *other, bool shared)
{
	struct gws_source *in[MAX], *more;
	int i;

	for (i = 0; i < MAX; i++) {
		in[i] = enter_from(test, ip);
		KUNIT_ASSERT_FALSE(test, IS_ERR(in[i]));
	}
	more = enter_from(test, other);
	if (shared)
		KUNIT_EXPECT_PTR_EQ(test, more, ERR_PTR(-EUSERS));
	else
		KUNIT_EXPECT_FALSE(test, IS_ERR(more));
	if (!IS_ERR(more))
		gws_source_leave(test->priv, more);
	for (i = 0; i < MAX; i++)
		gws_source_leave(test->priv, in[i]);
}

static void source_is_an_address_or_a_64(struct kunit *test)
{
	expect_shared(test, "192.0.2.1", "192.0.2.1", true);
	expect_shared(test, "192.0.2.1", "192.0.2.2", false);
	expect_shared(test, "2001:db8:0:1::1", "2001:db8:0:1::1", true);
	expect_shared(test, "2001:db8:0:1::1", "2001:db8:0:1:f::2", true);
	expect_shared(test, "2001:db8:0:1::1", "2001:db8:0:2::1", false);
	/* The same eight bytes, as far as there are so many. */
	expect_shared(test, "0.0.0.0", "::1", false);
}

static void source_has_room_again_when_one_leaves(struct kunit *test)
{
	struct gws_net *gn = test->priv;
	struct gws_source *in[MAX];
	int i;

	for (i = 0; i < MAX; i++)
		in[i] = enter_from(test, "192.0.2.1");
	KUNIT_EXPECT_PTR_EQ(test, enter_from(test, "192.0.2.1"),
			    ERR_PTR(-EUSERS));
	gws_source_leave(gn, in[0]);
	in[0] = enter_from(test, "192.0.2.1");
	KUNIT_EXPECT_FALSE(test, IS_ERR(in[0]));
	for (i = 0; i < MAX; i++)
		gws_source_leave(gn, in[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&gn->nsources), 0);
}

static void sources_do_not_mix(struct kunit *test)
{
	enum { SOURCES = 10000 };
	struct gws_net *gn = test->priv;
	struct gws_addr from = address("10.0.0.0");
	struct gws_source **in;
	int i;

	in = kvcalloc(SOURCES, sizeof(*in), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in);
	for (i = 0; i < SOURCES; i++) {
		from.ip.ip = htonl(0x0a000000 + i);
		in[i] = gws_source_enter(gn, &from);
		KUNIT_ASSERT_FALSE(test, IS_ERR(in[i]));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&gn->nsources), SOURCES);
	for (i = 0; i < SOURCES; i++)
		gws_source_leave(gn, in[i]);
	kvfree(in);
}

static struct kunit_case source_cases[] = {
	KUNIT_CASE(source_is_an_address_or_a_64),
	KUNIT_CASE(source_has_room_again_when_one_leaves),
	KUNIT_CASE(sources_do_not_mix),
	{}
};

static struct kunit_suite source_suite = {
	.name = "gws_source",
	.init = init,
	.exit = end,
	.test_cases = source_cases,
};

kunit_test_suites(&source_suite);
