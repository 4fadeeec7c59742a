-- SPDX-License-Identifier: MIT
-- For wrk -t 1: HOST, a stop FILE, requests a second, connections. Once the
-- file is there no connection asks again; when all are through with what they
-- asked, it prints "idle". wrk alone leaves in the middle of requests, and
-- then nobody can say how many were answered.
local host, stop, pause, connections
local asked, idle, stopped = 0, 0, false

function init(args)
	host, stop, connections = args[1], args[2], tonumber(args[4])
	pause = connections * 1000 / tonumber(args[3])
	wrk.headers["Host"] = host
end

local function is_stopped()
	local file = io.open(stop)

	if file then
		file:close()
	end
	return file ~= nil
end

function delay()
	asked = asked + 1
	stopped = stopped or (asked % 20 == 0 and is_stopped())
	if not stopped then
		return pause
	end
	idle = idle + 1
	if idle == connections then
		io.write("idle\n")
		io.flush()
	end
	return 3600000
end

function done(summary)
	local e = summary.errors

	print(string.format("counted ok=%d failed=%d", summary.requests - e.status,
		e.connect + e.read + e.write + e.timeout + e.status))
end
