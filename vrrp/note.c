/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Log lines and reports, after the work; see note.h. */
#include "vrrp/note.h"

#include <stdio.h>
#include <string.h>

#include "vrrp/sync.h"

/* Reasons to wait, and the ends of waiting. */
static void
waiting_text(const struct vrrp_note *n, const char *peer, char *buf,
	     size_t size)
{
	switch (n->why) {
	case VRRP_WHY_SLEPT:
		(void)snprintf(buf, size,
			       "was not let run for %.3f s, %s took over",
			       (double)n->waited / SEC(1), peer);
		return;
	case VRRP_WHY_THAW:
		if (n->waited == 0)
			(void)snprintf(buf, size,
				       "the process before gave no sign of "
				       "life: listens before it speaks");
		else
			(void)snprintf(
				buf, size,
				"was not let run for %.3f s, longer than the "
				"others wait: listens before it speaks",
				(double)n->waited / SEC(1));
		return;
	case VRRP_WHY_BEST:
		(void)snprintf(buf, size,
			       "has listened and is still the best: "
			       "announces its addresses again");
		return;
	case VRRP_WHY_DEAF:
		(void)snprintf(buf, size,
			       "would take over, but nothing was ever received "
			       "on %s: waits for a frame, %.3f s at most",
			       n->in->base_ifname, (double)n->waited / SEC(1));
		return;
	case VRRP_WHY_HEARD:
		(void)snprintf(buf, size,
			       "receives on %s: need not wait for that any "
			       "longer",
			       n->in->base_ifname);
		return;
	case VRRP_WHY_UNHEARD:
		(void)snprintf(buf, size,
			       "nothing was received on %s for %.3f s: the "
			       "wait is over",
			       n->in->base_ifname, (double)n->waited / SEC(1));
		return;
	case VRRP_WHY_SYNC:
		(void)snprintf(buf, size,
			       "does not displace a lower master before its "
			       "connections were heard for %.3f s (sync_hold)",
			       (double)n->waited / SEC(1));
		return;
	default:
		*buf = '\0'; /* no other comes here */
	}
}

/* The reason of a transition. */
static void
why_text(const struct vrrp_note *n, const char *peer, char *buf, size_t size)
{
	switch (n->why) {
	case VRRP_WHY_START:
		(void)snprintf(buf, size, "init");
		return;
	case VRRP_WHY_OWNER:
		(void)snprintf(buf, size, "address owner, priority 255");
		return;
	case VRRP_WHY_RESUME:
		(void)snprintf(buf, size,
			       "goes on after a restart of the "
			       "engine, addresses in place");
		return;
	case VRRP_WHY_TIMEOUT:
		(void)snprintf(buf, size, "no advert from %s for %.3f s", peer,
			       (double)n->waited / SEC(1));
		return;
	case VRRP_WHY_RESIGNED:
		(void)snprintf(buf, size, "%s resigned", peer);
		return;
	case VRRP_WHY_PREEMPT:
		(void)snprintf(buf, size, "%s has lower priority %u, ours %u",
			       peer, n->peer_priority, n->priority);
		return;
	case VRRP_WHY_HIGHER:
	case VRRP_WHY_TIE:
		(void)snprintf(buf, size,
			       "%s is master with priority %u, ours %u", peer,
			       n->peer_priority, n->priority);
		return;
	case VRRP_WHY_UNMET:
		(void)vrrp_instance_unmet_text(n->in, n->unmet, buf, size);
		return;
	case VRRP_WHY_CLEARED:
		if (n->unmet & VRRP_COND_TRACK)
			(void)snprintf(buf, size, "nothing tracked is down");
		else if (n->unmet == VRRP_COND_GROUP)
			(void)snprintf(buf, size, "its sync group is fit");
		else if (n->in->is_anywhere)
			(void)snprintf(buf, size, "usable again");
		else
			(void)snprintf(buf, size,
				       "interface %s is usable again",
				       n->in->base_ifname);
		return;
	case VRRP_WHY_STOP:
		(void)snprintf(buf, size, "stop");
		return;
	case VRRP_WHY_GROUP:
		(void)snprintf(buf, size, "with VRRP_Group(%s)",
			       n->in->sync != NULL ? n->in->sync->name : "");
		return;
	case VRRP_WHY_LOST:
		(void)snprintf(buf, size,
			       "what it holds was taken away, and it is not to "
			       "put it back");
		return;
	case VRRP_WHY_SLEPT:
	case VRRP_WHY_THAW:
	case VRRP_WHY_BEST:
	case VRRP_WHY_DEAF:
	case VRRP_WHY_HEARD:
	case VRRP_WHY_UNHEARD:
	case VRRP_WHY_SYNC:
		waiting_text(n, peer, buf, size);
	}
}

