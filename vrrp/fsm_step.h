/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the two files of the state machine share: fsm.c has the protocol,
 * doubt.c what is done about a sleep, a rival and deafness.  Internal to
 * them, and as pure.
 */
#ifndef DUUMVIR_VRRP_FSM_STEP_H
#define DUUMVIR_VRRP_FSM_STEP_H

#include "vrrp/fsm.h"

/* fsm.c */
struct vrrp_effect *fsm_emit(struct vrrp_effects *fx,
			     enum vrrp_effect_kind kind);
void fsm_say(struct vrrp_effects *fx, enum vrrp_why why);
void fsm_enter(struct vrrp_fsm *f, enum vrrp_state to, enum vrrp_why why,
	       struct vrrp_effects *fx);
void fsm_arm_down(struct vrrp_fsm *f, const struct vrrp_params *p,
		  nsec_t interval, monotime_t now);
/* Does the sender win over us? */
bool fsm_is_beaten_by(const struct vrrp_params *p, const struct vrrp_event *ev);
/* As master: to BACKUP, because of this advert. */
void fsm_lose(struct vrrp_fsm *f, const struct vrrp_params *p,
	      const struct vrrp_event *ev, monotime_t now,
	      struct vrrp_effects *fx);

/* doubt.c */
void fsm_end_doubt(struct vrrp_fsm *f, const struct vrrp_params *p,
		   monotime_t now, struct vrrp_effects *fx);
void fsm_doubt_advert(struct vrrp_fsm *f, const struct vrrp_params *p,
		      const struct vrrp_event *ev, monotime_t now,
		      struct vrrp_effects *fx);
void fsm_on_thaw(struct vrrp_fsm *f, const struct vrrp_params *p, nsec_t asleep,
		 monotime_t now, struct vrrp_effects *fx);
void fsm_resume_in_doubt(struct vrrp_fsm *f, const struct vrrp_params *p,
			 monotime_t now, struct vrrp_effects *fx);
void fsm_on_claim(const struct vrrp_fsm *f, struct vrrp_effects *fx);
void fsm_on_heard(struct vrrp_fsm *f, const struct vrrp_params *p,
		  monotime_t now, struct vrrp_effects *fx);

#endif
