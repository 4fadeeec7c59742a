/* SPDX-License-Identifier: MIT */
#ifndef GWS_PRIVILEGE_H
#define GWS_PRIVILEGE_H

#include <stdbool.h>

/* Whether the process has CAP_NET_ADMIN, which the module asks for. */
bool gws_may_administer(void);

#endif /* GWS_PRIVILEGE_H */
