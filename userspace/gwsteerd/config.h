/* SPDX-License-Identifier: MIT */
/*
 * The configuration object: what a ConfigMap that a parametersRef names says.
 * Each key replaces what a class said of it.
 */
#ifndef GWS_CONFIG_H
#define GWS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limit.h"
#include "object.h"

struct gws_arena;

enum gws_proxy_ports { GWS_PROXY_NONE, GWS_PROXY_LISTED, GWS_PROXY_ALL };

enum { GWS_CONFIG_LIMITS = 7 };

struct gws_client_config {
	/* trustedProxies */
	struct gws_cidr *trusted;
	size_t ntrusted;
	/* proxyProtocol: listeners of these ports */
	enum gws_proxy_ports proxy;
	uint16_t *ports;
	size_t nports;
	/* proxyProtocolSenders; none: anybody */
	struct gws_cidr *senders;
	size_t nsenders;
	/* forwardedHeaders */
	bool no_x_forwarded;
	bool forwarded;
	/* limits.NAME, by name; name NULL: not said */
	struct gws_limit_value limits[GWS_CONFIG_LIMITS];
};

/*
 * gws_config_apply - what @map says of @config.
 * Returns NULL, or what is wrong, naming the key: "data.KEY: ...". @config is
 * then of no use.
 */
const char *gws_config_apply(struct gws_arena *arena,
			     const struct gws_configmap *map,
			     struct gws_client_config *config);

/* Does a connection to a listener of that port begin with a PROXY header? */
bool gws_config_proxies(const struct gws_client_config *config, uint16_t port);

#endif
