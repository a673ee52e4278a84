/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Why one attempt of a check ended as it did: an enumeration with a class
 * and a text each, so that logs, status and metrics say the same.
 *
 * The class decides what follows.  CHECK_FAILED speaks of the server;
 * CHECK_UNKNOWN of us (no port, no memory, no route from the bound source):
 * it never changes what is thought of the server.
 */
#ifndef DUUMVIR_CHECK_REASON_H
#define DUUMVIR_CHECK_REASON_H

#include <stdbool.h>

enum check_class {
	CHECK_OK,
	CHECK_FAILED,
	CHECK_UNKNOWN,
};

/* clang-format off */
#define REASON_TABLE(REASON) \
REASON(NONE,             OK,      "success") \
REASON(REFUSED,          FAILED,  "connection refused") \
REASON(RESET,            FAILED,  "connection reset") \
REASON(TIMEOUT,          FAILED,  "timed out") \
REASON(HOST_UNREACHABLE, FAILED,  "host unreachable") \
REASON(NET_UNREACHABLE,  FAILED,  "network unreachable") \
REASON(PROTOCOL,         FAILED,  "protocol or port unreachable") \
REASON(OTHER,            FAILED,  "connection failed") \
REASON(ANSWER_ERROR,     FAILED,  "it answers with an error") \
REASON(ANSWER_MALFORMED, FAILED,  "malformed answer") \
REASON(ANSWER_WRONG,     FAILED,  "wrong answer") \
REASON(TLS_PROTOCOL,     FAILED,  "TLS protocol error") \
REASON(TLS_ALERT,        FAILED,  "TLS alert") \
REASON(TLS_CLOSED,       FAILED,  "closed during the TLS handshake") \
REASON(TLS_CERTIFICATE,  FAILED,  "certificate not accepted") \
REASON(TLS_EXPIRES,      FAILED,  "certificate expires too soon") \
REASON(TLS_ALPN,         FAILED,  "HTTP/2 not offered") \
REASON(ANSWER_CUT,       FAILED,  "closed before the answer was complete") \
REASON(ANSWER_LONG,      FAILED,  "answer too long") \
REASON(SMTP_GREETING,    FAILED,  "bad greeting banner") \
REASON(SMTP_HELO,        FAILED,  "bad HELO response") \
REASON(AGENT_DOWN,       FAILED,  "so says its agent") \
REASON(AGENT_MAINT,      FAILED,  "so says its agent") \
REASON(AGENT_GONE,       UNKNOWN, "no answer of the agent") \
REASON(AGENT_WORDS,      UNKNOWN, "no word of the agent is understood") \
REASON(HTTP_STATUS,       FAILED,  "unexpected HTTP status code") \
REASON(HTTP_DIGEST,       FAILED,  "unexpected digest") \
REASON(HTTP_REGEX_MISSING, FAILED, "regex not found") \
REASON(HTTP_REGEX_FOUND,  FAILED,  "regex found") \
REASON(HTTP_REGEX_LIMIT,  FAILED,  "regex too costly for this body") \
REASON(SCRIPT,           FAILED,  "script failed") \
REASON(FILE_FAULT,       FAILED,  "the file says so") \
REASON(LOCAL_SCRIPT,     UNKNOWN, "local: the script cannot be run") \
REASON(LOCAL_VALUE,      UNKNOWN, "local: the file was not read yet") \
REASON(LOCAL_ADDRESS,    UNKNOWN, "local: source address or port not available") \
REASON(LOCAL_FDS,        UNKNOWN, "local: out of descriptors") \
REASON(LOCAL_MEMORY,     UNKNOWN, "local: out of memory or buffers") \
REASON(LOCAL_ROUTE,      UNKNOWN, "local: no route from the bound source") \
REASON(LOCAL_INTERFACE,  UNKNOWN, "local: no such interface") \
REASON(LOCAL_PERMISSION, UNKNOWN, "local: not permitted") \
REASON(LOCAL_FAMILY,     UNKNOWN, "local: address family not supported") \
REASON(LOCAL_HELPER,     UNKNOWN, "local: no socket from the supervisor") \
REASON(LOCAL_TLS,        UNKNOWN, "local: TLS file missing or not usable") \
REASON(LOCAL_OTHER,      UNKNOWN, "local: cannot make a socket")
/* clang-format on */

enum check_reason {
#define REASON(name, class, text) REASON_##name,
	REASON_TABLE(REASON)
#undef REASON
		REASON_COUNT
};

enum check_class check_reason_class(enum check_reason r);
/* In the words of the log; never NULL. */
const char *check_reason_text(enum check_reason r);

/* The error came back from the network after the request had left. */
enum check_reason check_reason_remote(int error);
/*
 * The error came from a call of ours (socket, bind, connect).  is_bound: the
 * user asked for a source address or interface, so that a missing route is
 * a matter of that source and not of the server.
 */
enum check_reason check_reason_local(int error, bool is_bound);

#endif
