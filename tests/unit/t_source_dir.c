// SPDX-License-Identifier: MIT
/*
 * A directory as a source: edits as editors and tools make them, and what stays
 * when an edit is broken. Runs on real files and real inotify.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "last_good.h"
#include "problem.h"
#include "source_dir.h"
#include "store.h"

#define NS(name) "apiVersion: v1\nkind: Namespace\nmetadata: {name: " name "}\n"
#define LABELLED(name, value)						\
	"apiVersion: v1\nkind: Namespace\nmetadata: {name: " name	\
	", labels: {v: " value "}}\n"

static char dir[64];
static char state_dir[80];
static char *copies;
static struct gws_store *store;
static struct gws_source_dir *source;

static char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void move(const char *from, const char *to)
{
	char old[512];

	strcpy(old, path_of(from));
	assert_int_equal(rename(old, path_of(to)), 0);
}

/* Handles events until a scan reports a change; fails when none comes. */
static void wait_change(int ms)
{
	struct pollfd fd = { gws_source_dir_fd(source), POLLIN, 0 };
	int changed = 0;

	while (!changed) {
		assert_int_equal(poll(&fd, 1, ms), 1);
		changed = gws_source_dir_handle(source);
		assert_true(changed >= 0);
	}
}

/* Handles what comes in @rounds of 100 ms, which must change nothing. */
static void expect_quiet(int rounds)
{
	struct pollfd fd = { gws_source_dir_fd(source), POLLIN, 0 };

	while (rounds--) {
		usleep(100000);
		if (poll(&fd, 1, 0) == 1)
			assert_int_equal(gws_source_dir_handle(source), 0);
	}
}

static const struct gws_object *ns(const char *name)
{
	return gws_store_find(store, GWS_KIND_NAMESPACE, "", name);
}

static size_t errors(void)
{
	return gws_problems_level(gws_source_dir_problems(source),
				  GWS_LEVEL_ERROR);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/gwsteer-dir-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(state_dir, sizeof(state_dir), "%s.state", dir);
	if (mkdir(state_dir, 0755) ||
	    gws_last_good_open(&copies, state_dir, dir))
		return -1;
	put("a.yaml", NS("a") "---\n" NS("b"));
	put("b.yml", NS("c"));
	put("c.json", "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"d\"}}");
	put("ignored.txt", NS("x"));
	put(".hidden.yaml", NS("x"));
	put("backup.yaml~", NS("x"));
	store = gws_store_create();
	return gws_source_dir_open(&source, dir, copies, store);
}

static int teardown(void **state)
{
	char command[160];

	(void)state;
	gws_source_dir_close(source);
	gws_store_destroy(store);
	free(copies);
	snprintf(command, sizeof(command), "rm -rf %s %s", dir, state_dir);
	return system(command);
}

static void reads_what_is_there(void **state)
{
	size_t count;

	(void)state;
	gws_store_kind(store, GWS_KIND_NAMESPACE, &count);
	assert_int_equal(count, 4);
	assert_non_null(ns("d"));
	assert_int_equal(errors(), 0);
	assert_string_equal(ns("b")->file, "a.yaml");
	assert_int_equal(ns("b")->line, 5);
}

/* Whether edits that come every 50 ms are seen while they last. */
static bool sees_while_edited(const char *aside)
{
	struct pollfd fd = { gws_source_dir_fd(source), POLLIN, 0 };
	char value[160];
	int i, changed = 0;

	for (i = 0; i < 60 && !changed; i++) {
		snprintf(value, sizeof(value), LABELLED("a", "v%d"), i);
		put(aside, value);
		move(aside, "a.yaml");
		usleep(50000);
		while (!changed && poll(&fd, 1, 0) == 1)
			changed = gws_source_dir_handle(source);
		assert_true(changed >= 0);
	}
	return changed;
}

static void edits_without_a_pause_are_followed(void **state)
{
	(void)state;
	assert_true(sees_while_edited(".a.yaml.swp"));
	assert_true(sees_while_edited("aside"));
}

