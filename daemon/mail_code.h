/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the supervisor and the program that delivers mail agree on, besides
 * the order (mail_text.h): exit codes and time.  On failure the program writes one
 * line to its standard output.
 */
#ifndef DUUMVIR_DAEMON_MAIL_CODE_H
#define DUUMVIR_DAEMON_MAIL_CODE_H

#define MAIL_PROGRAM "duumvir-mail"

enum mail_code {
	MAIL_OK,
	MAIL_FAILED,  /* now: try again later */
	MAIL_REFUSED, /* for good */
};

/* All together it takes at most so many times the time for connecting. */
#define MAIL_TIMEOUTS 3

#endif
