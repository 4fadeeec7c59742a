// SPDX-License-Identifier: MIT
/*
 * One golden case: runs the daemon's pipeline over base.yaml and a case, as two
 * files of a directory, and writes what the kernel would get and the statuses
 * as if it had taken everything.
 *
 *   golden BASE CASE OUT    CASE.in.yaml to OUT.ir.yaml, OUT.status.yaml
 *
 * A line "# taken: ADDRESS PORT HOLDER" in a case is a port of the node that a
 * process has; CASE.nodeports.json, if there, has NodePorts given out before.
 *
 * What comes out must not depend on the order of documents and files: it is
 * computed again with every document in a file of its own, in reverse.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../userspace/gwsteerd/ir.h"
#include "../../userspace/gwsteerd/ir_dump.h"
#include "../../userspace/gwsteerd/nodeports.h"
#include "../../userspace/gwsteerd/problem.h"
#include "../../userspace/gwsteerd/resolve.h"
#include "../../userspace/gwsteerd/source_dir.h"
#include "../../userspace/gwsteerd/status.h"
#include "../../userspace/gwsteerd/store.h"
#include "../../userspace/lib/file.h"
#include "../../userspace/lib/jsonx.h"
#include "../../userspace/lib/mem.h"
#include "../../userspace/lib/yaml_out.h"
#include "refused.h"

/* The node of all cases. */
static const char *const node_addrs[] = { "192.0.2.10", "2001:db8::10" };
static const char *const pool[] = { "198.51.100.0/28" };
static const uint16_t host_ports[] = { 80, 443 };

struct result {
	cJSON *ir;
	cJSON *objects;
	cJSON *problems;
	bool duplicates;	/* the order of files matters, rightly */
	char why[256];		/* gws_ir_check() */
	const char *refused;	/* by the kernel, see refused.h */
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t len;
	char *text;

	if (fd < 0)
		die(path);
	errno = -gws_file_read(fd, 1 << 20, &st, &text, &len);
	if (errno)
		die(path);
	close(fd);
	return text;
}

static void put(const char *dir, const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (!file || fwrite(text, 1, len, file) != len || fclose(file))
		die(path);
}

/* @next: numbers go down, so that what comes last is read first. */
static void put_documents(const char *dir, const char *text, int *next)
{
	const char *end;
	char name[32];

	while (*text) {
		end = strstr(text, "\n---");
		snprintf(name, sizeof(name), "%04d.yaml", (*next)--);
		put(dir, name, text, end ? (size_t)(end - text) + 1 :
					   strlen(text));
		text = end ? end + 1 + strcspn(end + 1, "\n") : "";
	}
}

static void add_problems(struct result *result, const struct gws_problems *list)
{
	const struct gws_problem *problem;
	char text[2048], line[2100];
	size_t i;

	for (i = 0; i < gws_problems_count(list); i++) {
		problem = gws_problems_get(list, i);
		gws_problem_format(problem, text, sizeof(text));
		snprintf(line, sizeof(line), "%s: %s",
			 gws_level_name(problem->level), text);
		gws_json_append(result->problems,
				gws_mem_check(cJSON_CreateString(line)));
		result->duplicates |= strstr(line, "already, which") != NULL;
	}
}

static size_t read_taken(const char *text, struct gws_taken_port *list,
			 char holders[][32], size_t max)
{
	const char *at = text;
	char addr[64];
	size_t n = 0;

	while (n < max && (at = strstr(at, "# taken: "))) {
		if (sscanf(at, "# taken: %63s %hu %31[^\n]", addr,
			   &list[n].port, holders[n]) != 3 ||
		    gws_ip_parse(addr, &list[n].addr))
			exit(2);
		list[n].holder = holders[n];
		n++;
		at++;
	}
	return n;
}

static struct result run(const char *name, const char *dir, const char *text)
{
	static const struct gws_push_result done = { .state = GWS_PUSH_DONE };
	struct gws_store *store = gws_store_create();
	struct gws_nodeports *nodeports = gws_nodeports_create();
	struct result result = { .problems = gws_json_array() };
	struct gws_taken_port taken[4];
	struct gws_source_dir *source;
	struct gws_ip addrs[2];
	char holders[4][32];
	struct gws_cidr cidr;
	struct gws_env env = {
		.addrs = addrs, .naddrs = 2, .pool = &cidr, .npool = 1,
		.host_ports = host_ports, .nhost_ports = 2,
		.nodeports = nodeports,
		.taken = taken, .ntaken = read_taken(text, taken, holders, 4),
	};
	char path[PATH_MAX];
	struct gws_graph *graph;
	struct gws_ir *ir;

