/* SPDX-License-Identifier: MIT */
/*
 * Heads for suite gws_http_parse: those that are accepted, and those that are
 * refused, with the error and the status of the answer.
 */
#ifndef GWS_SUITE_HTTP_PARSE_CASES_H
#define GWS_SUITE_HTTP_PARSE_CASES_H

#include "core_test.h"
#include "http_parse.h"

struct head_case {
	const char *bytes;
	u32 len;
	int error;	/* 0: accepted */
	u32 status;
};

#define BAD(bytes, error, status) \
	{ bytes, sizeof(bytes) - 1, GWS_HTTP_E_##error, status }
#define GOOD(bytes)	{ bytes, sizeof(bytes) - 1, 0, 0 }

#define H		"Host: a\r\n"
#define GET		"GET / HTTP/1.1\r\n"
#define POST		"POST / HTTP/1.1\r\n" H
#define END		"\r\n"
#define NINE(s)		s s s s s s s s s
#define TEN(s)		s NINE(s)

static const struct head_case request_cases[] = {
	/* Start line. */
	GOOD(GET H END),
	GOOD("\r\n" GET H END),
	GOOD("\r\n\r\n" GET H END),
	GOOD("GET / HTTP/1.0\r\n\r\n"),
	GOOD("GET /a?b=c&d=%zz|^`{}\\\" HTTP/1.1\r\n" H END),
	GOOD("GET /[x]|y;p=1,2'(3)*!$&+=:@~-._ HTTP/1.1\r\n" H END),
	GOOD("GET http://b/c HTTP/1.1\r\n" H END),
	GOOD("GET http://b HTTP/1.1\r\n" H END),
	GOOD("GET HTTPS://[::1]:8443?q HTTP/1.1\r\n" H END),
	GOOD("OPTIONS * HTTP/1.1\r\n" H END),
	GOOD("PROPFIND /x HTTP/1.1\r\n" H END),
	GOOD("M-SEARCH /x HTTP/1.1\r\n" H END),
	BAD("\r\n\r\n\r\n" GET H END, empty_lines, 400),
	BAD("\n" GET H END, bare_lf, 400),
	BAD("\r" GET H END, bare_cr, 400),
	BAD(" GET / HTTP/1.1\r\n" H END, request_line, 400),
	BAD("GET  / HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /  HTTP/1.1\r\n" H END, version_bad, 400),
	BAD("GET\t/ HTTP/1.1\r\n" H END, method_bad, 400),
	BAD("GET /\tHTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET / HTTP/1.1 \r\n" H END, request_line, 400),
	BAD("GET / HTTP/1.1x\r\n" H END, request_line, 400),
	BAD("GET /\r\n" H END, request_line, 400),
	BAD("GET\r\n" H END, method_bad, 400),
	BAD("GET / HTTP/1.1\n" H END, bare_lf, 400),
	BAD("GET / HTTP/1.1\r" H END, bare_cr, 400),
	BAD("GET /\nHost: b HTTP/1.1\r\n" H END, bare_lf, 400),
	BAD("GET / HTTP/2.0\r\n" H END, version_unsupported, 505),
	BAD("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", target_bad, 400),
	BAD("GET / HTTP/0.9\r\n" H END, version_unsupported, 505),
	BAD("GET / HTTP/1.2\r\n" H END, version_unsupported, 505),
	BAD("GET / HTTP/11.1\r\n" H END, version_bad, 400),
	BAD("GET / HTTP/1,1\r\n" H END, version_bad, 400),
	BAD("GET / http/1.1\r\n" H END, version_bad, 400),
	BAD("GET / ICY/1.1\r\n" H END, version_bad, 400),
	BAD("CONNECT a:443 HTTP/1.1\r\n" H END, method_refused, 501),
	BAD("TRACE / HTTP/1.1\r\n" H END, method_refused, 501),
	BAD("ABCDEFGHIJKLMNOPQRSTUVWXY / HTTP/1.1\r\n" H END,
	    method_refused, 501),
	BAD("G(T / HTTP/1.1\r\n" H END, method_bad, 400),
	BAD("G\0T / HTTP/1.1\r\n" H END, control_byte, 400),
	BAD("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", control_byte, 400),
	BAD("GET * HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("OPTIONS *a HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET a:80 HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET a HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET ftp://a/ HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET http:/a HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET http:///a HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET http://u@a/ HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /a#b HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /?a#b HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /a\\b HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /\x80 HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /?\xff HTTP/1.1\r\n" H END, target_bad, 400),
	BAD("GET /\0 HTTP/1.1\r\n" H END, control_byte, 400),
	BAD("GET /?\x7f HTTP/1.1\r\n" H END, control_byte, 400),

	/* Header lines. */
	GOOD(GET "host:a\r\n" END),
	GOOD(GET "HOST: \t a \t \r\n" END),
	GOOD(GET H "X-Empty:\r\nX-Spaces:   \r\nDate:\r\n" END),
	GOOD(GET H "X-Utf8: \xc3\xa9\r\nServer: \xff\t\x80\r\n" END),
	GOOD(GET H "!#$%&'*+-.^_`|~09azAZ: x\r\n" END),
	GOOD(GET H "X-Colons: a:b:c\r\n" END),
	BAD(GET H "X: a\nY: b\r\n" END, bare_lf, 400),
	BAD(GET H "Date: a\nY: b\r\n" END, bare_lf, 400),
	BAD(GET H "X: a\rY: b\r\n" END, bare_cr, 400),
	BAD(GET H "Date: a\rY: b\r\n" END, bare_cr, 400),
	BAD(GET H "X: a\0b\r\n" END, control_byte, 400),
	BAD(GET H "Date: a\0b\r\n" END, control_byte, 400),
	BAD(GET H "Date: a\x7f\r\n" END, control_byte, 400),
	BAD(GET H "Date: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x01\r\n" END,
	    control_byte, 400),
	BAD(GET H "X: a\x0b\r\n" END, control_byte, 400),
	BAD(GET " Host: a\r\n" END, obs_fold, 400),
	BAD(GET H " folded\r\n" END, obs_fold, 400),
	BAD(GET H "\tfolded\r\n" END, obs_fold, 400),
	BAD(GET "Host : a\r\n" END, header_name, 400),
	BAD(GET "Host\t: a\r\n" END, header_name, 400),
	BAD(GET "Content-Length : 5\r\n" H END, header_name, 400),
	BAD(GET H ": empty\r\n" END, header_name, 400),
	BAD(GET H "X Y: b\r\n" END, header_name, 400),
	BAD(GET H "X\xe9: b\r\n" END, header_name, 400),
	BAD(GET H "X(: b\r\n" END, header_name, 400),
	BAD(GET H "X\0: b\r\n" END, control_byte, 400),
	BAD(GET "Host\0: b\r\n" H END, control_byte, 400),
	BAD(GET H "te\0\0\0: b\r\n" END, control_byte, 400),
	BAD(GET H "NoColon\r\n" END, header_no_colon, 400),
	BAD(GET H "NoColon\nX: a\r\n" END, bare_lf, 400),
	BAD(GET H "NoColon\rX: a\r\n" END, bare_cr, 400),
	BAD(GET H "\rX: a\r\n" END, bare_cr, 400),
	BAD(GET H "\nX: a\r\n" END, bare_lf, 400),
	BAD(GET H "A\r: a\r\n" END, bare_cr, 400),
	GOOD(GET H NINE(TEN("a: b\r\n")) NINE("a: b\r\n") END),
	BAD(GET H TEN(TEN("a: b\r\n")) END, headers_many, 431),
	BAD(GET H TEN(TEN("Date: b\r\n")) END, headers_many, 431),

	/* Host. */
	BAD(GET END, host_missing, 400),
	BAD(GET "X: a\r\n" END, host_missing, 400),
	BAD("GET http://a/ HTTP/1.1\r\n" END, host_missing, 400),
	BAD(GET H H END, host_repeated, 400),
	BAD(GET H "host: b\r\n" END, host_repeated, 400),
	BAD("GET / HTTP/1.0\r\n" H H END, host_repeated, 400),
	BAD(GET "Host:\r\n" END, host_bad, 400),
	BAD(GET "Host:  \t\r\n" END, host_bad, 400),
	/* Not used beside absolute-form, yet not passed over (RFC 9112 3.2). */
	BAD("GET http://a/ HTTP/1.1\r\nHost: b c\r\n" END, host_bad, 400),
	BAD("GET http://a/ HTTP/1.1\r\nHost: b@c\r\n" END, host_bad, 400),
	BAD("GET http://a/ HTTP/1.0\r\nHost: b/c\r\n" END, host_bad, 400),
	GOOD("GET http://a/ HTTP/1.1\r\nHost: B.c:80\r\n" END),
	GOOD("GET http://a/ HTTP/1.0\r\n" END),

	/* Framing. */
	GOOD(POST "Content-Length: 0\r\n" END),
	GOOD(POST "Content-Length: 999999999999999999\r\n" END),
	GOOD(POST "Content-Length:\t7 \r\n" END),
	GOOD(POST "Transfer-Encoding: chunked\r\n" END),
	GOOD(POST "Transfer-Encoding: CHUNKED \r\n" END),
	BAD(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END,
	    length_and_chunked, 400),
	BAD(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END,
	    length_and_chunked, 400),
	BAD(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n" END,
	    length_and_chunked, 400),
	BAD(POST "Content-Length: 5\r\nContent-Length: 6\r\n" END,
	    length_repeated, 400),
	BAD(POST "Content-Length: 5\r\nContent-Length: 5\r\n" END,
	    length_repeated, 400),
	BAD(POST "Content-Length: 5, 5\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: +5\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: -5\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: 0x5\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: 5 5\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: 5.0\r\n" END, length_bad, 400),
	BAD(POST "Content-Length:\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: 1000000000000000000\r\n" END, length_bad, 400),
	BAD(POST "Content-Length: 18446744073709551621\r\n" END,
	    length_bad, 400),
	BAD(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
	    END, coding_repeated, 400),
	BAD(POST "Transfer-Encoding: gzip, chunked\r\n" END,
	    coding_unknown, 501),
	BAD(POST "Transfer-Encoding: gzip\r\n" END, coding_unknown, 501),
	BAD(POST "Transfer-Encoding: identity\r\n" END, coding_unknown, 501),
	BAD(POST "Transfer-Encoding: xchunked\r\n" END, coding_unknown, 501),
	BAD(POST "Transfer-Encoding: chunked;q=1\r\n" END, coding_unknown, 501),
	BAD(POST "Transfer-Encoding: \"chunked\"\r\n" END, coding_unknown, 501),
	BAD(POST "Transfer-Encoding: chunked, gzip\r\n" END, coding_bad, 400),
	BAD(POST "Transfer-Encoding: chunked, chunked\r\n" END,
	    coding_bad, 400),
	BAD(POST "Transfer-Encoding: chunked,\r\n" END, coding_bad, 400),
	BAD(POST "Transfer-Encoding: , chunked\r\n" END, coding_bad, 400),
	BAD(POST "Transfer-Encoding:\r\n" END, coding_bad, 400),
	BAD(POST "Transfer-Encoding: \x0b" "chunked\r\n" END,
	    control_byte, 400),
	BAD(POST "Transfer-Encoding : chunked\r\n" END, header_name, 400),
	BAD(POST "Transfer-Encoding\r\n : chunked\r\n" END,
	    header_no_colon, 400),
	BAD("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END,
	    coding_in_1_0, 400),

	/* Connection, Expect, Via. */
	GOOD(GET H "Connection: , ,close , x-a,\r\n" END),
	BAD(GET H "Connection: a b\r\n" END, connection_bad, 400),
	BAD(GET H "Connection: \"close\"\r\n" END, connection_bad, 400),
	BAD(GET H "Connection: Host\r\n" END, connection_nominates, 400),
	BAD(GET H "Connection: close, x-forwarded-for\r\n" END,
	    connection_nominates, 400),
	BAD(GET H "Connection: X-Forwarded-Proto\r\n" END,
	    connection_nominates, 400),
	BAD(GET H "Connection: x-real-ip\r\n" END, connection_nominates, 400),
	BAD(GET H "Connection: via\r\n" END, connection_nominates, 400),
	BAD(GET H "Connection: content-length\r\n" END,
	    connection_nominates, 400),
	BAD(GET H "Connection: Transfer-Encoding\r\n" END,
	    connection_nominates, 400),
	BAD(GET H "Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\r\n" END,
	    connection_nominates, 400),
	GOOD(GET H "Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\r\n" END),
	GOOD(GET H "Expect: 100-Continue\r\n" END),
	BAD(GET H "Expect: 200-ok\r\n" END, expectation_unknown, 417),
	GOOD(GET H "Via: 1.1 gwsteer\r\nVia: 1.0 gwsteer, 1.1 x (gwsteer)\r\n"
	     END),
	BAD(GET H "Via: 1.1 gwsteer, 1.1 gwsteer, 1.1 gwsteer,1.1 gwsteer\r\n"
	    "Via: 1.1 GwSteer, 1.1 gwsteer (x), 1.0 gwsteer ,1.1\tgwsteer\r\n"
	    END, via_loop, 508),
	GOOD(GET H "Via: gwsteer gwsteers,1.1 xgwsteer,\t1.1 gwstee\r\n" END),
};

#define OK200		"HTTP/1.1 200 OK\r\n"

static const struct head_case response_cases[] = {
	GOOD(OK200 END),
	GOOD("HTTP/1.1 200\r\n\r\n"),
	GOOD("HTTP/1.1 200 \r\n\r\n"),
	GOOD("HTTP/1.0 599 \xe9t\xe9\tx\r\n\r\n"),
	GOOD(OK200 "Content-Length: 5\r\n" END),
	GOOD(OK200 "Connection: Transfer-Encoding, keep-alive\r\n"
	     "Transfer-Encoding: chunked\r\n" END),
	GOOD(OK200 "Host: a\r\nHost: b\r\nExpect: x\r\n" END),
	BAD("\r\n" OK200 END, version_bad, 0),
	BAD("HTTP/1.1  200 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 2000 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 20 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 600 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 099 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 2x0 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1\t200 OK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 200\tOK\r\n" END, status_line, 0),
	BAD("HTTP/1.1 200 OK\n" END, bare_lf, 0),
	BAD("HTTP/1.1 200\nX: y\r\n" END, bare_lf, 0),
	BAD("HTTP/1.1 200 O\rK\r\n" END, bare_cr, 0),
	BAD("HTTP/1.1 200 O\0K\r\n" END, control_byte, 0),
	BAD("HTTP/2.0 200 OK\r\n" END, version_unsupported, 0),
	BAD("ICY 200 OK\r\n" END, version_bad, 0),
	BAD("hello, world\r\n" END, version_bad, 0),
	BAD(OK200 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END,
	    length_and_chunked, 0),
	BAD(OK200 "Content-Length: 5\r\nContent-Length: 5\r\n" END,
	    length_repeated, 0),
	BAD(OK200 "Content-Length: 5;\r\n" END, length_bad, 0),
	BAD(OK200 "Transfer-Encoding: gzip, chunked\r\n" END,
	    coding_unknown, 0),
	BAD("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n" END,
	    coding_in_1_0, 0),
	BAD(OK200 " x: y\r\n" END, obs_fold, 0),
	BAD(OK200 "x: y\r\n z\r\n" END, obs_fold, 0),
	BAD(OK200 "x : y\r\n" END, header_name, 0),
	BAD(OK200 TEN(TEN("a: b\r\n")) "a: b\r\n" END, headers_many, 0),
};

#endif
