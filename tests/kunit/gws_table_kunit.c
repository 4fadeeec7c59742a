// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables and transactions inside the kernel, without netlink and sockets. Each
 * function is one behaviour.
 */
#include "gws_table_scene.h"

static void table_of_the_most_specific_host_wins(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);

	arrange(test);
	begin(test);
	stage_table(test, 1, 1, "", "/", 1, 0);
	stage_table(test, 2, 1, "*.example.com", "/w", 1, 0);
	stage_table(test, 3, 1, "*.a.example.com", "/", 1, 0);
	stage_table(test, 4, 1, "b.a.example.com", "/b", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);

	KUNIT_EXPECT_EQ(test, route(test, &to, "b.a.example.com", "/b"), 4);
	KUNIT_EXPECT_EQ(test, route(test, &to, "b.a.example.com", "/c"), 3);
	KUNIT_EXPECT_EQ(test, route(test, &to, "x.b.a.example.com", "/b"), 3);
	KUNIT_EXPECT_EQ(test, route(test, &to, "a.example.com", "/w"), 2);
	KUNIT_EXPECT_EQ(test, route(test, &to, "a.example.com", "/x"), 1);
	KUNIT_EXPECT_EQ(test, route(test, &to, "example.com", "/w"), 1);
	KUNIT_EXPECT_EQ(test, route(test, &to, "", "/w"), 1);
}

static void listener_of_the_most_specific_host_is_alone(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);

	arrange(test);
	begin(test);
	stage_listener(test, 2, "wild", "*.example.com", 30731);
	stage_listener(test, 3, "exact", "a.example.com", 30731);
	stage_table(test, 1, 1, "", "/", 1, 0);
	stage_table(test, 2, 2, "*.example.com", "/", 1, 0);
	stage_table(test, 3, 3, "a.example.com", "/a", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);

	KUNIT_EXPECT_EQ(test, route(test, &to, "a.example.com", "/a"), 3);
	/* Not the wildcard listener's table, though it has a rule. */
	KUNIT_EXPECT_EQ(test, route(test, &to, "a.example.com", "/b"),
			-GWS_VERDICT_NO_RULE);
	KUNIT_EXPECT_EQ(test, route(test, &to, "b.example.com", "/b"), 2);
	KUNIT_EXPECT_EQ(test, route(test, &to, "example.org", "/b"), 1);
}

static void bind_of_an_address_goes_before_any(struct kunit *test)
{
	struct scene *s = test->priv;
	struct gws_addr v4 = address("192.0.2.1", 30731);
	struct gws_addr v6 = address("2001:db8::1", 30731);
	struct gws_addr other = address("192.0.2.2", 30731);
	struct gws_addr closed = address("192.0.2.1", 81);

	arrange(test);
	begin(test);
	put_listener(s, "vip", "", 0);
	put_bind(s, "192.0.2.1", 30731);
	put_bind(s, "2001:db8::1", 30731);
	stage(test, GWS_OBJECT_LISTENER, 2);
	stage_table(test, 1, 1, "", "/", 1, 0);
	stage_table(test, 2, 2, "", "/", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);

	KUNIT_EXPECT_EQ(test, route(test, &v4, "h", "/"), 2);
	KUNIT_EXPECT_EQ(test, route(test, &v6, "h", "/"), 2);
	KUNIT_EXPECT_EQ(test, route(test, &other, "h", "/"), 1);
	KUNIT_EXPECT_EQ(test, route(test, &closed, "h", "/"),
			-GWS_VERDICT_NO_LISTENER);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, gws_config_bind(s->gn, &v4), GWS_BIND_ADDRESS);
	KUNIT_EXPECT_EQ(test, gws_config_bind(s->gn, &other),
			GWS_BIND_NODEPORT);
	KUNIT_EXPECT_EQ(test, gws_config_bind(s->gn, &closed),
			GWS_BIND_UNSPEC);
	KUNIT_EXPECT_TRUE(test, gws_config_owns(s->gn, AF_INET, &v4.ip));
	KUNIT_EXPECT_FALSE(test, gws_config_owns(s->gn, AF_INET, &other.ip));
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, gws_port_claimed(s->gn->config.ports,
						 htons(30731)));
	KUNIT_EXPECT_FALSE(test, gws_port_claimed(s->gn->config.ports,
						  htons(81)));

	begin(test);
	del(test, GWS_OBJECT_TABLE, 2);
	del(test, GWS_OBJECT_LISTENER, 2);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	KUNIT_EXPECT_EQ(test, route(test, &v4, "h", "/"), 1);
	rcu_read_lock();
	KUNIT_EXPECT_FALSE(test, gws_config_owns(s->gn, AF_INET, &v4.ip));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, s->gn->config.nplaces, 0);
}

