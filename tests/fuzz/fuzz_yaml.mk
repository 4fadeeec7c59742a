# SPDX-License-Identifier: MIT
fuzz_yaml_SRC = $(addprefix $(TOP)/userspace/,gwsteerd/json_escape.c \
	gwsteerd/yaml_scalar.c gwsteerd/yaml_tree.c lib/arena.c lib/jsonx.c \
	lib/mem.c lib/yaml_out.c)
fuzz_yaml_LIBS = -lyaml -lcjson -lm
fuzz_yaml_DICT = yaml.dict
