// SPDX-License-Identifier: MIT
/*
 * The file of NodePorts, any bytes: refused whole, or what it says holds; and
 * whatever Gateways come then, no port is given twice, a known one stays, and
 * what is saved is read as the same. The first byte is the length of the file,
 * in eighths of the input; the rest says which Gateways come.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../userspace/gwsteerd/nodeports.h"
#include "../../userspace/lib/jsonx.h"
#include "fuzz.h"

enum { GATEWAYS = 16 };

static char directory[] = "/tmp/gwsteer-fuzz-XXXXXX", saved[64];

/* In place of libc's: what a disk keeps is not the question. */
int fsync(int fd)
{
	return fd < 0 ? -1 : 0;
}

static void clean_up(void)
{
	unlink(saved);
	rmdir(directory);
}

/* A file of these bytes that no disk has, by its name. */
static const char *file_of(const void *data, size_t len)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("nodeports", MFD_CLOEXEC);
		MUST(fd >= 0 && mkdtemp(directory));
		snprintf(saved, sizeof(saved), "%s/nodeports.json", directory);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		atexit(clean_up);
	}
	MUST(!ftruncate(fd, 0) && pwrite(fd, data, len, 0) == (ssize_t)len);
	return path;
}

/* Who has which port, as a file says. */
struct known {
	cJSON *tree;
	const cJSON *ports;
};

static struct known read_known(const char *text)
{
	struct known known = { .tree = cJSON_Parse(text) };

	known.ports = gws_json_get(known.tree, "ports");
	return known;
}

/* The first of that name counts. */
static u16 port_of(const struct known *known, const char *key)
{
	return gws_json_int(known->ports, key, 0);
}

static void check_ports(const struct known *known)
{
	static u8 seen[65536];
	const cJSON *port;

	memset(seen, 0, sizeof(seen));
	cJSON_ArrayForEach(port, known->ports) {
		MUST(port->valuedouble >= GWS_NODEPORT_MIN);
		MUST(port->valuedouble <= GWS_NODEPORT_MAX);
		MUST(!seen[(u16)port->valuedouble]++);
	}
}

static struct known save(struct gws_nodeports *ports)
{
	static char text[1 << 18];
	struct known known;
	size_t n;
	FILE *file;

	MUST(!gws_nodeports_save(ports, saved) && !gws_nodeports_dirty(ports));
	file = fopen(saved, "r");
	MUST(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	known = read_known(text);
	MUST(cJSON_IsObject(known.ports));
	return known;
}

/* Gateways of few names come; @before is what was known of them. */
static void resolve(struct gws_nodeports *ports, struct fuzz_input *in,
		    const struct known *before)
{
	static u8 taken[65536];
	char gateway[3] = "a", key[64];
	u16 port, old;
	u32 i;

	memset(taken, 0, sizeof(taken));
	gws_nodeports_begin(ports);
	for (i = fuzz_byte(in) % 4; i; i--) {
		port = GWS_NODEPORT_MIN + fuzz_u32(in) % 2768;
		MUST(gws_nodeports_fix(ports, port) == !taken[port]);
		taken[port] = 1;
	}
	for (i = 0; i < GATEWAYS && in->left; i++) {
		gateway[0] = 'a' + fuzz_byte(in) % GATEWAYS;
		snprintf(key, sizeof(key), "ns/%s/80", gateway);
		old = before ? port_of(before, key) : 0;
		port = gws_nodeports_get(ports, "ns", gateway, 80);
		MUST(port >= GWS_NODEPORT_MIN && port <= GWS_NODEPORT_MAX);
		MUST(port == gws_nodeports_get(ports, "ns", gateway, 80));
		/* Only one that has come before may have it already. */
		MUST(!old || port == old || taken[old]);
		MUST(!taken[port] || taken[port] == gateway[0]);
		taken[port] = gateway[0];
	}
}

static void check(struct fuzz_input *in, const char *path,
		  const struct known *before)
{
	struct gws_nodeports *ports = gws_nodeports_create(), *again;
	int err = gws_nodeports_load(ports, path);
	struct known after, more;

	MUST(!err || err == -EINVAL);
	MUST(!gws_nodeports_dirty(ports));
	if (err) {
		before = NULL;
		after = save(ports);
		MUST(!after.ports->child);
		cJSON_Delete(after.tree);
	} else {
		check_ports(before);
	}
	resolve(ports, in, before);
	after = save(ports);
	check_ports(&after);
	again = gws_nodeports_create();
	MUST(!gws_nodeports_load(again, saved));
	more = save(again);
	MUST(cJSON_Compare(after.tree, more.tree, true));
	cJSON_Delete(after.tree);
	cJSON_Delete(more.tree);
	gws_nodeports_destroy(again);
	gws_nodeports_destroy(ports);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	size_t len = fuzz_byte(&in) % 9 * in.left / 8;
	char *text = fuzz_copy(in.p, len, 1, 0);
	const char *path = file_of(text, len);
	struct known before = read_known(text);

	in.p += len;
	in.left -= len;
	check(&in, path, &before);
	cJSON_Delete(before.tree);
	free(text);
	return 0;
}
