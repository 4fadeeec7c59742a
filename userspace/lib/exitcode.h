/* SPDX-License-Identifier: MIT */
#ifndef GWS_EXITCODE_H
#define GWS_EXITCODE_H

#include <stddef.h>

/*
 * Exit codes of gwsteerd and gwctl. Numbers are part of the interface; the
 * table with the texts is in exitcode.c and, word for word, in ../ERRORS.md.
 */
enum gws_exit {
	GWS_EXIT_OK,
	GWS_EXIT_USAGE,
	GWS_EXIT_UNHEALTHY,
	GWS_EXIT_NOT_LOADED,
	GWS_EXIT_NOT_ROOT,
	GWS_EXIT_MODULE_MISSING,
	GWS_EXIT_OTHER_KERNEL,
	GWS_EXIT_KEY_REJECTED,
	GWS_EXIT_NO_HEADERS,
	GWS_EXIT_VERSIONS_DIFFER,
	GWS_EXIT_SECOND_DAEMON,
	GWS_EXIT_NO_DAEMON,
	GWS_EXIT_OPTION_OFF,
	GWS_EXIT_BAD_YAML,
	GWS_EXIT_UNKNOWN_FIELD,
	GWS_EXIT_NO_ENDPOINTS,
	GWS_EXIT_PORT_TAKEN,
	GWS_EXIT_BAD_OBJECT,
	GWS_EXIT_NOT_FOUND,
	GWS_EXIT_SYSTEM,
	GWS_EXIT_COUNT
};

struct gws_exit_row {
	const char *name;	/* for scripts and JSON */
	const char *text;	/* what is wrong */
	const char *cause;	/* how it comes about */
	const char *remedy;	/* what to do */
};

/* The row of @code; never NULL for a member of the enum. */
const struct gws_exit_row *gws_exit_row(enum gws_exit code);

/**
 * gws_exit_report() - say on stderr what is wrong and what to do
 * @detail: printf format of what is particular to this case, or NULL
 *
 * Return: @code, so that it can be returned from main() at once.
 */
int gws_exit_report(enum gws_exit code, const char *detail, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * gws_exit_of_errno() - the row for an error of the connection to the module
 * @err: negative, from gws_nl_open() or gws_nl_request()
 */
enum gws_exit gws_exit_of_errno(int err);

#endif /* GWS_EXITCODE_H */
