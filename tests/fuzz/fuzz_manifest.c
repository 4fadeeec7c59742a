// SPDX-License-Identifier: MIT
/*
 * The daemon's pipeline over any text: it never fails, what it makes keeps the
 * invariants that the kernel checks, and a document that was read once is read
 * the same again.
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
#include "fuzz.h"

struct input {
	struct gws_store *store;
	struct gws_problems *problems;
	size_t documents;
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

/* A tree printed as JSON is YAML, and the same tree. */
static void take_again(const struct gws_yaml_doc *doc, void *data)
{
	MUST(doc->root);
	MUST(cJSON_Compare(doc->root, data, true));
	cJSON_Delete(doc->root);
}

static void take_document(const struct gws_yaml_doc *doc, void *data)
{
	struct input *input = data;
	char *json;

	input->documents++;
	MUST(!doc->root == !!doc->error);
	if (!doc->root)
		return;
	json = cJSON_PrintUnformatted(doc->root);
	/* Escapes of surrogates and of DEL are JSON's, libyaml has others. */
	if (json && !strstr(json, "\\u") && !strpbrk(json, "\x7f\xc2\xe2\xef"))
		gws_yaml_read(json, strlen(json), take_again, doc->root);
	free(json);
	gws_decode(doc->root, "f", input->problems, take, input);
	cJSON_Delete(doc->root);
}

static void run(struct input *input)
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
	struct gws_ir *ir = gws_ir_build(graph), *again;
	char why[256];

	MUST(!gws_ir_check(ir, why, sizeof(why)));
	again = gws_ir_build(graph);
	MUST(ir->digest == again->digest);
	cJSON_Delete(gws_status_build(graph, &done));
	gws_ir_destroy(again);
	gws_ir_destroy(ir);
	gws_graph_destroy(graph);
	gws_nodeports_destroy(env.nodeports);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {
		.store = gws_store_create(),
		.problems = gws_problems_create(),
	};
	char *text = fuzz_copy(data, size, 0, 0);

	gws_yaml_read(text, size, take_document, &input);
	run(&input);
	free(text);
	gws_problems_destroy(input.problems);
	gws_store_destroy(input.store);
	return 0;
}
