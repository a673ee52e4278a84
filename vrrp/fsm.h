/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The state machine of one virtual router after RFC 9568 §6.4, with the
 * differences of RFC 3768 and RFC 5798 as profiles.
 *
 * Pure: (params, state, event, now) -> (state', effects).  No clock, no I/O,
 * no log, no allocation.  Time is absolute: state->deadline is when the next
 * VRRP_EV_TIMER is due; one that comes early changes nothing.
 */
#ifndef DUUMVIR_VRRP_FSM_H
#define DUUMVIR_VRRP_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/monotime.h"

#define VRRP_PRIO_OWNER 255
#define VRRP_PRIO_STOP	0
#define VRRP_PRIO_LEAST 1

enum vrrp_profile {
	VRRP_V2,      /* RFC 3768 */
	VRRP_V3_5798, /* RFC 5798 */
	VRRP_V3_9568, /* RFC 9568: also answers a lower priority advert */
};

/* What the user wants, effective values. */
struct vrrp_params {
	enum vrrp_profile profile;
	uint8_t priority; /* 1..255 */
	nsec_t interval;
	uint32_t down_adverts; /* adverts that may be missed, RFC: 3 */
	bool preempt;
	nsec_t preempt_delay;
	/* A lower master is respected until the backup sync daemon has heard
	 * it for so long; 0: off. */
	nsec_t sync_hold;
	bool answer_lower;  /* as master: answer a lower priority advert */
	bool send_higher;   /* a last advert before giving way to a higher */
	bool owner_ignores; /* priority 255: received adverts are ignored */
	bool is_grouped; /* and not all are owners: an owner begins as BACKUP */
	/* As master, silent for longer than a router of this priority waits:
	 * give way without listening; 0: off. */
	uint8_t expired_priority;
	/* Before a first take-over: how long to wait for a proof that we can
	 * hear; 0: not at all.  If asked: only after VRRP_EV_DEAF. */
	nsec_t proof_wait;
	bool proof_if_asked;
	struct addr source; /* of our adverts; decides ties */
};

/* The RFC's behaviour of a profile: all but priority, interval, source. */
struct vrrp_params vrrp_params_init(enum vrrp_profile profile);

enum vrrp_state {
	VRRP_INIT,
	VRRP_BACKUP,
	VRRP_MASTER,
	VRRP_FAULT, /* Initialize with a condition that is not met */
};

/* Conditions of running, level-triggered; a set of them is unmet. */
enum vrrp_cond {
	VRRP_COND_IFACE = 1,   /* the interface exists */
	VRRP_COND_LINK = 2,    /* it is up and running */
	VRRP_COND_SOURCE = 4,  /* it has an address to send from */
	VRRP_COND_PEER = 8,    /* there is a unicast peer */
	VRRP_COND_GROUP = 64,  /* all others of its sync group are fit */
	VRRP_COND_VMAC = 16,   /* our own interface is there, right and up */
	VRRP_COND_DELAY = 256, /* a delay that was asked for is over */
	VRRP_COND_VIP = 128,  /* what it is to hold, or follows, can be there */
	VRRP_COND_TRACK = 32, /* nothing tracked without weight is down */
};

struct vrrp_fsm {
	enum vrrp_state state;
	uint32_t unmet; /* set of enum vrrp_cond */
	monotime_t deadline;
	monotime_t heard; /* when the down timer was last restarted */
	nsec_t master_interval;
	bool is_skew_only;  /* the master resigned: wait for the skew only */
	struct addr master; /* unset: none heard */
	uint8_t master_priority;
	monotime_t preempt_at; /* NEVER: no lower priority master seen */
	monotime_t lower_at;   /* the same: when it was first heard */
	monotime_t sync_since; /* the backup sync daemon runs; NEVER: not */
	/*
	 * After a sleep that was longer than the others' patience.  A master
	 * is in doubt: it keeps its addresses but listens before it speaks;
	 * a rival that is heard stands in master, master_priority and heard.
	 * A backup does not take over before quiet_until.
	 */
	bool is_doubtful;
	monotime_t thawed, quiet_until;
	/* Before the first take-over; see params.proof_wait. */
	bool needs_proof, is_overdue; /* overdue: the down timer ran out */
	bool is_proven;
	monotime_t proof_end;
};

enum vrrp_event_kind {
	VRRP_EV_START,	/* after event.delay */
	VRRP_EV_RESUME, /* go on as master after a crash of our process; in
			 * doubt if it was silent before (event.asleep) */
	VRRP_EV_STOP,
	VRRP_EV_TIMER,
	VRRP_EV_ADVERT,
	VRRP_EV_UNMET,	/* event.unmet is the whole set */
	VRRP_EV_RECONF, /* params have changed */
	/* We were not let run: the present deadline, if past, says how late
	 * we are; event.asleep is what the clock did not count (suspend).
	 * Comes before what was received meanwhile. */
	VRRP_EV_THAW,
	VRRP_EV_CLAIM, /* another announces our addresses as its own */
	VRRP_EV_DEAF,  /* there is reason to doubt that we hear anything */
	VRRP_EV_SYNC,  /* the backup sync daemon runs since event.until */
	VRRP_EV_HEARD, /* proof that we do: a frame, an answer */
	/* Of its sync group (group.h): */
	VRRP_EV_SYNC_MASTER, /* a backup follows the others */
	VRRP_EV_SYNC_BACKUP, /* a master follows the others */
	VRRP_EV_WAIT, /* a backup does not take over before event.until */
	VRRP_EV_LOST, /* what a master holds was taken away, and it is to go */
};

struct vrrp_event {
	enum vrrp_event_kind kind;
	nsec_t delay;
	nsec_t asleep;
	uint32_t unmet;
	monotime_t until;
	bool is_won; /* ADVERT: its sender is no winner, whatever it says */
	/* ADVERT: what an accepted packet says */
	uint8_t priority;
	nsec_t interval;
	struct addr src;
};

enum vrrp_effect_kind {
	VRRP_FX_ADVERT, /* send an advert */
	VRRP_FX_RESIGN, /* send one with priority 0 */
	VRRP_FX_LEAST,	/* send one with priority 1 */
	VRRP_FX_STATE,	/* from -> to, why */
	VRRP_FX_VIPS_ADD,
	VRRP_FX_VIPS_DEL,
	VRRP_FX_ANNOUNCE,   /* burst of gratuitous ARP or NA: became master */
	VRRP_FX_REANNOUNCE, /* the same: another claimed our addresses */
	VRRP_FX_LOWER,	    /* a lower priority advert was heard as master */
	VRRP_FX_WORD,	    /* nothing to do; why is worth a word */
};

enum vrrp_why {
	VRRP_WHY_START,
	VRRP_WHY_OWNER, /* priority 255 */
	VRRP_WHY_RESUME,
	VRRP_WHY_TIMEOUT,  /* no advert heard in time */
	VRRP_WHY_RESIGNED, /* the master sent priority 0 */
	VRRP_WHY_PREEMPT,  /* a master of lower priority is displaced */
	VRRP_WHY_HIGHER,
	VRRP_WHY_TIE, /* equal priority, greater address */
	VRRP_WHY_UNMET,
	VRRP_WHY_CLEARED,
	VRRP_WHY_STOP,
	VRRP_WHY_GROUP,	  /* with its sync group */
	VRRP_WHY_LOST,	  /* an address, route or rule of ours was taken away */
	VRRP_WHY_SLEPT,	  /* not let run; another is master meanwhile */
	VRRP_WHY_THAW,	  /* word: not let run; listens before it speaks */
	VRRP_WHY_BEST,	  /* word: listened, is still the best */
	VRRP_WHY_DEAF,	  /* word: would take over, but heard nothing yet */
	VRRP_WHY_HEARD,	  /* word: a frame was received */
	VRRP_WHY_UNHEARD, /* word: nothing was, the wait is over */
	VRRP_WHY_SYNC,	  /* word: a lower master is not displaced yet */
};

struct vrrp_effect {
	enum vrrp_effect_kind kind;
	enum vrrp_state from, to;
	enum vrrp_why why;
};

#define VRRP_EFFECTS_MAX 6

struct vrrp_effects {
	uint32_t n;
	struct vrrp_effect e[VRRP_EFFECTS_MAX];
};

/* A virtual router that has not started. */
struct vrrp_fsm vrrp_fsm_init(void);
/* One step; effects are appended in the order they must happen. */
void vrrp_fsm_step(struct vrrp_fsm *f, const struct vrrp_params *p,
		   const struct vrrp_event *ev, monotime_t now,
		   struct vrrp_effects *fx);

/* Skew_Time and Master_Down_Interval (RFC 9568 §6.1, RFC 3768 §6.1) when the
 * master advertises every interval. */
nsec_t vrrp_skew(const struct vrrp_params *p, nsec_t interval);
nsec_t vrrp_down_interval(const struct vrrp_params *p, nsec_t interval);
/* After how long a silence of ours a router of this priority takes over. */
nsec_t vrrp_patience(const struct vrrp_params *p, uint8_t priority);

/* Until when sync_hold respects the lower master that is heard; without such
 * a master, or without sync_hold, an instant in the past.  Where no backup
 * sync daemon runs there is nothing to wait for: a little longer, that is
 * all. */
#define VRRP_SYNC_GRACE SEC(30)
monotime_t vrrp_sync_hold_end(const struct vrrp_fsm *f,
			      const struct vrrp_params *p);

/* "MASTER", "BACKUP", "FAULT", "INIT" */
const char *vrrp_state_name(enum vrrp_state s);

#endif
