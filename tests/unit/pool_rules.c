/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The rules of pools, read a second time, for the model check. */
#include "tests/unit/pool_model.h"

static void
expect_add(struct model_table *t, uint8_t host, uint16_t port, uint32_t weight)
{
	for (size_t i = 0; i < t->n; i++) {
		struct model_dest *d = &t->dest[i];

		if (d->host != host || d->port != port)
			continue;
		if (d->weight == 0)
			d->weight = weight; /* who serves goes before */
		return;
	}
	t->dest[t->n++] = (struct model_dest){host, port, weight};
}

/* When the wave began in which this server failed. */
static monotime_t
wave_of(const struct model_fact *fact, size_t i, nsec_t window)
{
	monotime_t begin = fact[i].since;

	for (bool is_found = true; is_found;) {
		is_found = false;
		for (size_t j = 0; j < MODEL_SERVERS; j++) {
			const struct model_fact *f = &fact[j];

			if (f->was_up && !f->is_alive &&
			    monotime_before(f->since, begin) &&
			    monotime_sub(begin, f->since) <= window) {
				begin = f->since;
				is_found = true;
			}
		}
	}
	return begin;
}

void
model_keep(const struct model_plan *p, nsec_t window,
	   struct model_fact fact[MODEL_SERVERS])
{
	monotime_t frozen = MONOTIME_NEVER, wave[MODEL_SERVERS];

	for (size_t i = 0; i < MODEL_SERVERS; i++)
		wave[i] = fact[i].was_up && !fact[i].is_alive
				  ? wave_of(fact, i, window)
				  : MONOTIME_NEVER;
	for (size_t i = 0; i < MODEL_SERVERS; i++) {
		unsigned failed = 0, up_before = 0;

		for (size_t j = 0; j < MODEL_SERVERS; j++) {
			failed += wave[j].ns == wave[i].ns;
			up_before += fact[j].was_up &&
				     !monotime_before(wave[j], wave[i]);
		}
		if (p->panic > 0 && !monotime_is_never(wave[i]) &&
		    failed * 100 > p->panic * up_before)
			frozen = monotime_min(frozen, wave[i]);
	}
	for (size_t i = 0; i < MODEL_SERVERS; i++)
		fact[i].is_kept = !monotime_is_never(wave[i]) &&
				  !monotime_before(wave[i], frozen);
}

void
model_expect(const struct model_plan *p,
	     const struct model_fact fact[MODEL_SERVERS], bool has_quorum,
	     struct model_table *out)
{
	bool is_sorry = p->sorry != 0 && !has_quorum;
	uint16_t svc_port = p->is_fwmark ? 0 : 80;

	out->n = 0;
	if (is_sorry)
		expect_add(out, p->sorry, svc_port, 1);
	for (size_t i = 0; i < MODEL_SERVERS && p->rs[i].host != 0; i++) {
		const struct model_server *r = &p->rs[i];
		uint16_t port = r->is_nat ? r->port : svc_port;

		if ((fact[i].is_alive || fact[i].is_kept) && !is_sorry)
			expect_add(out, r->host, port, fact[i].weight);
		else if (r->inhibits)
			expect_add(out, r->host, port, 0);
	}
	if (p->sorry != 0 && !is_sorry && p->is_sorry_inhibited)
		expect_add(out, p->sorry, svc_port, 0);
}

static bool
has(const struct model_table *t, const struct model_dest *d)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->dest[i].host == d->host && t->dest[i].port == d->port)
			return true;
	return false;
}

void
model_drain(const struct model_plan *p, const struct model_table *was,
	    const struct model_table *wanted, monotime_t now,
	    struct model_drains *d)
{
	struct model_drains next = {.n = 0};

	for (size_t i = 0; i < d->n; i++)
		if (!has(wanted, &d->dest[i]) &&
		    monotime_sub(now, d->left[i]) < SEC(p->drain)) {
			next.dest[next.n] = d->dest[i];
			next.left[next.n++] = d->left[i];
		}
	for (size_t i = 0; p->drain > 0 && i < was->n; i++)
		if (!has(wanted, &was->dest[i])) {
			next.dest[next.n] = was->dest[i];
			next.dest[next.n].weight = 0;
			next.left[next.n++] = now;
		}
	*d = next;
}
