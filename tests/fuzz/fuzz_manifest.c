// SPDX-License-Identifier: MIT
/*
 * The daemon's pipeline over any text: it never fails, what it makes keeps the
 * invariants that the kernel checks, the order of fields means nothing, and what
 * it says is one line.
 */
#include <string.h>

#include "../../userspace/gwsteerd/decode.h"
#include "../../userspace/gwsteerd/ir.h"
#include "../../userspace/gwsteerd/nodeports.h"
#include "../../userspace/gwsteerd/problem.h"
#include "../../userspace/gwsteerd/resolve.h"
#include "../../userspace/gwsteerd/status.h"
#include "../../userspace/gwsteerd/store.h"
#include "../../userspace/gwsteerd/yaml_tree.h"
#include "../golden/refused.h"
#include "fuzz.h"

struct input {
	struct gws_store *store;
	struct gws_problems *problems;
};

static void take(const struct gws_decoded *decoded, void *data)
{
	struct input *input = data;

	MUST(!decoded->object == (decoded->state != GWS_DECODED));
	if (decoded->object)
		gws_store_put(input->store, decoded->object);
	else if (decoded->state == GWS_DECODED_BROKEN)
		MUST(gws_problems_level(input->problems, GWS_LEVEL_ERROR));
}

/* The same with the fields of every mapping backwards. */
static cJSON *twin_of(const cJSON *node)
{
	cJSON *twin = cJSON_Duplicate(node, false);
	const cJSON *child;

	if (!cJSON_IsObject(node)) {
		cJSON_ArrayForEach(child, node)
			cJSON_AddItemToArray(twin, twin_of(child));
		return twin;
	}
	for (child = node->child ? node->child->prev : NULL; child;
	     child = child == node->child ? NULL : child->prev)
		cJSON_AddItemToObject(twin, child->string, twin_of(child));
	return twin;
}

static void take_document(const struct gws_yaml_doc *doc, void *data)
{
	struct input *inputs = data;
	cJSON *twin;

	MUST(!doc->root == !!doc->error);
	if (!doc->root)
		return;
	twin = twin_of(doc->root);
	gws_decode(doc->root, "f", inputs[0].problems, take, &inputs[0]);
	gws_decode(twin, "f", inputs[1].problems, take, &inputs[1]);
	MUST(gws_problems_count(inputs[0].problems) ==
	     gws_problems_count(inputs[1].problems));
	cJSON_Delete(twin);
	cJSON_Delete(doc->root);
}

/* Returns the digest of what the kernel would get. */
static uint64_t run(struct input *input)
{
	static const uint16_t host_ports[] = { 80, 443 };
	const struct gws_push_result done = { .state = GWS_PUSH_DONE };
	struct gws_ip addr = { .len = 4, .b = { 192, 0, 2, 1 } };
	struct gws_cidr pool = { .ip = { .len = 4, .b = { 198, 51, 100 } },
				 .bits = 24 };
	struct gws_env env = {
		.addrs = &addr, .naddrs = 1, .pool = &pool, .npool = 1,
		.host_ports = host_ports, .nhost_ports = 2,
		.nodeports = gws_nodeports_create(),
	};
	struct gws_graph *graph = gws_resolve(input->store, &env);
	struct gws_ir *ir = gws_ir_build(graph);
	uint64_t digest = ir->digest;
	char why[256];

	MUST(!gws_ir_check(ir, why, sizeof(why)));
	MUST(!refused(ir));
	cJSON_Delete(gws_status_build(graph, &done));
	gws_ir_destroy(ir);
	gws_graph_destroy(graph);
	gws_nodeports_destroy(env.nodeports);
	return digest;
}

static void check_texts(const struct gws_problems *problems)
{
	char text[4096], *c;
	size_t i;

	for (i = 0; i < gws_problems_count(problems); i++) {
		gws_problem_format(gws_problems_get(problems, i), text,
				   sizeof(text));
		for (c = text; *c; c++)
			MUST((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, 0, 0);
	struct input inputs[2];
	int i;

	for (i = 0; i < 2; i++)
		inputs[i] = (struct input){
			.store = gws_store_create(),
			.problems = gws_problems_create(),
		};
	gws_yaml_read(text, size, take_document, inputs);
	MUST(run(&inputs[0]) == run(&inputs[1]));
	check_texts(inputs[0].problems);
	for (i = 0; i < 2; i++) {
		gws_problems_destroy(inputs[i].problems);
		gws_store_destroy(inputs[i].store);
	}
	free(text);
	return 0;
}