/* The line before a transition that operators look for. */
static void
log_cause(const struct vrrp_note *n, const char *peer)
{
	const char *name = n->in->name;

	switch (n->why) {
	case VRRP_WHY_TIMEOUT:
	case VRRP_WHY_RESIGNED:
	case VRRP_WHY_PREEMPT:
		log_info("(%s) Receive advertisement timeout", name);
		return;
	case VRRP_WHY_HIGHER:
		log_info("(%s) Master received advert from %s with higher "
			 "priority %u, ours %u",
			 name, peer, n->peer_priority, n->priority);
		return;
	case VRRP_WHY_TIE:
		log_info("(%s) Master received advert from %s with same "
			 "priority %u but higher IP address than ours",
			 name, peer, n->priority);
		return;
	case VRRP_WHY_START:
	case VRRP_WHY_OWNER:
	case VRRP_WHY_RESUME:
	case VRRP_WHY_UNMET:
	case VRRP_WHY_CLEARED:
	case VRRP_WHY_LOST:
	case VRRP_WHY_STOP:
	case VRRP_WHY_GROUP:
	case VRRP_WHY_SLEPT:
	case VRRP_WHY_THAW:
	case VRRP_WHY_BEST:
	case VRRP_WHY_DEAF:
	case VRRP_WHY_HEARD:
	case VRRP_WHY_UNHEARD:
	case VRRP_WHY_SYNC:
		return;
	}
}

static void
report(const struct vrrp_note *n, enum vrrp_state_word word)
{
	struct vrrp_instance *in = n->in;
	struct vrrp_router *r = in->router;
	struct msg_vrrp_state m = {
		.kind = MSG_VRRP_INSTANCE,
		.state = word,
		.priority = n->priority,
		.initial = !in->was_reported,
	};

	memcpy(m.name, in->name, sizeof(m.name));
	in->was_reported = true;
	r->port->report(r->port_arg, &m);
}

static enum vrrp_state_word
word_of(enum vrrp_state s)
{
	switch (s) {
	case VRRP_INIT:
		return VRRP_WORD_STOP;
	case VRRP_BACKUP:
		return VRRP_WORD_BACKUP;
	case VRRP_MASTER:
		return VRRP_WORD_MASTER;
	case VRRP_FAULT:
		return VRRP_WORD_FAULT;
	}
	return VRRP_WORD_INIT;
}

static void
report_group(const struct vrrp_note *n)
{
	struct vrrp_router *r = n->in->router;
	struct msg_vrrp_state m = {
		.kind = MSG_VRRP_GROUP,
		.state = word_of(n->to),
		.initial = !n->sync->was_reported,
	};

	memcpy(m.name, n->sync->name, sizeof(m.name));
	n->sync->was_reported = true;
	r->port->report(r->port_arg, &m);
}

static void
tell_state(const struct vrrp_note *n, const char *peer)
{
	char why[512];

	if (n->to != VRRP_INIT) {
		log_cause(n, peer);
		why_text(n, peer, why, sizeof(why));
		log_notice("(%s) Entering %s STATE (%s)", n->in->name,
			   vrrp_state_name(n->to), why);
	}
	/* What a reload deletes is told as deleted, not as stopped. */
	if (n->to != VRRP_INIT || !n->in->is_deleted)
		report(n, word_of(n->to));
}

