/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Records in shared memory; see journal.h.  It knows no probes. */
#include "check/journal.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <uthash.h>

#include "lib/util.h"

#define MAGIC UINT64_C(0x316b6863766d7564) /* "dumvchk1" */

struct journal_front {
	uint64_t magic;
	uint32_t top; /* slots below it may be in use */
	uint32_t pending_slot;
};

struct journal_map {
	union {
		struct journal_front front;
		struct journal_record room;
	};
	struct journal_record pending;
	struct journal_record record[JOURNAL_SLOTS];
};
_Static_assert(sizeof(struct journal_map) == JOURNAL_BYTES, "as made");

struct journal_left {
	UT_hash_handle hh;
	uint64_t key;
	uint32_t slot;
};

/* What was written before this stands before what comes after it, whenever
 * this process ends. */
static void
in_order(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

uint64_t
journal_key(const void *key, size_t len)
{
	uint64_t h = hash64(key, len);

	return h != 0 ? h : 1;
}

static uint32_t
sum_of(const struct journal_record *r)
{
	struct journal_record c = *r;
	uint64_t word[sizeof(c) / sizeof(uint64_t)], h = MAGIC;

	c.sum = 0;
	memcpy(word, &c, sizeof(c));
	for (size_t i = 0; i < ARRAY_LEN(word); i++) {
		h = (h ^ word[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (uint32_t)(h >> 32);
}

static bool
is_whole(const struct journal_record *r)
{
	return r->key != 0 && r->sum == sum_of(r);
}

/* A copy of the record in this slot, or of its second writing. */
static bool
read_slot(const struct journal *j, uint32_t slot, struct journal_record *r)
{
	*r = j->map->record[slot];
	if (is_whole(r))
		return true;
	if (j->map->front.pending_slot != slot)
		return false;
	*r = j->map->pending;
	return is_whole(r);
}

static void
give_back(struct journal *j, uint32_t slot)
{
	if (j->n_free == j->free_room) {
		j->free_room = j->free_room > 0 ? 2 * j->free_room : 64;
		j->free = xrealloc(j->free, j->free_room * sizeof(*j->free));
	}
	j->free[j->n_free++] = slot;
}

static struct journal_left *
left_find(const struct journal *j, uint64_t key)
{
	struct journal_left *l;

	HASH_FIND(hh, j->left, &key, sizeof(key), l);
	return l;
}

/* Notes what is in a slot; what makes no sense frees it. */
static void
look_at(struct journal *j, uint32_t slot)
{
	struct journal_record r;
	struct journal_left *l;

	if (!read_slot(j, slot, &r) || left_find(j, r.key) != NULL) {
		j->n_broken += j->map->record[slot].key != 0;
		journal_drop(j, slot);
		return;
	}
	/* The second writing is overwritten by whoever writes next. */
	if (!is_whole(&j->map->record[slot]))
		j->map->record[slot] = r;
	l = xcalloc(1, sizeof(*l));
	l->key = r.key;
	l->slot = slot;
	HASH_ADD(hh, j->left, key, sizeof(l->key), l);
	j->n_left++;
}

int
journal_open(struct journal *j, int fd)
{
	struct journal_front *f;
	struct stat st;
	void *map;

	journal_close(j);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size != (off_t)JOURNAL_BYTES)
		return -EINVAL;
	map = mmap(NULL, JOURNAL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	if (map == MAP_FAILED)
		return -errno;
	j->map = map;
	f = &j->map->front;
	if (f->magic != MAGIC || f->top > JOURNAL_SLOTS) {
		f->top = 0;
		f->pending_slot = JOURNAL_NO_SLOT;
		in_order();
		f->magic = MAGIC;
	}
	for (uint32_t i = 0; i < f->top; i++)
		look_at(j, i);
	return 0;
}

static void
left_free(struct journal *j, struct journal_left *l)
{
	HASH_DEL(j->left, l);
	free(l);
}

void
journal_close(struct journal *j)
{
	struct journal_left *l, *next;

	HASH_ITER (hh, j->left, l, next)
		left_free(j, l);
	free(j->free);
	if (j->map != NULL)
		(void)munmap(j->map, JOURNAL_BYTES); /* it was mapped so */
	*j = (struct journal){.map = NULL};
}

bool
journal_take(struct journal *j, uint64_t key, uint32_t *slot,
	     struct journal_record *r)
{
	struct journal_left *l = left_find(j, key);

	if (l == NULL)
		return false;
	*slot = l->slot;
	left_free(j, l);
	j->n_taken++;
	return read_slot(j, *slot, r);
}

void
journal_settle(struct journal *j)
{
	struct journal_left *l, *next;

	HASH_ITER (hh, j->left, l, next) {
		uint32_t slot = l->slot;

		left_free(j, l);
		journal_drop(j, slot);
	}
}

uint32_t
journal_add(struct journal *j)
{
	struct journal_front *f;

	if (j->map == NULL)
		return JOURNAL_NO_SLOT;
	f = &j->map->front;
	if (j->n_free == 0 && f->top >= JOURNAL_SLOTS) {
		j->n_refused++;
		return JOURNAL_NO_SLOT;
	}
	return j->n_free > 0 ? j->free[--j->n_free] : f->top++;
}

void
journal_put(struct journal *j, uint32_t slot, struct journal_record *r)
{
	if (slot == JOURNAL_NO_SLOT)
		return;
	r->sum = sum_of(r);
	j->map->pending = *r;
	j->map->front.pending_slot = slot;
	in_order();
	j->map->record[slot] = *r;
	in_order();
}

void
journal_drop(struct journal *j, uint32_t slot)
{
	if (slot == JOURNAL_NO_SLOT)
		return;
	if (j->map->front.pending_slot == slot)
		j->map->front.pending_slot = JOURNAL_NO_SLOT;
	in_order();
	j->map->record[slot].key = 0;
	give_back(j, slot);
}

uint32_t
journal_used(const struct journal *j)
{
	return j->map != NULL ? j->map->front.top - j->n_free : 0;
}
