// SPDX-License-Identifier: MIT
/*
 * NodePorts and the file that remembers them:
 *   {"version": 1, "ports": {"namespace/gateway/80": 31234, ...}}
 *
 * A port is looked for from a hash of its key onwards, so the same Gateways get
 * the same ports on a fresh node too, unless two of them meet.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/digest.h"
#include "../lib/file.h"
#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "nodeports.h"

enum {
	PORTS = GWS_NODEPORT_MAX - GWS_NODEPORT_MIN + 1,
	FILE_SIZE_MAX = 4 << 20,
	FILE_VERSION = 1,
};

struct entry {
	char *key;
	uint16_t port;
	bool used;		/* in this resolution */
};

/* Ports are unique among entries, so there are PORTS of them at most. */
struct gws_nodeports {
	struct entry entries[PORTS];	/* by key */
	size_t count;
	unsigned char fixed[65536];	/* in this resolution, by port */
	bool dirty;
};

struct gws_nodeports *gws_nodeports_create(void)
{
	return gws_mem_check(calloc(1, sizeof(struct gws_nodeports)));
}

static void clear(struct gws_nodeports *ports)
{
	while (ports->count)
		free(ports->entries[--ports->count].key);
}

void gws_nodeports_destroy(struct gws_nodeports *ports)
{
	if (!ports)
		return;
	clear(ports);
	free(ports);
}

static struct entry *find_key(struct gws_nodeports *ports, const char *key,
			      size_t *at)
{
	size_t low = 0, high = ports->count, middle;
	int cmp;

	while (low < high) {
		middle = low + (high - low) / 2;
		cmp = strcmp(ports->entries[middle].key, key);
		if (!cmp)
			return &ports->entries[middle];
		if (cmp < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	return NULL;
}

static struct entry *find_port(struct gws_nodeports *ports, uint16_t port)
{
	size_t i;

	for (i = 0; i < ports->count; i++)
		if (ports->entries[i].port == port)
			return &ports->entries[i];
	return NULL;
}

static void drop(struct gws_nodeports *ports, struct entry *entry)
{
	size_t at = (size_t)(entry - ports->entries);

	free(entry->key);
	ports->count--;
	memmove(entry, entry + 1, (ports->count - at) * sizeof(*entry));
	ports->dirty = true;
}

static void insert(struct gws_nodeports *ports, const char *key, uint16_t port)
{
	struct entry *entry;
	size_t at;

	if (find_key(ports, key, &at))
		return;
	entry = &ports->entries[at];
	memmove(entry + 1, entry, (ports->count - at) * sizeof(*entry));
	entry->key = gws_mem_check(strdup(key));
	entry->port = port;
	entry->used = true;
	ports->count++;
	ports->dirty = true;
}

void gws_nodeports_begin(struct gws_nodeports *ports)
{
	size_t i;

	memset(ports->fixed, 0, sizeof(ports->fixed));
	for (i = 0; i < ports->count; i++)
		ports->entries[i].used = false;
}

bool gws_nodeports_fix(struct gws_nodeports *ports, uint16_t port)
{
	if (ports->fixed[port])
		return false;
	ports->fixed[port] = 1;
	return true;
}

static bool is_free(struct gws_nodeports *ports, uint16_t port)
{
	struct entry *entry = find_port(ports, port);

	if (ports->fixed[port] || (entry && entry->used))
		return false;
	if (entry)
		drop(ports, entry);
	return true;
}

/*
 * A port whose owner comes later in this resolution must not be given away, so
 * a first round leaves all remembered ports alone.
 */
static uint16_t search(struct gws_nodeports *ports, const char *key)
{
	unsigned int start = gws_digest_str(GWS_DIGEST_INIT, key) % PORTS;
	unsigned int i;
	uint16_t port;
	int round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < PORTS; i++) {
			port = (uint16_t)(GWS_NODEPORT_MIN +
					  (start + i) % PORTS);
			if (!round && find_port(ports, port))
				continue;
			if (is_free(ports, port))
				return port;
		}
	return 0;
}

uint16_t gws_nodeports_get(struct gws_nodeports *ports, const char *namespace,
			   const char *gateway, uint16_t port)
{
	struct entry *entry;
	char key[512];
	uint16_t found;
	size_t at;

	snprintf(key, sizeof(key), "%s/%s/%u", namespace, gateway, port);
	entry = find_key(ports, key, &at);
	if (entry && !ports->fixed[entry->port]) {
		entry->used = true;
		return entry->port;
	}
	if (entry)
		drop(ports, entry);
	found = search(ports, key);
	if (found)
		insert(ports, key, found);
	return found;
}

bool gws_nodeports_dirty(const struct gws_nodeports *ports)
{
	return ports->dirty;
}

static int take(struct gws_nodeports *ports, const cJSON *tree)
{
	const cJSON *list = gws_json_get(tree, "ports"), *item;
	double port;

	if (!cJSON_IsObject(tree) || !cJSON_IsObject(list) ||
	    gws_json_int(tree, "version", 0) != FILE_VERSION)
		return -EINVAL;
	cJSON_ArrayForEach(item, list) {
		port = cJSON_IsNumber(item) ? item->valuedouble : 0;
		if (!(port >= GWS_NODEPORT_MIN && port <= GWS_NODEPORT_MAX) ||
		    find_port(ports, (uint16_t)port))
			return -EINVAL;
		insert(ports, item->string, (uint16_t)port);
	}
	return 0;
}

int gws_nodeports_load(struct gws_nodeports *ports, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	cJSON *tree;
	size_t len;
	char *text;

	clear(ports);
	ports->dirty = false;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = gws_file_read(fd, FILE_SIZE_MAX, &st, &text, &len);
	close(fd);
	if (err)
		return err;
	tree = cJSON_Parse(text);
	free(text);
	err = take(ports, tree);
	cJSON_Delete(tree);
	if (err)
		clear(ports);
	ports->dirty = false;
	return err;
}

static char *print(const struct gws_nodeports *ports)
{
	cJSON *tree = gws_json_object(), *list;
	char *text;
	size_t i;

	gws_json_add_int(tree, "version", FILE_VERSION);
	list = gws_json_add(tree, "ports", gws_json_object());
	for (i = 0; i < ports->count; i++)
		gws_json_add_int(list, ports->entries[i].key,
				 ports->entries[i].port);
	text = gws_mem_check(cJSON_Print(tree));
	cJSON_Delete(tree);
	return text;
}

int gws_nodeports_save(struct gws_nodeports *ports, const char *path)
{
	char *text = print(ports);
	int err = gws_file_replace(path, text, strlen(text),
				   GWS_FILE_DURABLE);

	free(text);
	if (!err)
		ports->dirty = false;
	return err;
}
