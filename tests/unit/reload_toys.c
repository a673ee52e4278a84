/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Toy engines; see reload_toys.h. */
#include "tests/unit/reload_toys.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"
#include "parser/tree.h"
#include "vrrp/conf.h"

struct toy {
	struct proc *p;
	enum proc_id id;
	struct conf *now, *next;
};

struct ledger *ledger;

/* ---- the toys ---- */

static int
toy_init(struct proc *p, void **self)
{
	struct toy *t = xcalloc(1, sizeof(*t));

	t->p = p;
	t->id = p->id;
	*self = t;
	return 0;
}

/* "TOY_WORD" is in the configuration of this toy? */
static bool
has_name(const struct toy *t, const struct conf *c, const char *word)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_%s", proc_name(t->id), word);
	if (t->id != PROC_VRRP)
		return false;
	CONF_FOREACH (struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance) {
		if (strcmp(i->obj.name, name) == 0)
			return true;
	}
	return false;
}

static int
count_instances(const struct conf *c)
{
	int n = 0;

	CONF_FOREACH (struct vrrp_instance_conf, i,
		      &vrrp_conf_get(c)->vrrp_instance)
		n += i->obj.name[0] != '\0';
	return n;
}

/* Writes what is no message to every stream socket that it has. */
static void
babble(void)
{
	for (int fd = 3; fd < 64; fd++) {
		int type = 0;
		socklen_t len = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
		    type == SOCK_STREAM)
			(void)!write(fd, "babble babble", 13);
	}
}

static int
toy_prepare(void *self, struct conf *next, struct msg_done *done, char *reason)
{
	struct toy *t = self;

	(void)done;
	ledger[t->id].prepared++;
	if (has_name(t, next, "refuses")) {
		snprintf(reason, MSG_TEXT_LEN, "I would rather not");
		return -1;
	}
	if (has_name(t, next, "dies"))
		raise(SIGKILL);
	if (t->p->is_respawn && t->now == NULL && has_name(t, next, "slow"))
		usleep(300000);
	if (t->p->is_respawn && t->now == NULL && has_name(t, next, "mortal"))
		raise(SIGKILL);
	if (t->p->is_respawn && t->now == NULL && has_name(t, next, "fickle")) {
		snprintf(reason, MSG_TEXT_LEN, "not again");
		return -1;
	}
	if (has_name(t, next, "hangs"))
		pause();
	if (has_name(t, next, "babbles"))
		babble();
	t->next = next;
	return 0;
}

static void
toy_commit(void *self, struct msg_done *done)
{
	struct toy *t = self;

	conf_free(t->now);
	t->now = TAKE_PTR(t->next);
	ledger[t->id].count[ledger[t->id].committed++ % COMMITS] =
		t->id == PROC_VRRP ? count_instances(t->now) : 0;
	done->changed = 1;
}

static void
toy_abort(void *self)
{
	struct toy *t = self;

	ledger[t->id].aborted++;
	conf_free(TAKE_PTR(t->next));
}

static void
toy_on_msg(void *self, enum proc_id from, enum msg_type type, const void *data,
	   int fd)
{
	struct toy *t = self;

	(void)from;
	(void)data;
	(void)fd;
	ledger[t->id].hints += type == MSG_HINT_VRRP || type == MSG_HINT_VS;
}

static void
toy_on_peer(void *self, enum proc_id id, bool is_open)
{
	(void)self;
	(void)id;
	(void)is_open;
}

static void
toy_stop(void *self, uint32_t flags)
{
	struct toy *t = self;

	(void)flags;
	ledger[t->id].stopped++;
	proc_stopped(t->p);
}

static void
toy_fini(void *self)
{
	struct toy *t = self;

	conf_free(t->now);
	conf_free(t->next);
	free(t);
}

#define TOY(name)                                                              \
	{                                                                      \
		.id = name, .init = toy_init, .prepare = toy_prepare,          \
		.commit = toy_commit, .abort = toy_abort,                      \
		.on_msg = toy_on_msg, .on_peer = toy_on_peer,                  \
		.stop = toy_stop, .fini = toy_fini                             \
	}

const struct engine_ops toy_vrrp = TOY(PROC_VRRP);
const struct engine_ops toy_check = TOY(PROC_CHECK);