static void
tell_lower(const struct vrrp_note *n, const char *peer)
{
	uint32_t missed;

	if (log_limit_ok(&n->in->discard_limit, n->at, &missed))
		log_notice("(%s) Received advert from %s with lower priority "
			   "%u, ours %u",
			   n->in->name, peer, n->peer_priority, n->priority);
	/* One report per advert, but a flood is not passed on. */
	if (log_limit_ok(&n->in->lower_limit, n->at, &missed))
		report(n, VRRP_WORD_MASTER_RX_LOWER_PRI);
}

static void
tell_word(const struct vrrp_note *n, const char *peer)
{
	char why[512];

	why_text(n, peer, why, sizeof(why));
	log_notice("(%s) %s", n->in->name, why);
}

static void
tell_claim(const struct vrrp_note *n, const char *vip)
{
	uint32_t missed;

	if (!log_limit_ok(&n->in->claim_log, n->at, &missed))
		return;
	log_warn("(%s) %s is also announced by "
		 "%02x:%02x:%02x:%02x:%02x:%02x on %s: announced again",
		 n->in->name, vip, n->mac[0], n->mac[1], n->mac[2], n->mac[3],
		 n->mac[4], n->mac[5], n->in->base_ifname);
	if (missed > 0)
		log_warn("(%s) %u more such lines were held back", n->in->name,
			 missed);
}

static void
tell_priority(const struct vrrp_note *n)
{
	log_info("(%s) Changing effective priority from %u to %u", n->in->name,
		 n->peer_priority, n->priority);
	report(n, n->to == VRRP_MASTER ? VRRP_WORD_MASTER_PRIORITY
				       : VRRP_WORD_BACKUP_PRIORITY);
}

static void
tell(const struct vrrp_note *n)
{
	char a[ADDR_STR_LEN];
	uint32_t missed;
	const char *peer = addr_is_set(&n->peer)
				   ? addr_print(&n->peer, a, sizeof(a))
				   : "anyone";

	switch (n->kind) {
	case VRRP_NOTE_STATE:
		tell_state(n, peer);
		return;
	case VRRP_NOTE_RESIGNED:
		log_info("(%s) sent 0 priority", n->in->name);
		return;
	case VRRP_NOTE_ZERO:
		if (!log_limit_ok(&n->in->zero_limit, n->at, &missed))
			return;
		log_info("(%s) Backup received priority 0 advertisement",
			 n->in->name);
		return;
	case VRRP_NOTE_LOWER:
		tell_lower(n, peer);
		return;
	case VRRP_NOTE_DELETED:
		report(n, VRRP_WORD_DELETED);
		return;
	case VRRP_NOTE_WORD:
		tell_word(n, peer);
		return;
	case VRRP_NOTE_SYNC:
		log_info("VRRP_Group(%s) Syncing instances to %s state",
			 n->sync->name, vrrp_state_name(n->to));
		return;
	case VRRP_NOTE_GROUP:
		report_group(n);
		return;
	case VRRP_NOTE_CLAIM:
		tell_claim(n, peer);
		return;
	case VRRP_NOTE_PRIORITY:
		tell_priority(n);
		return;
	}
}

void
vrrp_instance_note(struct vrrp_instance *in, const struct vrrp_note *n,
		   monotime_t now)
{
	struct vrrp_router *r = in->router;
	struct vrrp_note *own;

	if (r->n_notes == r->room_notes) {
		vrrp_router_send(r); /* adverts still go before words */
		vrrp_router_tell(r);
	}
	own = &r->notes[r->n_notes++];
	*own = *n;
	own->in = in;
	own->at = now;
	own->priority = in->params.priority;
}

void
vrrp_router_tell(struct vrrp_router *r)
{
	for (size_t i = 0; i < r->n_notes; i++)
		tell(&r->notes[i]);
	r->n_notes = 0;
}
