/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Alerts by mail.  Mails are delivered by a program of its own, one at a
 * time, without privileges and within a time limit; nothing waits for it.
 */
#ifndef DUUMVIR_DAEMON_POSTMAN_H
#define DUUMVIR_DAEMON_POSTMAN_H

#include <stdbool.h>
#include <sys/types.h>

struct conf;
struct ev_loop;
struct postman;

/* on_idle is called when the last mail is out of our hands. */
struct postman *postman_new(struct ev_loop *loop, void (*on_idle)(void *arg),
			    void *arg);
void postman_free(struct postman *p);
/* Whom mails are delivered as. */
void postman_set_user(struct postman *p, uid_t uid, gid_t gid);
/* Server, addresses and limits of a configuration (copies them). */
void postman_set_conf(struct postman *p, const struct conf *c);
/* Is there a server and anybody to write to? */
bool postman_is_on(const struct postman *p);
/* An alert for the next mail; nothing if no mail is to be sent. */
void postman_alert(struct postman *p, const char *subject, const char *text);
/* From now on without delay: the end is near. */
void postman_end(struct postman *p);
/* Gives up what waits and kills what is under way. */
void postman_kill(struct postman *p);
bool postman_reap(struct postman *p, pid_t pid, int status);
bool postman_is_idle(const struct postman *p);

#endif
