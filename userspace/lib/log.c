// SPDX-License-Identifier: MIT
/*
 * The daemon's only writer of output: one line per event on stderr, levels,
 * the journal's priorities.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "log.h"

static const struct {
	const char *name;
	int priority;	/* of syslog.h, as the journal reads it */
} levels[] = {
	[GWS_LOG_ERROR] = { "error", 3 },
	[GWS_LOG_WARNING] = { "warning", 4 },
	[GWS_LOG_INFO] = { "info", 6 },
	[GWS_LOG_DEBUG] = { "debug", 7 },
};

static const char *log_program = "gwsteer";
static enum gws_log_level log_level = GWS_LOG_INFO;
static bool log_journal;

void gws_log_init(const char *program, enum gws_log_level level)
{
	log_program = program;
	log_level = level;
	log_journal = getenv("JOURNAL_STREAM") != NULL;
}

int gws_log_level_parse(const char *name, enum gws_log_level *level)
{
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name))
			continue;
		*level = i;
		return 0;
	}
	return -EINVAL;
}

/* Names in manifests are the user's: a newline in one must not forge a line. */
static void escape_controls(char *text)
{
	for (; *text; text++)
		memset(text, '?', gws_control_len(text));
}

void gws_hint(const char *label, const char *text)
{
	if (log_journal)
		fprintf(stderr, "<%d>%s: %s\n",
			levels[GWS_LOG_ERROR].priority, label, text);
	else
		fprintf(stderr, "%s: %s: %s\n", log_program, label, text);
}

void gws_log(enum gws_log_level level, const char *format, ...)
{
	char line[2048];
	va_list args;

	if (level > log_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	escape_controls(line);
	if (log_journal)
		fprintf(stderr, "<%d>%s\n", levels[level].priority, line);
	else
		fprintf(stderr, "%s: %s: %s\n", log_program,
			levels[level].name, line);
}
