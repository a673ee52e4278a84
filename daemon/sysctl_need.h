/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which numbers under /proc/sys/net the virtual servers of a configuration
 * need, and why.  PURE: what is set is daemon/sysctl_keep.h's.
 */
#ifndef DUUMVIR_DAEMON_SYSCTL_NEED_H
#define DUUMVIR_DAEMON_SYSCTL_NEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nics.h"

struct conf;

struct sysctl_env {
	const struct nic *nic;
	size_t n_nic;
};

#define SYSCTL_PATH_LEN 64
#define SYSCTL_WHO_LEN	96

struct sysctl_need {
	char path[SYSCTL_PATH_LEN]; /* below /proc/sys/net */
	int32_t value;		    /* to be set where it is neither ... */
	int32_t min, max;	    /* ... between these */
	bool is_advice;		    /* nobody asked for it: never set */
	const char *why;	    /* of static storage */
	char who[SYSCTL_WHO_LEN];   /* the first that needs it */
	uint32_t n_who;
};

/* No path twice. */
struct sysctl_needs {
	struct sysctl_need *need;
	size_t n, room;
};

#define SYSCTL_NEEDS_INIT ((struct sysctl_needs){0})

/* What the services of c need, added to out.  Services that contradict each
 * other: the first is heard (their configuration was complained about). */
void sysctl_needs_make(const struct conf *c, const struct sysctl_env *env,
		       struct sysctl_needs *out);
/* One more; min and max are taken from n, who and n_who added up. */
void sysctl_needs_add(struct sysctl_needs *s, const struct sysctl_need *n);
void sysctl_needs_fini(struct sysctl_needs *s);
const struct sysctl_need *sysctl_needs_find(const struct sysctl_needs *s,
					    const char *path);

bool sysctl_need_is_met(const struct sysctl_need *n, int32_t have);
/* "net.ipv4.ip_forward" as sysctl(8) has it; returns buf. */
const char *sysctl_name(const char *path, char *buf, size_t size);
/* Why, and for whom; returns buf. */
const char *sysctl_need_explain(const struct sysctl_need *n, char *buf,
				size_t size);

#endif