static void references_are_checked_as_the_commit_leaves_them(struct kunit *test)
{
	arrange(test);
	begin(test);
	stage_table(test, 1, 9, "", "/", 1, 0);
	expect_refused(test, "table 1: GWS_A_LISTENER: no listener 9");

	begin(test);
	stage_table(test, 1, 1, "", "/", 1, 1);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	begin(test);
	del(test, GWS_OBJECT_CLUSTER, 2);
	expect_refused(test, "cluster 2: deleted");
	begin(test);
	del(test, GWS_OBJECT_LISTENER, 1);
	expect_refused(test, "listener 1: deleted");
	begin(test);
	del(test, GWS_OBJECT_CLUSTER, 2);
	stage_table(test, 1, 1, "", "/", 1, 0);
	KUNIT_EXPECT_EQ(test, commit(test), 0);
	begin(test);
	stage_table(test, 1, 1, "", "/", 1, 1);
	expect_refused(test, "no such cluster");
}

static void mirrors_name_clusters_and_shares(struct kunit *test)
{
	arrange(test);
	begin(test);
	stage_mirrors(test, 16, 1, 2);
	KUNIT_EXPECT_EQ(test, commit(test), 0);

	begin(test);
	del(test, GWS_OBJECT_CLUSTER, 2);
	expect_refused(test, "cluster 2: deleted, but 16 backends or mirrors still name it");
	begin(test);
	stage_mirrors(test, 17, 1, 2);
	expect_refused(test, "too many mirrors");
	begin(test);
	stage_mirrors(test, 1, 3, 2);
	expect_refused(test, "GWS_A_FILTER_DENOMINATOR");
	begin(test);
	stage_mirrors(test, 1, 0, 0);
	expect_refused(test, "GWS_A_FILTER_DENOMINATOR");

	begin(test);
	del(test, GWS_OBJECT_TABLE, 1);
	del(test, GWS_OBJECT_CLUSTER, 2);
	KUNIT_EXPECT_EQ(test, commit(test), 0);
	begin(test);
	stage_mirrors(test, 1, 1, 2);
	expect_refused(test, "GWS_A_FILTER_CLUSTER: missing or no such cluster");
}

static void tables_swap_hostnames_but_do_not_share_one(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);

	arrange(test);
	begin(test);
	stage_table(test, 1, 1, "a.x", "/", 1, 0);
	stage_table(test, 2, 1, "b.x", "/", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	begin(test);
	stage_table(test, 1, 1, "b.x", "/", 1, 0);
	stage_table(test, 2, 1, "a.x", "/", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	KUNIT_EXPECT_EQ(test, route(test, &to, "a.x", "/"), 2);
	KUNIT_EXPECT_EQ(test, route(test, &to, "b.x", "/"), 1);
	begin(test);
	stage_table(test, 3, 1, "b.x", "/", 1, 0);
	expect_refused(test, "listener 1 has table 1 for it");
}

/* How many of the next @n picks backend 0 gets. */
static u32 picks(struct kunit *test, u32 n)
{
	struct gws_addr to = address("10.9.9.9", 30731);
	struct scene *s = test->priv;
	struct gws_choice choice;
	u32 i, first = 0;

	for (i = 0; i < n; i++) {
		gws_config_route(s->gn, &to, str("h"), str("/"), &no_headers,
				 NULL, &choice);
		KUNIT_ASSERT_NOT_NULL(test, choice.backend);
		first += choice.backend == choice.rule->backends;
		gws_tally_inc(choice.backend->tally, requests);
		gws_choice_put(&choice);
	}
	return first;
}

static u64 requests_of_backend_0(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);
	struct scene *s = test->priv;
	struct gws_choice choice;
	struct gws_tally sum;

	gws_config_route(s->gn, &to, str("h"), str("/"), &no_headers, NULL,
			 &choice);
	gws_tally_sum(choice.rule->backends[0].tally, &sum);
	gws_choice_put(&choice);
	return sum.requests;
}