static void follows_edits(void **state)
{
	(void)state;
	put("a.yaml", NS("a") "---\n" NS("e"));
	wait_change(5000);
	assert_null(ns("b"));
	assert_non_null(ns("e"));
	/* Written beside and renamed, as most editors do. */
	put(".a.yaml.swp", LABELLED("a", "one"));
	move(".a.yaml.swp", "a.yaml");
	wait_change(5000);
	assert_null(ns("e"));
	assert_string_equal(gws_object_label(ns("a"), "v"), "one");
	assert_int_equal(unlink(path_of("b.yml")), 0);
	wait_change(5000);
	assert_null(ns("c"));
	put("new.yaml", NS("new"));
	wait_change(5000);
	assert_non_null(ns("new"));
}

static void keeps_what_is_broken(void **state)
{
	(void)state;
	/* One object is refused: it stays as it was, its neighbour follows. */
	put("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, nam: x}\n---\n"
	    LABELLED("b", "two"));
	wait_change(5000);
	assert_non_null(ns("a"));
	assert_string_equal(gws_object_label(ns("b"), "v"), "two");
	assert_int_equal(errors(), 1);
	/* One document is no YAML: all that the file had stays. */
	put("a.yaml", "a: [\n---\n" LABELLED("b", "three"));
	wait_change(5000);
	assert_non_null(ns("a"));
	assert_string_equal(gws_object_label(ns("b"), "v"), "three");
	assert_int_equal(errors(), 1);
	/* Mended: what is gone is gone, the error too. */
	put("a.yaml", NS("b"));
	wait_change(5000);
	assert_null(ns("a"));
	assert_int_equal(errors(), 0);
}

/* As if the daemon were killed and started again. */
static void restart(void)
{
	gws_source_dir_close(source);
	gws_store_destroy(store);
	store = gws_store_create();
	assert_int_equal(gws_source_dir_open(&source, dir, copies, store), 0);
}

static void keeps_what_is_broken_over_a_restart(void **state)
{
	(void)state;
	put("a.yaml", LABELLED("a", "last") "---\n" NS("b"));
	wait_change(5000);
	put("a.yaml", "a: [\n---\n" LABELLED("b", "new"));
	wait_change(5000);
	restart();
	assert_string_equal(gws_object_label(ns("a"), "v"), "last");
	assert_string_equal(gws_object_label(ns("b"), "v"), "new");
	assert_int_equal(errors(), 1);
	/* Broken while nobody looked, by one field. */
	put("b.yml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: c, nam: x}\n");
	restart();
	assert_non_null(ns("c"));
	assert_non_null(ns("a"));
	assert_int_equal(errors(), 2);
	/* A broken file that is deleted is deleted, also from the copies. */
	assert_int_equal(unlink(path_of("a.yaml")), 0);
	restart();
	assert_null(ns("a"));
	put("a.yaml", "a: [\n");
	restart();
	assert_null(ns("a"));
	assert_non_null(ns("c"));
}

/* Who looks without a state directory leaves nothing and takes nothing. */
static void works_without_copies(void **state)
{
	char *keep = copies;

	(void)state;
	put("a.yaml", "a: [\n");
	copies = NULL;
	restart();
	assert_null(ns("a"));
	assert_non_null(ns("c"));
	copies = keep;
}

static void says_that_a_copy_fails(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", copies);
	assert_int_equal(system(command), 0);
	put("a.yaml", LABELLED("a", "new"));
	wait_change(5000);
	assert_string_equal(gws_object_label(ns("a"), "v"), "new");
	assert_int_equal(errors(), 0);
	assert_int_equal(gws_problems_level(gws_source_dir_problems(source),
					    GWS_LEVEL_WARNING), 1);
}

static void waits_for_the_writer(void **state)
{
	int fd = open(path_of("a.yaml"), O_WRONLY | O_TRUNC | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, NS("a"), strlen(NS("a"))),
			 (ssize_t)strlen(NS("a")));
	/* Half written: valid YAML, but without "b". */
	expect_quiet(8);
	assert_non_null(ns("b"));
	assert_int_equal(write(fd, "---\n" NS("f"), strlen("---\n" NS("f"))),
			 (ssize_t)strlen("---\n" NS("f")));
	close(fd);
	wait_change(5000);
	assert_null(ns("b"));
	assert_non_null(ns("f"));
}

/* The old file is moved away first, the new one comes a little later. */
static void bridges_a_replacement(void **state)
{
	(void)state;
	move("a.yaml", "a.yaml~");
	usleep(50000);
	expect_quiet(1);
	assert_non_null(ns("a"));
	put("a.yaml", LABELLED("a", "one") "---\n" NS("b"));
	wait_change(5000);
	assert_string_equal(gws_object_label(ns("a"), "v"), "one");
	assert_non_null(ns("b"));
}

