// SPDX-License-Identifier: MIT
/*
 * When the daemon's pipeline runs, and what status.json says afterwards. The
 * loop, the kernel's tables and the sockets of others are played by this test.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../userspace/lib/jsonx.h"
#include "../../userspace/lib/log.h"
#include "../../userspace/lib/nl.h"
#include "../../userspace/lib/ports.h"
#include "../../userspace/lib/routes.h"
#include "../../userspace/lib/rundir.h"
#include "app.h"
#include "node.h"
#include "push.h"

static const char gateway[] =
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: Gateway\n"
"metadata: {name: gw, namespace: demo}\n"
"spec:\n"
"  gatewayClassName: gwsteer\n"
"  listeners:\n"
"  - {name: http, port: 80, protocol: HTTP}\n";

static const char service[] =
"apiVersion: v1\n"
"kind: Service\n"
"metadata: {name: gwsteer-gateway-gw, namespace: demo}\n"
"spec:\n"
"  clusterIPs: [10.96.0.9, 'fd00:96::9']\n"
"  ports: [{port: 80}]\n";

static const char route[] =
"apiVersion: gateway.networking.k8s.io/v1\n"
"kind: HTTPRoute\n"
"metadata: {name: lost, namespace: demo}\n"
"spec:\n"
"  parentRefs: [{name: gw}]\n"
"  rules: [{backendRefs: [{name: nowhere, port: 80}]}]\n";

static const char nowhere[] =
"apiVersion: v1\n"
"kind: Service\n"
"metadata: {name: nowhere, namespace: demo}\n"
"spec: {ports: [{port: 80}]}\n";

static char dir[64];
static struct gws_app *app;

/* --- the loop --- */

static gws_loop_fd_fn timer;
static void *timer_data;

int gws_loop_add(struct gws_loop *loop, int fd, gws_loop_fd_fn fn, void *data)
{
	(void)loop, (void)fd, (void)fn, (void)data;
	return 0;
}

void gws_loop_remove(struct gws_loop *loop, int fd)
{
	(void)loop, (void)fd;
}

int gws_loop_after(struct gws_loop *loop, uint32_t ms, gws_loop_fd_fn fn,
		   void *data)
{
	(void)loop, (void)ms;
	timer = fn;
	timer_data = data;
	return 0;
}

static void pass_time(void)
{
	gws_loop_fd_fn fn = timer;

	assert_non_null(fn);
	timer = NULL;
	fn(timer_data);
}

/* --- the kernel --- */

static const struct gws_push_error refusal = { "demo/gw/http", "no" };
static struct gws_push_view view = { .module = GWS_MODULE_READY };
static bool refuses;
static int push_err;
static int pushes;

struct gws_push *gws_push_create(void)
{
	return malloc(1);
}

void gws_push_set_limits(struct gws_push *push,
			 const struct gws_limit_value *limits, size_t n)
{
	(void)push, (void)limits, (void)n;
}

void gws_push_destroy(struct gws_push *push)
{
	free(push);
}

int gws_push_run(struct gws_push *push, const struct gws_ir *ir,
		 struct gws_push_result *result)
{
	(void)push, (void)ir;
	pushes++;
	*result = (struct gws_push_result){
		.state = push_err ? GWS_PUSH_FAILED : GWS_PUSH_DONE,
		.err = push_err, .text = push_err ? "no" : NULL,
		.errors = &refusal, .nerrors = refuses,
	};
	return push_err;
}

bool gws_push_poll(struct gws_push *push)
{
	(void)push;
	return false;
}

void gws_push_forget(struct gws_push *push)
{
	(void)push;
}

const struct gws_push_view *gws_push_view(const struct gws_push *push)
{
	(void)push;
	return &view;
}

int gws_nl_watch_open(struct gws_nl_watch **watch)
{
	*watch = NULL;
	return -ENOENT;
}

int gws_nl_watch_fd(const struct gws_nl_watch *watch)
{
	(void)watch;
	return -1;
}