static void counters_and_picks_survive_a_replaced_table(struct kunit *test)
{
	int i;

	arrange(test);
	begin(test);
	stage_table(test, 1, 1, "", "/", 80, 20);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	KUNIT_EXPECT_EQ(test, picks(test, 7), 5);
	/* The sequence goes on where it was; begun anew it would give 10. */
	begin(test);
	stage_table(test, 1, 1, "", "/", 80, 20);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	KUNIT_EXPECT_EQ(test, picks(test, 13), 11);
	KUNIT_EXPECT_EQ(test, requests_of_backend_0(test), 16);
	/* With other weights it begins anew. */
	for (i = 0; i < 3; i++) {
		begin(test);
		stage_table(test, 1, 1, "", "/", 50 + i, 50 - i);
		KUNIT_ASSERT_EQ(test, commit(test), 0);
	}
	KUNIT_EXPECT_EQ(test, picks(test, 100), 52);
	KUNIT_EXPECT_EQ(test, requests_of_backend_0(test), 16 + 52);
}

static void rules_without_a_usable_backend_are_invalid(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);
	struct scene *s = test->priv;
	struct gws_choice choice;

	arrange(test);
	begin(test);
	stage_table(test, 1, 1, "", "/", 0, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	KUNIT_EXPECT_EQ(test, gws_config_route(s->gn, &to, str("h"), str("/"),
					       &no_headers, NULL, &choice),
			GWS_VERDICT_INVALID);
	KUNIT_EXPECT_NOT_NULL(test, choice.rule);
	KUNIT_EXPECT_NULL(test, choice.backend);
	gws_choice_put(&choice);
}

static void request_finishes_on_what_it_started_with(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);
	struct scene *s = test->priv;
	struct gws_endpoint *ep;
	struct gws_choice choice;

	arrange(test);
	begin(test);
	stage_table(test, 1, 1, "", "/", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	gws_config_route(s->gn, &to, str("h"), str("/"), &no_headers, NULL,
			 &choice);
	begin(test);
	del(test, GWS_OBJECT_TABLE, 1);
	del(test, GWS_OBJECT_CLUSTER, 1);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	msleep(50);
	gws_config_flush();
	gws_tally_inc(choice.backend->tally, requests);
	ep = gws_cluster_pick(choice.backend->cluster, NULL);
	KUNIT_ASSERT_NOT_NULL(test, ep);
	gws_endpoint_put(ep);
	gws_choice_put(&choice);
}

