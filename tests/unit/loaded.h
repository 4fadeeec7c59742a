/* SPDX-License-Identifier: MIT */
/* What the daemon's pipeline makes of manifests, for tests of its later steps. */
#ifndef GWS_TESTS_LOADED_H
#define GWS_TESTS_LOADED_H

#include <string.h>

#include "../../userspace/gwsteerd/decode.h"
#include "../../userspace/gwsteerd/nodeports.h"
#include "../../userspace/gwsteerd/problem.h"
#include "../../userspace/gwsteerd/resolve.h"
#include "../../userspace/gwsteerd/store.h"
#include "../../userspace/gwsteerd/yaml_tree.h"

struct loaded {
	struct gws_store *store;
	struct gws_nodeports *nodeports;
	struct gws_problems *problems;
	struct gws_graph *graph;	/* of gws_resolve(), or NULL */
};

static void loaded_object(const struct gws_decoded *decoded, void *data)
{
	struct loaded *loaded = data;

	assert_int_equal(decoded->state, GWS_DECODED);
	gws_store_put(loaded->store, decoded->object);
}

static void loaded_doc(const struct gws_yaml_doc *doc, void *data)
{
	struct loaded *loaded = data;

	gws_decode(doc->root, NULL, loaded->problems, loaded_object, loaded);
	cJSON_Delete(doc->root);
}

static void load(struct loaded *loaded, const char *manifests)
{
	*loaded = (struct loaded){
		.store = gws_store_create(),
		.nodeports = gws_nodeports_create(),
		.problems = gws_problems_create(),
	};
	gws_yaml_read(manifests, strlen(manifests), loaded_doc, loaded);
}

/* All but the store and the graph, whose order is the test's. */
static void unload(struct loaded *loaded)
{
	gws_nodeports_destroy(loaded->nodeports);
	gws_problems_destroy(loaded->problems);
}

#endif /* GWS_TESTS_LOADED_H */