bool gws_nl_watch_read(struct gws_nl_watch *watch)
{
	(void)watch;
	return false;
}

void gws_nl_watch_close(struct gws_nl_watch *watch)
{
	(void)watch;
}

/* --- the node --- */

static uint32_t inode;	/* of the socket that has port 80, 0: free */

int gws_port_holder(const struct gws_ip *addr, uint16_t port,
		    struct gws_port_holder *holder)
{
	(void)addr;
	memset(holder, 0, sizeof(*holder));
	holder->inode = inode;
	return inode && port == 80;
}

void gws_port_name(struct gws_port_holder *holder)
{
	strcpy(holder->process, "nginx");
}

const char *gws_port_text(const struct gws_port_holder *holder, char text[64])
{
	return strcpy(text, holder->process);
}

int gws_node_addrs(struct gws_ip *addrs)
{
	return gws_ip_parse("192.0.2.1", addrs) ? -EINVAL : 1;
}

static size_t routed;	/* addresses at the last call */

int gws_routes_sync(const struct gws_ip *addrs, size_t naddrs)
{
	(void)addrs;
	routed = naddrs;
	return 0;
}

/* --- */

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void start(void)
{
	static uint16_t host_ports[] = { 80 };
	static char manifests[128];
	static const struct gws_app_options options = {
		.manifests = manifests, .state_dir = dir, .run_dir = dir,
		.host_ports = host_ports, .nhost_ports = 1,
	};

	strcpy(manifests, path_of("manifests"));
	assert_int_equal(gws_app_create(&app, &options, NULL), 0);
}

static int put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	return !file || fputs(text, file) < 0 || fclose(file) ? -1 : 0;
}

