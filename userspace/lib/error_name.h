/* SPDX-License-Identifier: MIT */
#ifndef GWS_ERROR_NAME_H
#define GWS_ERROR_NAME_H

/* Of an enum gws_error, as commands and metrics spell it; never NULL. */
const char *gws_error_name(unsigned int error);

#endif /* GWS_ERROR_NAME_H */
