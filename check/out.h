/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How the parts of the check engine speak to other processes: through one
 * function, so that tests can listen instead.
 */
#ifndef DUUMVIR_CHECK_OUT_H
#define DUUMVIR_CHECK_OUT_H

#include "lib/msg.h"

struct check_out {
	/* data has the size that the type has in the message table. */
	void (*send)(void *arg, enum proc_id to, enum msg_type type,
		     const void *data);
	void *arg;
};

static inline void
check_out_send(const struct check_out *o, enum proc_id to, enum msg_type type,
	       const void *data)
{
	o->send(o->arg, to, type, data);
}

#endif
