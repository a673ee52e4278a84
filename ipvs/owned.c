/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The record of what is ours; see owned.h.  It never talks to the kernel's
 * table and decides nothing. */
#include "ipvs/owned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipvs/table.h"
#include "lib/util.h"

#define MAGIC UINT64_C(0x3173767069766475) /* "udvipvs1" */

struct owned_front {
	uint64_t magic, place;
	uint32_t top; /* slots below it may be in use */
};

struct owned_map {
	union {
		struct owned_front front;
		struct owned_record room;
	};
	struct owned_record record[OWNED_SLOTS];
};
_Static_assert(sizeof(struct owned_map) == OWNED_BYTES, "as made");

struct owned {
	struct owned_map *map;
	uint32_t *free; /* slots below top that are free */
	uint32_t n_free, free_room;
};

/* What was written before this stands before what comes after it, whenever
 * this process ends. */
static void
in_order(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static uint32_t
sum_of(const struct msg_svc_key *k)
{
	uint64_t h = hash64(k, sizeof(*k)) ^ MAGIC;

	return (uint32_t)(h ^ h >> 32);
}

/* 0 where the kernel cannot tell namespaces apart (before 5.14). */
static uint64_t
netns_cookie(void)
{
	CLEANUP_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd >= 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		cookie = 0;
	return cookie;
}

uint64_t
owned_place(void)
{
	struct {
		uint64_t cookie;
		char boot[40];
	} where;
	CLEANUP_FD int fd =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(&where, 0, sizeof(where)); /* padding is hashed, too */
	where.cookie = netns_cookie();
	if (fd >= 0 && read(fd, where.boot, sizeof(where.boot)) < 0)
		where.boot[0] = '\0';
	return hash64(&where, sizeof(where));
}

static void
give_back(struct owned *o, uint32_t slot)
{
	if (o->n_free == o->free_room) {
		o->free_room = o->free_room > 0 ? 2 * o->free_room : 64;
		o->free = xrealloc(o->free, o->free_room * sizeof(*o->free));
	}
	o->free[o->n_free++] = slot;
}

int
owned_open(int fd, uint64_t place, struct owned **out)
{
	struct owned *o;
	struct owned_front *f;
	struct msg_svc_key k;
	struct stat st;
	void *map;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size != (off_t)OWNED_BYTES)
		return -EINVAL;
	map = mmap(NULL, OWNED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	if (map == MAP_FAILED)
		return -errno;
	o = xcalloc(1, sizeof(*o));
	o->map = map;
	f = &o->map->front;
	if (f->magic != MAGIC || f->place != place || f->top > OWNED_SLOTS) {
		f->magic = 0;
		in_order();
		f->top = 0;
		f->place = place;
		in_order();
		f->magic = MAGIC;
	}
	for (uint32_t i = 0; i < f->top; i++)
		if (!owned_read(o, i, &k))
			give_back(o, i);
	*out = o;
	return 0;
}

void
owned_close(struct owned *o)
{
	if (o == NULL)
		return;
	(void)munmap(o->map, OWNED_BYTES); /* it was mapped so */
	free(o->free);
	free(o);
}

bool
owned_read(const struct owned *o, uint32_t slot, struct msg_svc_key *k)
{
	struct owned_record r = o->map->record[slot];
	struct msg_svc_key clean;

	if (r.sum != sum_of(&r.key) || ipvs_svc_key_clean(&r.key, &clean) < 0)
		return false;
	*k = clean;
	return true;
}

uint32_t
owned_top(const struct owned *o)
{
	return o->map->front.top;
}

uint32_t
owned_add(struct owned *o, const struct msg_svc_key *k)
{
	struct owned_front *f;
	uint32_t slot;

	if (o == NULL)
		return OWNED_NO_SLOT;
	f = &o->map->front;
	if (o->n_free == 0 && f->top >= OWNED_SLOTS)
		return OWNED_NO_SLOT;
	slot = o->n_free > 0 ? o->free[--o->n_free] : f->top;
	o->map->record[slot] = (struct owned_record){*k, sum_of(k)};
	in_order();
	if (slot == f->top)
		f->top++;
	in_order();
	return slot;
}

void
owned_drop(struct owned *o, uint32_t slot)
{
	if (slot == OWNED_NO_SLOT || o == NULL)
		return;
	memset(&o->map->record[slot], 0, sizeof(o->map->record[slot]));
	in_order();
	give_back(o, slot);
}