	if (gws_ip_parse(node_addrs[0], &addrs[0]) ||
	    gws_ip_parse(node_addrs[1], &addrs[1]) ||
	    gws_cidr_parse(pool[0], &cidr))
		exit(2);
	errno = -gws_source_dir_open(&source, dir, NULL, store);
	if (errno)
		die(dir);
	snprintf(path, sizeof(path), "%s.nodeports.json", name);
	errno = -gws_nodeports_load(nodeports, path);
	if (errno)
		die(path);
	graph = gws_resolve(store, &env);
	ir = gws_ir_build(graph);
	gws_ir_check(ir, result.why, sizeof(result.why));
	result.refused = refused(ir);
	result.ir = gws_ir_json(ir);
	result.objects = gws_status_build(graph, &done);
	add_problems(&result, gws_source_dir_problems(source));
	add_problems(&result, gws_graph_notes(graph));
	gws_ir_destroy(ir);
	gws_graph_destroy(graph);
	gws_source_dir_close(source);
	gws_nodeports_destroy(nodeports);
	gws_store_destroy(store);
	return result;
}

static void result_clear(struct result *result)
{
	cJSON_Delete(result->ir);
	cJSON_Delete(result->objects);
	cJSON_Delete(result->problems);
}

static void write_yaml(const char *out, const char *end, const cJSON *tree)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", out, end);
	file = fopen(path, "w");
	if (!file || gws_yaml_write(file, tree) || fclose(file))
		die(path);
}

/* Statuses and problems make one file. */
static void write_all(const char *out, struct result *result)
{
	cJSON *tree = gws_json_object();

	write_yaml(out, ".ir.yaml", result->ir);
	gws_json_add(tree, "problems", result->problems);
	gws_json_add(tree, "objects", result->objects);
	result->problems = NULL;
	result->objects = NULL;
	write_yaml(out, ".status.yaml", tree);
	cJSON_Delete(tree);
}

static void make_dir(char *dir)
{
	strcpy(dir, "/tmp/gwsteer-golden-XXXXXX");
	if (!mkdtemp(dir))
		die(dir);
}

static void remove_dir(const char *dir, int numbered)
{
	char path[PATH_MAX];

	for (; numbered < 9999; numbered++) {
		snprintf(path, sizeof(path), "%s/%04d.yaml", dir, numbered + 1);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/base.yaml", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/case.yaml", dir);
	unlink(path);
	if (rmdir(dir))
		die(dir);
}

int main(int argc, char **argv)
{
	char dir[64], reverse[64], path[PATH_MAX], *base, *text;
	struct result result, again;
	int next = 9999, status = 0;

	if (argc != 4) {
		fputs("golden BASE CASE OUT\n", stderr);
		return 2;
	}
	base = slurp(argv[1]);
	snprintf(path, sizeof(path), "%s.in.yaml", argv[2]);
	text = slurp(path);
	make_dir(dir);
	put(dir, "base.yaml", base, strlen(base));
	put(dir, "case.yaml", text, strlen(text));
	result = run(argv[2], dir, text);
	remove_dir(dir, 9999);
	make_dir(reverse);
	put_documents(reverse, base, &next);
	put_documents(reverse, text, &next);
	again = run(argv[2], reverse, text);
	remove_dir(reverse, next);
	if (*result.why) {
		printf("# gws_ir_check: %s\n", result.why);
		status = 1;
	}
	if (result.refused) {
		printf("# the kernel would refuse %s\n", result.refused);
		status = 1;
	}
	if (!result.duplicates &&
	    (!cJSON_Compare(result.ir, again.ir, true) ||
	     !cJSON_Compare(result.objects, again.objects, true))) {
		puts("# depends on the order of documents");
		status = 1;
	}
	write_all(argv[3], &result);
	result_clear(&result);
	result_clear(&again);
	free(base);
	free(text);
	return status;
}
