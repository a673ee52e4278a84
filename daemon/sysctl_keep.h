/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Keeps the sysctls that others ask for: says which are not as needed, or
 * sets them and remembers what stood there before, over a kill -9 too.
 *
 * What it set it gives back only while that is what stands there: a value
 * that somebody else wrote later is theirs.
 */
#ifndef DUUMVIR_DAEMON_SYSCTL_KEEP_H
#define DUUMVIR_DAEMON_SYSCTL_KEEP_H

#include <stdbool.h>
#include <stddef.h>

struct sysctl_keep;
struct sysctl_needs;

/*
 * state_path: the file that remembers what was set, read now.  netns: the
 * namespace whose sysctls are meant (NULL: the one we are in, "": that of
 * process 1).
 */
struct sysctl_keep *sysctl_keep_new(const char *state_path, const char *netns);
/* NULL is allowed.  Gives nothing back. */
void sysctl_keep_free(struct sysctl_keep *k);

/* Enters the namespace for a moment, and comes back; false (said once) if
 * there is none. */
bool sysctl_keep_enter(struct sysctl_keep *k);
void sysctl_keep_leave(struct sysctl_keep *k);

/*
 * Compares with what is needed.  With may_set what is not as needed is set,
 * else it is told: once until it changes, or again with is_news.  Returns how
 * many do not exist (yet: those of IPVS come with its module).
 */
size_t sysctl_keep_check(struct sysctl_keep *k, const struct sysctl_needs *s,
			 bool may_set, bool is_news);
/* Gives back what was set and is not among these (NULL: all). */
void sysctl_keep_settle(struct sysctl_keep *k, const struct sysctl_needs *s);

#endif
