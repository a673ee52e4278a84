/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Lines and subjects, as seen from Debian's keepalived; see words.h.  Pure:
 * scripts of operators and filters of mailboxes read these letter by letter.
 */
#include "daemon/words.h"

#include <stddef.h>

#include "daemon/told.h"
#include "lib/buf.h"

const char *
words_state(enum vrrp_state_word word)
{
	switch (word) {
	case VRRP_WORD_MASTER:
		return "MASTER";
	case VRRP_WORD_BACKUP:
		return "BACKUP";
	case VRRP_WORD_FAULT:
		return "FAULT";
	case VRRP_WORD_STOP:
		return "STOP";
	case VRRP_WORD_DELETED:
		return "DELETED";
	case VRRP_WORD_MASTER_RX_LOWER_PRI:
		return "MASTER_RX_LOWER_PRI";
	case VRRP_WORD_MASTER_PRIORITY:
		return "MASTER_PRIORITY";
	case VRRP_WORD_BACKUP_PRIORITY:
		return "BACKUP_PRIORITY";
	case VRRP_WORD_INIT:
		break;
	}
	return NULL;
}

void
words_vrrp_line(struct buf *b, const struct words_vrrp *w)
{
	buf_printf(b, "%s \"%s\" %s %u\n", w->is_group ? "GROUP" : "INSTANCE",
		   w->name, words_state(w->word), w->priority);
}

static void
entering(struct buf *subject, struct buf *text, const struct words_vrrp *w)
{
	const char *state = words_state(w->word);

	buf_printf(subject, "VRRP %s %s - Entering %s state",
		   w->is_group ? "Group" : "Instance", w->name, state);
	if (w->is_group)
		buf_printf(text, "All VRRP group instances are now in %s state",
			   state);
	else
		buf_printf(text, "VRRP Instance is %s owning VRRP VIPs",
			   w->word == VRRP_WORD_MASTER ? "now" : "no longer");
}

bool
words_vrrp_mail(struct buf *subject, struct buf *text,
		const struct words_vrrp *w)
{
	switch (w->word) {
	case VRRP_WORD_MASTER:
	case VRRP_WORD_BACKUP:
	case VRRP_WORD_FAULT:
		entering(subject, text, w);
		return true;
	case VRRP_WORD_DELETED:
		buf_printf(subject, "VRRP %s %s - Deleted",
			   w->is_group ? "Group" : "Instance", w->name);
		buf_adds(text, "VRRP Deleted at reload");
		return true;
	case VRRP_WORD_INIT:
	case VRRP_WORD_STOP:
	case VRRP_WORD_MASTER_RX_LOWER_PRI:
	case VRRP_WORD_MASTER_PRIORITY:
	case VRRP_WORD_BACKUP_PRIORITY:
		break;
	}
	return false;
}

/* ---- virtual and real servers ---- */

static const char *
up_down(bool is_up)
{
	return is_up ? "UP" : "DOWN";
}

void
words_server_line(struct buf *b, const struct told_object *o, bool is_up)
{
	buf_printf(b, "RS %s %s %s\n", o->label, o->key.name, up_down(is_up));
}

void
words_service_line(struct buf *b, const struct told_object *o, bool is_up)
{
	buf_printf(b, "VS %s %s\n", o->key.name, up_down(is_up));
}

void
words_server_subject(struct buf *b, const struct told_object *o, bool is_up)
{
	buf_printf(b, "Realserver %s of virtual server %s - %s", o->label,
		   o->key.name, up_down(is_up));
}

void
words_checker(struct buf *b, const struct told_object *o, uint32_t i,
	      const struct msg_rs_state *m)
{
	static const struct told_checker other = {"CHECK", "succeed on service",
						  "failed on service", NULL};
	const struct told_checker *c =
		i < o->n_checkers ? o->checker[i] : &other;
	uint64_t bit = UINT64_C(1) << i;
	const char *what = c->success;

	if (m->failed & bit)
		what = m->timed_out & bit && c->timeout != NULL ? c->timeout
								: c->failure;
	buf_printf(b, "%s %s", c->label, what);
}

/* As in the log (keepalived's mail about a loss has a slip in its sum). */
void
words_service_mail(struct buf *subject, struct buf *text,
		   const struct told_object *o, const struct msg_vs_state *m)
{
	unsigned long long q = o->quorum, h = o->hysteresis;
	unsigned long long weight = m->alive_weight;

	buf_printf(subject, "Virtualserver %s - %s", o->key.name,
		   up_down(m->has_quorum));
	if (m->has_quorum)
		buf_printf(text, "Gained quorum %llu+%llu=%llu <= %llu", q, h,
			   q + h, weight);
	else
		buf_printf(text, "Lost quorum %llu-%llu=%llu > %llu", q, h,
			   q - h, weight);
}
