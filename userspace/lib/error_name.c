// SPDX-License-Identifier: MIT
#include <linux/gwsteer.h>

#include "error_name.h"

const char *gws_error_name(unsigned int error)
{
	static const char *const names[GWS_ERRORS] = {
		[GWS_ERROR_OTHER] = "other",
		[GWS_ERROR_INVALID] = "invalid",
		[GWS_ERROR_NO_ENDPOINT] = "no_endpoint",
		[GWS_ERROR_CONNECT] = "connect",
		[GWS_ERROR_TIMEOUT] = "timeout",
		[GWS_ERROR_RESET] = "reset",
		[GWS_ERROR_PROTOCOL] = "protocol",
		[GWS_ERROR_LIMIT] = "limit",
	};

	return names[error < GWS_ERRORS ? error : GWS_ERROR_OTHER];
}
