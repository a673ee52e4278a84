/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Operations on a real server as sentences and as commands.  Pure. */
#ifndef DUUMVIR_DAEMON_RS_TEXT_H
#define DUUMVIR_DAEMON_RS_TEXT_H

struct buf;
struct rs_op;

/* What is not as it must be: "192.168.3.110 is not on lo, for ...". */
void rs_text_fault(const struct rs_op *op, struct buf *out);
/* What was done about it: "192.168.3.110 added to lo". */
void rs_text_done(const struct rs_op *op, struct buf *out);
/* The shell command that does it. */
void rs_text_command(const struct rs_op *op, struct buf *out);

#endif