static int setup(void **state)
{
	(void)state;
	gws_log_init("t_app", GWS_LOG_ERROR);
	strcpy(dir, "/tmp/t_app.XXXXXX");
	if (!mkdtemp(dir) || mkdir(path_of("manifests"), 0755))
		return -1;
	if (put("manifests/gateway.yaml", gateway))
		return -1;
	refuses = false;
	push_err = 0;
	view.sent = 0;
	inode = 0;
	pushes = 0;
	start();
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	gws_app_destroy(app);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* Programmed of the Gateway and how many addresses its status lists. */
static void expect(const char *programmed, const char *text, int addresses)
{
	const cJSON *object, *cond, *status = NULL;
	cJSON *tree;

	assert_int_equal(gws_status_read(dir, &tree), 0);
	cJSON_ArrayForEach(object, gws_json_get(tree, "objects"))
		if (!strcmp(gws_json_str(object, "kind", ""), "Gateway"))
			status = gws_json_get(object, "status");
	assert_int_equal(cJSON_GetArraySize(gws_json_get(status, "addresses")),
			 addresses);
	cJSON_ArrayForEach(cond, gws_json_get(status, "conditions"))
		if (!strcmp(gws_json_str(cond, "type", ""), "Programmed"))
			break;
	assert_string_equal(gws_json_str(cond, "status", ""), programmed);
	assert_non_null(strstr(gws_json_str(cond, "message", ""), text));
	cJSON_Delete(tree);
}

static void test_rests_when_all_is_well(void **state)
{
	(void)state;
	expect("True", "Ports: 80", 1);
	assert_int_equal(pushes, 1);
	pass_time();
	pass_time();
	assert_int_equal(pushes, 1);
}

static void test_refused_is_tried_again(void **state)
{
	(void)state;
	refuses = true;
	gws_app_rescan(app);
	assert_int_equal(pushes, 2);
	expect("False", "refused", 0);
	pass_time();
	assert_int_equal(pushes, 3);
	refuses = false;
	pass_time();
	assert_int_equal(pushes, 4);
	expect("True", "Ports: 80", 1);
	pass_time();
	assert_int_equal(pushes, 4);
}

static void test_taken_port(void **state)
{
	(void)state;
	inode = 7;
	pass_time();
	expect("False", "Port 80 of 192.0.2.1 is taken by nginx", 0);
	pass_time();
	expect("False", "Port 80 of 192.0.2.1 is taken by nginx", 0);
	inode = 0;
	pass_time();
	expect("True", "Ports: 80", 1);
}

static void test_own_addresses_are_routed(void **state)
{
	(void)state;
	assert_int_equal(routed, 0);
	assert_int_equal(put("manifests/service.yaml", service), 0);
	gws_app_rescan(app);
	assert_int_equal(routed, 2);
	routed = 0;
	pass_time();
	assert_int_equal(routed, 2);
	assert_int_equal(unlink(path_of("manifests/service.yaml")), 0);
	gws_app_rescan(app);
	assert_int_equal(routed, 0);
}

/* Changes that the kernel took, and that they took time, by status.json. */
static long long applied(void)
{
	const cJSON *node;
	long long count;
	cJSON *tree;
	double seconds;

	assert_int_equal(gws_status_read(dir, &tree), 0);
	node = gws_json_get(gws_json_get(tree, "push"), "applied");
	count = gws_json_int(node, "count", -1);
	seconds = gws_json_get(node, "seconds")->valuedouble;
	assert_true(count ? seconds > 0 && seconds < 60 : seconds == 0);
	cJSON_Delete(tree);
	return count;
}

static void test_applied(void **state)
{
	(void)state;
	/* What is in the kernel already is no change. */
	assert_int_equal(applied(), 0);
	view.sent = 2;
	gws_app_rescan(app);
	assert_int_equal(applied(), 1);
	push_err = -EBUSY;
	gws_app_rescan(app);
	pass_time();
	assert_int_equal(applied(), 1);
	push_err = 0;
	pass_time();
	assert_int_equal(applied(), 2);
	view.sent = 0;
	gws_app_rescan(app);
	assert_int_equal(applied(), 2);
}

/* What goes to stderr from now on, until stop_log() returns it. */
static FILE *stderr_file;
static int stderr_saved;

static void start_log(void)
{
	stderr_file = tmpfile();
	assert_non_null(stderr_file);
	stderr_saved = dup(STDERR_FILENO);
	dup2(fileno(stderr_file), STDERR_FILENO);
}

static const char *stop_log(void)
{
	static char text[4096];
	size_t len;

	dup2(stderr_saved, STDERR_FILENO);
	close(stderr_saved);
	rewind(stderr_file);
	len = fread(text, 1, sizeof(text) - 1, stderr_file);
	text[len] = '\0';
	fclose(stderr_file);
	return text;
}

#define LOST	"HTTPRoute demo/lost parent gw: ResolvedRefs=False"

static void test_bad_conditions_are_logged(void **state)
{
	const char *text;

	(void)state;
	gws_log_init("t_app", GWS_LOG_INFO);
	assert_int_equal(put("manifests/lost.yaml", route), 0);
	start_log();
	gws_app_rescan(app);
	text = stop_log();
	assert_non_null(strstr(text, "error: lost.yaml:1: " LOST
			       " (BackendNotFound): "));
	assert_non_null(strstr(text, "nowhere"));

	/* Once, not with every look, and not when the module is away. */
	start_log();
	gws_app_rescan(app);
	push_err = -ENOENT;
	gws_app_rescan(app);
	pass_time();
	text = stop_log();
	assert_null(strstr(text, LOST));
	assert_null(strstr(text, "Programmed"));

	push_err = 0;
	assert_int_equal(put("manifests/nowhere.yaml", nowhere), 0);
	start_log();
	gws_app_rescan(app);
	text = stop_log();
	assert_non_null(strstr(text, "no longer so: " LOST "\n"));
	assert_null(strstr(text, "error: "));
}

int main(void)
{
#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_rests_when_all_is_well),
		CASE(test_refused_is_tried_again), CASE(test_taken_port),
		CASE(test_own_addresses_are_routed), CASE(test_applied),
		CASE(test_bad_conditions_are_logged),
	};

	return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
