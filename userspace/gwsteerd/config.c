// SPDX-License-Identifier: MIT
/*
 * Keys of the configuration object, and their values.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "config.h"

enum {
	NETWORKS_MAX = 128,	/* of a key; the kernel takes both lists */
	PORTS_MAX = 64,		/* listeners of a Gateway */
};

/* Takes the next word off a list with commas and white space; NULL: none left. */
static const char *next_word(struct gws_arena *arena, const char **list)
{
	static const char separators[] = ", \t\r\n";
	const char *word = *list + strspn(*list, separators);
	size_t len = strcspn(word, separators);

	*list = word + len;
	return len ? gws_mem_printf(arena, "%.*s", (int)len, word) : NULL;
}

/* Nothing beyond the prefix, for that would be a mistake somewhere. */
static bool is_network(const struct gws_cidr *cidr)
{
	int i;

	for (i = cidr->bits; i < 8 * cidr->ip.len; i++)
		if (cidr->ip.b[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static bool is_mapped(const struct gws_cidr *cidr)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return cidr->ip.len == 16 && !memcmp(cidr->ip.b, prefix, sizeof(prefix));
}

static const char *read_networks(struct gws_arena *arena, const char *value,
				 struct gws_cidr **list, size_t *count)
{
	const char *word;
	struct gws_cidr cidr;

	*list = NULL;
	*count = 0;
	while ((word = next_word(arena, &value))) {
		if (gws_cidr_parse(word, &cidr))
			return gws_mem_printf(arena, "\"%.100s\" is neither an address nor a network", word);
		if (!is_network(&cidr))
			return gws_mem_printf(arena, "\"%.100s\" has bits beyond its prefix", word);
		if (is_mapped(&cidr))
			return gws_mem_printf(arena, "\"%.100s\" must be written as IPv4", word);
		if (*count == NETWORKS_MAX)
			return gws_mem_printf(arena, "has more than %d networks", NETWORKS_MAX);
		*gws_mem_push(arena, *list, *count) = cidr;
	}
	return NULL;
}

static const char *read_trusted(struct gws_arena *arena, const char *value,
				struct gws_client_config *config)
{
	return read_networks(arena, value, &config->trusted,
			     &config->ntrusted);
}

static const char *read_senders(struct gws_arena *arena, const char *value,
				struct gws_client_config *config)
{
	return read_networks(arena, value, &config->senders,
			     &config->nsenders);
}

/* 1 to 65535, digits alone; else 0. */
static uint16_t read_port(const char *word)
{
	unsigned long port;

	if (word[strspn(word, "0123456789")] || strlen(word) > 5 || *word == '0')
		return 0;
	port = strtoul(word, NULL, 10);
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static const char *read_proxy(struct gws_arena *arena, const char *value,
			      struct gws_client_config *config)
{
	const char *list = value, *word;
	uint16_t port;

	config->ports = NULL;
	config->nports = 0;
	config->proxy = GWS_PROXY_LISTED;
	if (!strcmp(value, "none") || !strcmp(value, "all")) {
		config->proxy = *value == 'n' ? GWS_PROXY_NONE : GWS_PROXY_ALL;
		return NULL;
	}
	while ((word = next_word(arena, &list))) {
		port = read_port(word);
		if (!port)
			return gws_mem_printf(arena, "\"%.100s\" is no port; \"none\", \"all\" or a list of ports is wanted", word);
		if (config->nports == PORTS_MAX)
			return gws_mem_printf(arena, "has more than %d ports", PORTS_MAX);
		*gws_mem_push(arena, config->ports, config->nports) = port;
	}
	return config->nports ? NULL :
		"is empty; \"none\", \"all\" or a list of ports is wanted";
}

static const char *read_forwarded(struct gws_arena *arena, const char *value,
				  struct gws_client_config *config)
{
	static const struct {
		const char *name;
		bool no_x_forwarded, forwarded;
	} policies[] = {
		{ "X-Forwarded", false, false }, { "Forwarded", true, true },
		{ "Both", false, true }, { "None", true, false },
	};
	size_t i;

	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		if (strcmp(policies[i].name, value))
			continue;
		config->no_x_forwarded = policies[i].no_x_forwarded;
		config->forwarded = policies[i].forwarded;
		return NULL;
	}
	return gws_mem_printf(arena, "\"%.100s\" must be X-Forwarded, Forwarded, Both or None", value);
}

static const struct key {
	const char *name;
	const char *(*read)(struct gws_arena *arena, const char *value,
			    struct gws_client_config *config);
} keys[] = {
	{ "forwardedHeaders", read_forwarded },
	{ "proxyProtocol", read_proxy },
	{ "proxyProtocolSenders", read_senders },
	{ "trustedProxies", read_trusted },
};

/* Those of the module's limits that connections go by. */
static const char *const limit_names[GWS_CONFIG_LIMITS] = {
	"body_rate", "head_timeout", "idle_timeout", "read_rate",
	"response_timeout", "stall_timeout", "tunnel_timeout",
};

static const char *read_limit(struct gws_arena *arena, const char *name,
			      const char *value,
			      struct gws_client_config *config)
{
	const struct gws_limit *limit;
	uint64_t number;
	size_t i;
	int err;

	for (i = 0; i < GWS_CONFIG_LIMITS; i++)
		if (!strcmp(limit_names[i], name))
			break;
	if (i == GWS_CONFIG_LIMITS)
		return "is not a limit of connections";
	limit = gws_limit_find(name, strlen(name));
	err = gws_limit_read(limit, value, &number);
	if (err == -ERANGE)
		return gws_mem_printf(arena, "%s must be %llu to %llu", value,
				      (unsigned long long)limit->min,
				      (unsigned long long)limit->max);
	if (err)
		return gws_mem_printf(arena, "\"%.100s\" is not a number", value);
	config->limits[i] = (struct gws_limit_value){ limit->name, number };
	return NULL;
}

static const struct key *find_key(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static const char *read_key(struct gws_arena *arena, const struct gws_pair *pair,
			    struct gws_client_config *config)
{
	static const char limits[] = "limits.";
	const struct key *key = find_key(pair->name);

	if (key)
		return key->read(arena, pair->value, config);
	if (!strncmp(pair->name, limits, strlen(limits)))
		return read_limit(arena, pair->name + strlen(limits),
				  pair->value, config);
	return "is not a key of the configuration";
}

const char *gws_config_apply(struct gws_arena *arena,
			     const struct gws_configmap *map,
			     struct gws_client_config *config)
{
	const char *wrong;
	size_t i;

	if (map->binary)
		return "binaryData: is not read; data is";
	for (i = 0; i < map->ndata; i++) {
		wrong = read_key(arena, &map->data[i], config);
		if (wrong)
			return gws_mem_printf(arena, "data.%.100s: %s",
					      map->data[i].name, wrong);
	}
	return NULL;
}

bool gws_config_proxies(const struct gws_client_config *config, uint16_t port)
{
	size_t i;

	for (i = 0; i < config->nports; i++)
		if (config->ports[i] == port)
			return true;
	return config->proxy == GWS_PROXY_ALL;
}