static void the_first_of_two_counts(void **state)
{
	(void)state;
	put("z.yaml", LABELLED("a", "second"));
	wait_change(5000);
	assert_null(gws_object_label(ns("a"), "v"));
	assert_int_equal(errors(), 1);
	put("a.yaml", NS("b"));
	wait_change(5000);
	assert_string_equal(gws_object_label(ns("a"), "v"), "second");
	assert_int_equal(errors(), 0);
}

static void generations_count_specs(void **state)
{
	static const char service[] =
		"apiVersion: v1\nkind: Service\nmetadata: {name: s, generation: 9}\nspec: {ports: [{port: %d}]}\n";
	const struct gws_object *object;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), service, 80);
	put("s.yaml", text);
	wait_change(5000);
	object = gws_store_find(store, GWS_KIND_SERVICE, "default", "s");
	assert_int_equal(object->generation, 1);
	snprintf(text, sizeof(text), service, 81);
	put("s.yaml", text);
	wait_change(5000);
	object = gws_store_find(store, GWS_KIND_SERVICE, "default", "s");
	assert_int_equal(object->generation, 2);
	assert_int_equal(gws_source_dir_rescan(source), 1);
	object = gws_store_find(store, GWS_KIND_SERVICE, "default", "s");
	assert_int_equal(object->generation, 2);
}

/* A volume of a ConfigMap: files are links through "..data", which is swapped. */
static void follows_a_swapped_link(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("..1"), 0755), 0);
	put("..1/v.yaml", LABELLED("v", "old"));
	assert_int_equal(symlink("..1", path_of("..data")), 0);
	assert_int_equal(symlink("..data/v.yaml", path_of("v.yaml")), 0);
	wait_change(5000);
	assert_string_equal(gws_object_label(ns("v"), "v"), "old");
	assert_int_equal(mkdir(path_of("..2"), 0755), 0);
	put("..2/v.yaml", LABELLED("v", "new"));
	assert_int_equal(symlink("..2", path_of("..tmp")), 0);
	move("..tmp", "..data");
	wait_change(5000);
	assert_string_equal(gws_object_label(ns("v"), "v"), "new");
}

static void outlives_its_directory(void **state)
{
	char away[80];

	(void)state;
	snprintf(away, sizeof(away), "%s.away", dir);
	assert_int_equal(rename(dir, away), 0);
	{
		struct pollfd fd = { gws_source_dir_fd(source), POLLIN, 0 };
		int ret = 0;

		while (ret >= 0) {
			assert_int_equal(poll(&fd, 1, 5000), 1);
			ret = gws_source_dir_handle(source);
		}
		assert_int_equal(ret, -ENOENT);
	}
	assert_non_null(ns("a"));
	assert_int_equal(rename(away, dir), 0);
	put("later.yaml", NS("later"));
	wait_change(8000);
	assert_non_null(ns("later"));
}

static void says_why_it_cannot_open(void **state)
{
	struct gws_source_dir *other;

	(void)state;
	assert_int_equal(gws_source_dir_open(&other, path_of("none"), NULL,
					     store),
			 -ENOENT);
	assert_int_equal(gws_source_dir_open(&other, path_of("a.yaml"), NULL,
					     store),
			 -ENOTDIR);
	/* Nothing that blocks, nothing that is no file. */
	assert_int_equal(mkfifo(path_of("pipe.yaml"), 0644), 0);
	assert_int_equal(mkdir(path_of("dir.yaml"), 0755), 0);
	wait_change(5000);
	assert_int_equal(errors(), 2);
	assert_non_null(ns("a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_what_is_there), TEST(follows_edits),
		TEST(edits_without_a_pause_are_followed),
		TEST(keeps_what_is_broken),
		TEST(keeps_what_is_broken_over_a_restart),
		TEST(works_without_copies), TEST(says_that_a_copy_fails),
		TEST(waits_for_the_writer),
		TEST(bridges_a_replacement), TEST(the_first_of_two_counts), TEST(generations_count_specs),
		TEST(follows_a_swapped_link), TEST(outlives_its_directory),
		TEST(says_why_it_cannot_open),
	};

	return cmocka_run_group_tests_name("source_dir", tests, NULL, NULL);
}
