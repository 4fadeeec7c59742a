// SPDX-License-Identifier: MIT
/*
 * Why the module could not be loaded: modprobe's words and the files of a
 * system, made up under a temporary directory.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "../../userspace/lib/modload.h"

#define RELEASE	"6.12.1-test"

static const char not_found[] =
	"modprobe: FATAL: Module gwsteer not found in directory /lib/modules/"
	RELEASE "\n";

static char root[64];

static void put(const char *path, const char *text)
{
	char whole[256], *slash;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (slash = whole + strlen(root) + 1; (slash = strchr(slash, '/'));
	     slash++) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/t_modload.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	put("/lib/modules/" RELEASE "/build/Makefile", "");
	put("/lib/modules/" RELEASE "/modules.dep", "kernel/a.ko:\n");
	put("/boot/config-" RELEASE,
	    "CONFIG_MODULES=y\nCONFIG_INET=y\nCONFIG_NETFILTER=y\n"
	    "CONFIG_NETFILTER_ADVANCED=y\nCONFIG_NF_CONNTRACK=m\n"
	    "CONFIG_NF_NAT=m\nCONFIG_IPV6=y\nCONFIG_SYSFS=y\n");
	return 0;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static enum gws_exit classify(const char *words, struct gws_detail *detail)
{
	return gws_module_classify(words, root, RELEASE, detail);
}

static void test_words(void **state)
{
	static const struct {
		const char *words;
		enum gws_exit code;
	} cases[] = {
		{ "Required key not available", GWS_EXIT_KEY_REJECTED },
		{ "Key was rejected by service", GWS_EXIT_KEY_REJECTED },
		{ "Invalid module format", GWS_EXIT_OTHER_KERNEL },
		{ "Exec format error", GWS_EXIT_OTHER_KERNEL },
		{ "Unknown symbol in module, or unknown parameter (see dmesg)",
		  GWS_EXIT_OTHER_KERNEL },
		{ "Operation not permitted", GWS_EXIT_NOT_ROOT },
		{ "Cannot allocate memory", GWS_EXIT_SYSTEM },
	};
	struct gws_detail detail;
	char words[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(words, sizeof(words),
			 "modprobe: ERROR: could not insert 'gwsteer': %s\n",
			 cases[i].words);
		assert_int_equal(classify(words, &detail), cases[i].code);
		assert_non_null(strstr(detail.text, cases[i].words));
		assert_null(strchr(detail.text, '\n'));
	}
}

static void test_lockdown(void **state)
{
	struct gws_detail detail;
	const char *words = "could not insert 'gwsteer': Operation not permitted";

	(void)state;
	put("/sys/kernel/security/lockdown", "[none] integrity\n");
	assert_int_equal(classify(words, &detail), GWS_EXIT_NOT_ROOT);
	put("/sys/kernel/security/lockdown", "none [integrity]\n");
	assert_int_equal(classify(words, &detail), GWS_EXIT_KEY_REJECTED);
}

static void test_missing(void **state)
{
	struct gws_detail detail;

	(void)state;
	assert_int_equal(classify(not_found, &detail),
			 GWS_EXIT_MODULE_MISSING);
	assert_non_null(strstr(detail.text, RELEASE));
}

static void test_other_kernel(void **state)
{
	struct gws_detail detail;

	(void)state;
	put("/lib/modules/6.1.0-other/modules.dep",
	    "kernel/b.ko: kernel/gwsteer.ko-is-no-name\n"
	    "updates/dkms/gwsteer.ko.xz: kernel/b.ko\n");
	assert_int_equal(classify(not_found, &detail), GWS_EXIT_OTHER_KERNEL);
	assert_non_null(strstr(detail.text, "6.1.0-other"));
}

static void test_no_headers(void **state)
{
	char path[256], gone[264];
	struct gws_detail detail;

	(void)state;
	put("/var/lib/dkms/gwsteer/kernel-x", "");
	assert_int_equal(classify(not_found, &detail),
			 GWS_EXIT_MODULE_MISSING);
	snprintf(path, sizeof(path), "%s/lib/modules/" RELEASE "/build", root);
	snprintf(gone, sizeof(gone), "%s.gone", path);
	assert_int_equal(rename(path, gone), 0);
	assert_int_equal(classify(not_found, &detail), GWS_EXIT_NO_HEADERS);
}

/* Rebuilding would not help then, so it is said before all else. */
static void test_option_off(void **state)
{
	struct gws_detail detail;

	(void)state;
	put("/boot/config-" RELEASE,
	    "CONFIG_MODULES=y\nCONFIG_INET=y\nCONFIG_NETFILTER=y\n"
	    "CONFIG_NETFILTER_ADVANCED=y\n# CONFIG_NF_CONNTRACK is not set\n"
	    "CONFIG_NF_CONNTRACK_MARK=y\n"
	    "CONFIG_NF_NAT=m\nCONFIG_IPV6=y\nCONFIG_SYSFS=y\n");
	assert_int_equal(classify(not_found, &detail), GWS_EXIT_OPTION_OFF);
	assert_non_null(strstr(detail.text, "CONFIG_NF_CONNTRACK "));
	/* A rejected key has nothing to do with options. */
	assert_int_equal(classify("Required key not available", &detail),
			 GWS_EXIT_KEY_REJECTED);
}

/* As on distributions that leave /boot to the image. */
static void test_config_gz(void **state)
{
	struct gws_detail detail;
	char path[256];
	gzFile file;

	(void)state;
	snprintf(path, sizeof(path), "%s/boot/config-" RELEASE, root);
	assert_int_equal(unlink(path), 0);
	put("/proc/version", "");
	snprintf(path, sizeof(path), "%s/proc/config.gz", root);
	file = gzopen(path, "w");
	assert_non_null(file);
	gzputs(file, "CONFIG_MODULES=y\nCONFIG_INET=y\nCONFIG_NETFILTER=y\n");
	gzputs(file, "CONFIG_NETFILTER_ADVANCED=y\nCONFIG_NF_CONNTRACK=m\n");
	gzputs(file, "CONFIG_IPV6=y\nCONFIG_SYSFS=y\n");
	assert_int_equal(gzclose(file), Z_OK);
	assert_int_equal(classify(not_found, &detail), GWS_EXIT_OPTION_OFF);
	assert_non_null(strstr(detail.text, "CONFIG_NF_NAT "));
}

int main(void)
{
#define CASE(name)	cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		CASE(test_words), CASE(test_lockdown), CASE(test_missing),
		CASE(test_other_kernel), CASE(test_no_headers),
		CASE(test_option_off), CASE(test_config_gz),
	};

	return cmocka_run_group_tests_name("modload", tests, NULL, NULL);
}
