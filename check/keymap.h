/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * How many services claim a key of the kernel's table.  During a reload old
 * and new services exist side by side; a key that both have changes hands.
 */
#ifndef DUUMVIR_CHECK_KEYMAP_H
#define DUUMVIR_CHECK_KEYMAP_H

#include "lib/msg.h"

struct keymap_entry;

struct keymap {
	struct keymap_entry *head;
};

void keymap_ref(struct keymap *m, const struct msg_svc_key *key);
void keymap_unref(struct keymap *m, const struct msg_svc_key *key);
/* Forgets all. */
void keymap_fini(struct keymap *m);
uint32_t keymap_refs(const struct keymap *m, const struct msg_svc_key *key);

#endif