static void endpoints_set_aside_are_avoided(struct kunit *test)
{
	struct gws_addr to = address("10.9.9.9", 30731);
	struct scene *s = test->priv;
	struct gws_endpoint *a, *ep;
	struct gws_cluster *cluster;
	struct gws_choice choice;
	int i;

	arrange(test);
	begin(test);
	stage_cluster(test, 1, "10.0.0.1", "10.0.0.2");
	stage_table(test, 1, 1, "", "/", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	gws_config_route(s->gn, &to, str("h"), str("/"), &no_headers, NULL,
			 &choice);
	cluster = choice.backend->cluster;
	a = gws_cluster_pick(cluster, NULL);
	KUNIT_ASSERT_NOT_NULL(test, a);

	/* Not the one that was tried, nor the busier one. */
	for (i = 0; i < 20; i++) {
		ep = gws_cluster_pick(cluster, a);
		KUNIT_EXPECT_PTR_NE(test, ep, a);
		gws_endpoint_put(ep);
	}
	atomic_inc(&a->active);
	for (i = 0; i < 20; i++) {
		ep = gws_cluster_pick(cluster, NULL);
		KUNIT_EXPECT_PTR_NE(test, ep, a);
		gws_endpoint_put(ep);
	}
	atomic_dec(&a->active);
	/* With the other one gone it is all there is. */
	begin(test);
	stage_cluster(test, 1, "10.0.0.1", NULL);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	ep = gws_cluster_pick(cluster, NULL);
	KUNIT_EXPECT_PTR_EQ(test, gws_cluster_pick(cluster, ep), ep);
	gws_endpoint_put(ep);
	gws_endpoint_put(ep);
	begin(test);
	stage_cluster(test, 1, NULL, NULL);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	KUNIT_EXPECT_NULL(test, gws_cluster_pick(cluster, NULL));
	gws_endpoint_put(a);
	gws_choice_put(&choice);
}

static struct gws_endpoint *only_endpoint(struct kunit *test)
{
	struct scene *s = test->priv;
	struct gws_cluster *cluster;
	struct gws_endpoint *ep;

	mutex_lock(&s->gn->config.lock);
	cluster = gws_slot_find(&s->gn->config, GWS_OBJECT_CLUSTER, 1)->object;
	mutex_unlock(&s->gn->config.lock);
	ep = gws_cluster_pick(cluster, NULL);
	KUNIT_ASSERT_NOT_NULL(test, ep);
	return ep;
}

static void idle_connections_end_with_their_endpoint(struct kunit *test)
{
	struct scene *s = test->priv;
	unsigned int workers = num_possible_cpus();
	struct gws_endpoint *ep;
	int cpu;

	s->gn->limits[GWS_LIMIT_set_aside] = 60000;
	arrange(test);
	ep = only_endpoint(test);
	/* Aside: all pools, but not again while it is. */
	posts = 0;
	gws_endpoint_set_aside(ep);
	KUNIT_EXPECT_EQ(test, posts, workers);
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_TRUE(test, test_bit(GWS_POOL_DRAIN,
						 &per_cpu_ptr(ep->pools, cpu)->todo));
	gws_endpoint_set_aside(ep);
	KUNIT_EXPECT_EQ(test, posts, workers);

	/* Retired, with a connection somewhere. */
	posts = 0;
	atomic_inc(&ep->conns);
	begin(test);
	stage_cluster(test, 1, "10.0.0.9", NULL);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	gws_config_flush();
	KUNIT_EXPECT_TRUE(test, gws_endpoint_is_retired(ep));
	KUNIT_EXPECT_EQ(test, posts, workers);
	atomic_dec(&ep->conns);
	gws_endpoint_put(ep);

	/* Retired, with none. */
	posts = 0;
	begin(test);
	stage_cluster(test, 1, NULL, NULL);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	gws_config_flush();
	KUNIT_EXPECT_EQ(test, posts, 0);
}

static void failure_at_any_step_leaves_nothing(struct kunit *test)
{
	struct scene *s = test->priv;
	u64 memory;
	int i, err;

	arrange(test);
	gws_config_flush();
	memory = atomic64_read(&s->gn->config.memory);
	for (i = 1; i < 10; i++) {
		begin(test);
		stage_listener(test, 1, "http", "", 30732);
		stage_listener(test, 2, "two", "", 30733);
		stage_cluster(test, 3, "10.0.0.3", NULL);
		stage_table(test, 1, 1, "", "/", 80, 20);
		stage_table(test, 2, 2, "*.x", "/", 70, 30);
		sysfs_fails_in = i;
		err = commit(test);
		if (!err)
			break;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_EQ(test, s->gn->config.generation, 1);
		KUNIT_EXPECT_FALSE(test, gws_port_claimed(s->gn->config.ports,
							  htons(30732)));
		gws_config_flush();
		KUNIT_EXPECT_EQ(test, atomic64_read(&s->gn->config.memory),
				memory);
	}
	/* Two rules of two backends each. */
	KUNIT_EXPECT_EQ(test, i, 7);
	sysfs_fails_in = 0;
	activate_error = -ENFILE;
	begin(test);
	KUNIT_EXPECT_EQ(test, commit(test), -ENFILE);
	KUNIT_EXPECT_EQ(test, s->gn->config.generation, 2);
}

static void socket_that_closes_drops_its_transaction(struct kunit *test)
{
	struct scene *s = test->priv;

	begin(test);
	stage_listener(test, 1, "http", "", 30731);
	KUNIT_EXPECT_EQ(test, gws_transaction_begin(s->gn, PORTID + 1, 0),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, gws_transaction_abort(s->gn, PORTID + 1),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, gws_transaction_abort(s->gn, PORTID), 0);
	KUNIT_EXPECT_EQ(test, commit(test), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, gws_transaction_begin(s->gn, PORTID, 1),
			-ESTALE);
	begin(test);
	KUNIT_EXPECT_EQ(test, gws_transaction_remove(s->gn, PORTID,
						     GWS_OBJECT_TABLE, 1),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, commit(test), -ECANCELED);
}

struct reader {
	struct kunit *test;
	u64 rounds;
	u64 wrong;
};

/* Backend 1 is cluster 1 in every state that was ever committed. */
static int read_on(void *arg)
{
	struct gws_addr to = address("10.9.9.9", 30731);
	struct reader *r = arg;
	struct scene *s = r->test->priv;
	struct gws_route_hint hint = {};
	struct gws_endpoint *ep;
	struct gws_choice choice;
	enum gws_verdict verdict;

	while (!kthread_should_stop()) {
		local_bh_disable();
		verdict = gws_config_route(s->gn, &to, str("a.x"), str("/"),
					   &no_headers,
					   r->rounds & 8 ? &hint : NULL,
					   &choice);
		if (verdict != GWS_VERDICT_BACKEND ||
		    choice.backend->cluster->id != 1) {
			r->wrong++;
		} else {
			gws_tally_inc(choice.backend->tally, requests);
			ep = gws_cluster_pick(choice.backend->cluster, NULL);
			if (ep)
				gws_endpoint_put(ep);
			else
				r->wrong++;
		}
		gws_choice_put(&choice);
		local_bh_enable();
		r->rounds++;
		cond_resched();
	}
	return 0;
}

/*
 * Odd generations serve a.x by its own table and everything else by cluster 2,
 * even ones a.x by the table of any host: cluster 2 for a.x would be a mixture
 * of the two.
 */
static void readers_never_see_half_a_commit(struct kunit *test)
{
	struct reader readers[2] = {};
	struct task_struct *task[2];
	u64 rounds = 0;
	int i, odd;

	arrange(test);
	begin(test);
	stage_table(test, 1, 1, "", "/", 1, 0);
	KUNIT_ASSERT_EQ(test, commit(test), 0);
	for (i = 0; i < 2; i++) {
		readers[i].test = test;
		task[i] = kthread_run(read_on, &readers[i], "gws-reader/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task[i]));
	}
	for (i = 0; i < COMMITS; i++) {
		odd = !(i & 1);
		begin(test);
		stage_listener(test, 1, "http", "", 30731);
		stage_cluster(test, 1, odd ? "10.0.0.1" : "10.0.0.3", NULL);
		stage_table(test, 1, 1, "", "/", !odd, odd);
		if (odd)
			stage_table(test, 2, 1, "a.x", "/", 1, 0);
		else
			del(test, GWS_OBJECT_TABLE, 2);
		KUNIT_EXPECT_EQ(test, commit(test), 0);
	}
	for (i = 0; i < 2; i++) {
		kthread_stop(task[i]);
		KUNIT_EXPECT_EQ(test, readers[i].wrong, 0);
		rounds += readers[i].rounds;
	}
	KUNIT_EXPECT_GT(test, rounds, 100);
	kunit_info(test, "%llu lookups during %d commits", rounds, COMMITS);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(table_of_the_most_specific_host_wins),
	KUNIT_CASE(listener_of_the_most_specific_host_is_alone),
	KUNIT_CASE(bind_of_an_address_goes_before_any),
	KUNIT_CASE(references_are_checked_as_the_commit_leaves_them),
	KUNIT_CASE(mirrors_name_clusters_and_shares),
	KUNIT_CASE(tables_swap_hostnames_but_do_not_share_one),
	KUNIT_CASE(counters_and_picks_survive_a_replaced_table),
	KUNIT_CASE(rules_without_a_usable_backend_are_invalid),
	KUNIT_CASE(request_finishes_on_what_it_started_with),
	KUNIT_CASE(endpoints_set_aside_are_avoided),
	KUNIT_CASE(idle_connections_end_with_their_endpoint),
	KUNIT_CASE(failure_at_any_step_leaves_nothing),
	KUNIT_CASE(socket_that_closes_drops_its_transaction),
	KUNIT_CASE(readers_never_see_half_a_commit),
	{}
};

static int suite_init(struct kunit_suite *suite)
{
	return gws_configs_init();
}

static void suite_exit(struct kunit_suite *suite)
{
	gws_configs_exit();
}

static struct kunit_suite table_suite = {
	.name = "gws_table",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.init = scene_init,
	.exit = scene_exit,
	.test_cases = table_cases,
};

kunit_test_suites(&table_suite);
