/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A changed row in words, for plans: "weight 1 -> 2"; secrets are not shown.
 */
#ifndef DUUMVIR_DIFF_TEXT_H
#define DUUMVIR_DIFF_TEXT_H

#include <stdint.h>

struct arena;
struct conf_obj;
struct kw;

/* Row number `row` as it was (in the object ho, its values at old) and as it
 * is; lives in the arena. */
const char *diff_change_text(struct arena *a, const struct kw *kw, uint32_t row,
			     const struct conf_obj *ho,
			     const struct conf_obj *hn, const char *old,
			     const char *now);

#endif
