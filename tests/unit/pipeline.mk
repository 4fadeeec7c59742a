# SPDX-License-Identifier: MIT
#
# The daemon's pipeline, from text to IR and statuses, for the tests that link
# it.
PIPELINE := $(addprefix $(TOP)/userspace/lib/,arena.c fault.c file.c filter.c ip.c \
	      jsonx.c legible.c mem.c) \
	    $(addprefix $(TOP)/userspace/gwsteerd/,cond.c config.c decode.c \
	      decode_core.c decode_filter.c decode_gateway.c decode_route.c \
	      dir_watch.c ir.c \
	      ir_check.c ir_sort.c json_escape.c last_good.c limit.c manifest.c \
	      nodeports.c object.c path.c problem.c regex.c regex_posix.c resolve.c \
	      resolve_address.c resolve_backend.c resolve_class.c resolve_config.c \
	      resolve_filter.c resolve_gateway.c resolve_grant.c resolve_match.c \
	      resolve_route.c schema.c \
	      schema_core.c schema_format.c schema_gateway.c schema_route.c \
	      source_dir.c status.c store.c yaml_scalar.c yaml_tree.c)
PIPELINE_LIBS := -lyaml -lcjson -lfa
