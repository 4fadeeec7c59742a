/* SPDX-License-Identifier: MIT */
#ifndef GWS_NOTIFY_H
#define GWS_NOTIFY_H

/*
 * Tells the service manager, as sd_notify(3) does. Does nothing when nobody
 * asked for it ($NOTIFY_SOCKET). 0 or -errno.
 */
int gws_notify(const char *state);

#endif /* GWS_NOTIFY_H */
