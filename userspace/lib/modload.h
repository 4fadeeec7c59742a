/* SPDX-License-Identifier: MIT */
#ifndef GWS_MODLOAD_H
#define GWS_MODLOAD_H

#include <stddef.h>

#include "exitcode.h"

/* Text that belongs to a result: names of files, releases, options. */
struct gws_detail {
	char text[512];
};

/**
 * gws_module_load() - modprobe gwsteer, and find out why not
 * @detail: what is particular to the failure
 *
 * Return: GWS_EXIT_OK when the module is loaded, else the reason:
 * NOT_ROOT, MODULE_MISSING, OTHER_KERNEL, KEY_REJECTED, NO_HEADERS,
 * OPTION_OFF, or SYSTEM with modprobe's own words.
 */
enum gws_exit gws_module_load(struct gws_detail *detail);

/**
 * gws_module_classify() - the reason behind the words of a failed modprobe
 * @words: its stderr in the C locale
 * @root: directory that /boot, /lib/modules, /proc, /sys and /var/lib/dkms
 *	are looked up under, "" for the system's own
 * @release: of the running kernel
 *
 * Return: as gws_module_load(), never OK.
 */
enum gws_exit gws_module_classify(const char *words, const char *root,
				  const char *release,
				  struct gws_detail *detail);

#endif /* GWS_MODLOAD_H */
