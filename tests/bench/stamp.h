/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The kernel's time stamp of a packet (SO_TIMESTAMPNS), for what listens. */
#ifndef DUUMVIR_BENCH_STAMP_H
#define DUUMVIR_BENCH_STAMP_H

#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* In ns since 1970; 0: it has none. */
static inline long long
stamp_get(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		return ts.tv_sec * 1000000000LL + ts.tv_nsec;
	}
	return 0;
}

#endif
