# SPDX-License-Identifier: MIT
include pipeline.mk
t_app_SRC = $(PIPELINE) $(addprefix $(TOP)/userspace/,lib/log.c lib/rundir.c \
	gwsteerd/app.c gwsteerd/fault_log.c gwsteerd/notify.c gwsteerd/report.c gwsteerd/taken.c \
	gwsteerd/vips.c)
t_app_LIBS = $(PIPELINE_LIBS)
