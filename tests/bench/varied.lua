-- SPDX-License-Identifier: MIT
-- Requests of which no two are the same: nothing can be remembered of them.
local n = 0

request = function()
	n = n + 1
	return wrk.format("GET", "/?" .. n)
end
