/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Addresses of this machine; see local.h. */
#include "check/local.h"

#include "check/service.h"
#include "lib/util.h"

struct local {
	UT_hash_handle hh;
	struct addr addr;
};

static struct local *
find(const struct locals *l, const struct addr *a)
{
	struct local *e;

	HASH_FIND(hh, l->head, a, sizeof(*a), e);
	return e;
}

bool
locals_set(struct locals *l, const struct addr *a, bool is_here)
{
	struct local *e = find(l, a);

	if ((e != NULL) == is_here)
		return false;
	if (is_here) {
		e = xcalloc(1, sizeof(*e));
		e->addr = *a;
		HASH_ADD(hh, l->head, addr, sizeof(e->addr), e);
	} else {
		HASH_DEL(l->head, e);
		free(e);
	}
	return true;
}

void
locals_fini(struct locals *l)
{
	struct local *e, *next;

	HASH_ITER (hh, l->head, e, next) {
		HASH_DEL(l->head, e);
		free(e);
	}
}

bool
locals_has_service(const struct locals *l, const struct service *s)
{
	for (size_t k = 0; k < s->n_svc; k++)
		if (find(l, &s->svc[k].key.addr) != NULL)
			return true;
	return false;
}
