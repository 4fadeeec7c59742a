// SPDX-License-Identifier: MIT
/*
 * The store: order, replacement, generations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../userspace/lib/mem.h"
#include "store.h"

static struct gws_object *make(const char *namespace, const char *name,
			       uint64_t spec)
{
	struct gws_object *object = gws_object_create();

	object->kind = GWS_KIND_HTTPROUTE;
	object->namespace = gws_mem_strdup(object->arena, namespace);
	object->name = gws_mem_strdup(object->arena, name);
	object->spec_digest = spec;
	object->digest = spec;
	return object;
}

static void order(void **state)
{
	struct gws_store *store = gws_store_create();
	struct gws_object *const *objects;
	unsigned int seed = 1, i;
	char name[16];
	size_t count;

	(void)state;
	for (i = 0; i < 500; i++) {
		seed = seed * 1103515245 + 12345;
		snprintf(name, sizeof(name), "n%u", seed >> 16 & 255);
		gws_store_put(store, make(seed & 0x1000000 ? "a" : "b", name,
					  i));
	}
	objects = gws_store_kind(store, GWS_KIND_HTTPROUTE, &count);
	assert_true(count > 100);
	for (i = 1; i < count; i++)
		assert_true(gws_object_cmp(objects[i - 1], objects[i]) < 0);
	for (i = 0; i < count; i++)
		assert_ptr_equal(gws_store_find(store, GWS_KIND_HTTPROUTE,
						objects[i]->namespace,
						objects[i]->name), objects[i]);
	assert_null(gws_store_find(store, GWS_KIND_HTTPROUTE, "a", "none"));
	assert_null(gws_store_find(store, GWS_KIND_SERVICE, "a",
				   objects[0]->name));
	gws_store_destroy(store);
}

static int64_t generation(const struct gws_store *store)
{
	return gws_store_find(store, GWS_KIND_HTTPROUTE, "a", "r")->generation;
}

static void generations(void **state)
{
	struct gws_store *store = gws_store_create();
	struct gws_object *object;
	unsigned long version;

	(void)state;
	assert_true(gws_store_put(store, make("a", "r", 1)));
	assert_int_equal(generation(store), 1);
	version = gws_store_version(store);
	assert_false(gws_store_put(store, make("a", "r", 1)));
	assert_int_equal(generation(store), 1);
	assert_int_equal(gws_store_version(store), version);
	assert_true(gws_store_put(store, make("a", "r", 2)));
	assert_int_equal(generation(store), 2);
	/* Labels are no part of the spec: a change without a generation. */
	object = make("a", "r", 2);
	object->digest = 99;
	assert_true(gws_store_put(store, object));
	assert_int_equal(generation(store), 2);
	/* An API server's own number is taken as it is. */
	object = make("a", "r", 2);
	object->digest = 99;
	object->generation = 40;
	assert_true(gws_store_put(store, object));
	assert_int_equal(generation(store), 40);
	assert_true(gws_store_version(store) > version);
	gws_store_destroy(store);
}

static void deletion(void **state)
{
	struct gws_store *store = gws_store_create();
	struct gws_object *object = make("a", "r", 1);
	size_t count;

	(void)state;
	gws_store_put(store, gws_object_get(object));
	gws_store_put(store, make("a", "s", 1));
	assert_false(gws_store_del(store, GWS_KIND_HTTPROUTE, "a", "q"));
	assert_true(gws_store_del(store, GWS_KIND_HTTPROUTE, "a", "r"));
	assert_false(gws_store_del(store, GWS_KIND_HTTPROUTE, "a", "r"));
	gws_store_kind(store, GWS_KIND_HTTPROUTE, &count);
	assert_int_equal(count, 1);
	/* Whoever holds it still has it. */
	assert_string_equal(object->name, "r");
	gws_object_put(object);
	gws_store_destroy(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order), cmocka_unit_test(generations),
		cmocka_unit_test(deletion),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
