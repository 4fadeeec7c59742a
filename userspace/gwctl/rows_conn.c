// SPDX-License-Identifier: MIT
/*
 * Rows of clients' connections, the oldest first.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/jsonx.h"
#include "../lib/mem.h"
#include "../lib/place.h"
#include "rows.h"

static const char *state_name(uint8_t state)
{
	static const char *const names[] = {
		[GWS_CONNECTION_UNSPEC] = "Unknown",
		[GWS_CONNECTION_IDLE] = "Idle",
		[GWS_CONNECTION_HEAD] = "Head",
		[GWS_CONNECTION_CONNECT] = "Connect",
		[GWS_CONNECTION_EXCHANGE] = "Exchange",
		[GWS_CONNECTION_REPLY] = "Reply",
		[GWS_CONNECTION_PAUSE] = "Pause",
		[GWS_CONNECTION_TUNNEL] = "Tunnel",
		[GWS_CONNECTION_CLOSING] = "Closing",
	};

	return names[state < __GWS_CONNECTION_LAST ? state :
		     GWS_CONNECTION_UNSPEC];
}

/* "1.250s", "2m05s", "3h10m", "4d6h" */
static const char *age_text(struct gws_arena *arena, uint64_t us)
{
	unsigned long long s = us / 1000000;

	if (s < 60)
		return gws_mem_printf(arena, "%llu.%03llus", s,
				      (unsigned long long)us / 1000 % 1000);
	if (s < 3600)
		return gws_mem_printf(arena, "%llum%02llus", s / 60, s % 60);
	if (s < 86400)
		return gws_mem_printf(arena, "%lluh%02llum", s / 3600,
				      s / 60 % 60);
	return gws_mem_printf(arena, "%llud%lluh", s / 86400, s / 3600 % 24);
}

static void add_request(cJSON *row, const struct gws_view *view,
			const struct gws_msg_record *c)
{
	char place[GWS_PLACE_TEXT];

	if (c->upstream.len)
		gws_json_add_str(row, "upstream",
				 gws_place_text(&c->upstream, c->upstream_port,
						place));
	if (!c->rule.route)
		return;
	gws_json_add_str(row, "namespace", c->rule.namespace);
	gws_json_add_str(row, "route", gws_mem_printf(view->arena, "%s/%s",
			 c->rule.namespace, c->rule.route));
	gws_json_add_str(row, "rule", c->rule.name);
	gws_json_add_str(row, "gateway", gws_mem_printf(view->arena, "%s/%s",
			 c->namespace, c->gateway));
	gws_json_add_str(row, "listener", c->section);
	if (c->backend)
		gws_json_add_str(row, "backend", c->backend);
}

static int oldest_first(const void *a, const void *b)
{
	const struct gws_msg_record *left = a, *right = b;

	if (left->duration != right->duration)
		return left->duration > right->duration ? -1 : 1;
	return (int)left->client_port - right->client_port;
}

cJSON *gws_rows_connections(const struct gws_view *view)
{
	cJSON *rows = gws_json_array(), *row;
	char place[GWS_PLACE_TEXT];
	size_t i;

	if (view->n_conns)
		qsort(view->conns, view->n_conns, sizeof(*view->conns),
		      oldest_first);
	for (i = 0; i < view->n_conns; i++) {
		const struct gws_msg_record *c = &view->conns[i];

		row = gws_json_append(rows, gws_json_object());
		gws_json_add_str(row, "name", gws_place_text(&c->client,
				 c->client_port, place));
		gws_json_add_str(row, "destination",
				 gws_place_text(&c->destination,
						c->destination_port, place));
		gws_json_add_str(row, "state", state_name(c->state));
		gws_json_add_str(row, "age", age_text(view->arena,
						      c->duration));
		gws_json_add_int(row, "ageMs", c->duration / 1000);
		gws_json_add_int(row, "requests", c->requests);
		gws_json_add_int(row, "bytesRx", c->bytes_rx);
		gws_json_add_int(row, "bytesTx", c->bytes_tx);
		gws_json_add_int(row, "cpu", c->cpu);
		add_request(row, view, c);
	}
	return rows;
}
