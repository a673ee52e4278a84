/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What this process knows of its probes, kept where its death does not reach:
 * a memfd of the supervisor, sealed in size, mapped by each incarnation of the
 * check process in turn.  A record is 128 bytes, a write is a copy: no system
 * call, no message.
 *
 * A process that is killed may leave a record half written.  So each one is
 * first written to a place of its own at the front (pending) and carries a
 * checksum: of the two copies one is always whole.
 *
 * The successor reads what may have been written by anybody: a record is
 * copied first, and check/recall.c believes only what can be.  The supervisor
 * never looks inside.
 */
#ifndef DUUMVIR_CHECK_JOURNAL_H
#define DUUMVIR_CHECK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_DETAIL_LEN 36

enum journal_flag {
	JOURNAL_HAS_VALUE = 1 << 0,
	JOURNAL_HAD_ATTEMPT = 1 << 1,
	JOURNAL_PRESUMED_UP = 1 << 2,
	JOURNAL_PRESUMED_DOWN = 1 << 3,
	JOURNAL_FLAGS = (1 << 4) - 1,
};

/* One probe.  Times are of CLOCK_MONOTONIC: the memfd does not outlive the
 * machine's run. */
struct journal_record {
	uint64_t key; /* hash of the probe's; 0: free */
	int64_t since, failed_at, ok_at, due;
	uint64_t n_ok, n_failed, n_unknown;
	uint32_t transitions, ok_in_row, failed_in_row;
	int32_t value;
	uint32_t sum;		     /* of all the rest */
	uint16_t last, last_failure; /* enum check_reason */
	uint8_t state;		     /* enum health_state */
	uint8_t flags;		     /* enum journal_flag */
	uint8_t type;		     /* enum checker_type */
	uint8_t pad;
	char detail[JOURNAL_DETAIL_LEN]; /* of the last failure, cut */
};
_Static_assert(sizeof(struct journal_record) == 128, "128 bytes a probe");

/* Probes beyond this many are not kept; untouched pages cost nothing. */
#define JOURNAL_SLOTS 131072u
/* What the supervisor makes: a front of two records and the slots. */
#define JOURNAL_BYTES ((JOURNAL_SLOTS + 2) * sizeof(struct journal_record))

#define JOURNAL_NO_SLOT UINT32_MAX

struct journal_map;
struct journal_left;

struct journal {
	struct journal_map *map;   /* NULL: there is none */
	struct journal_left *left; /* by key; of a predecessor */
	uint32_t *free;		   /* slots below top that are free */
	uint32_t n_free, free_room;
	/* For the status. */
	uint32_t n_left, n_taken, n_broken, n_refused;
};

/* Maps the supervisor's memfd, which may be closed afterwards, and looks what
 * a predecessor left.  0, or -errno: there is no journal, all else works. */
int journal_open(struct journal *j, int fd);
void journal_close(struct journal *j);

/* A copy of what was left under this key, together with its slot; false: there
 * is nothing.  Once for each key. */
bool journal_take(struct journal *j, uint64_t key, uint32_t *slot,
		  struct journal_record *r);
/* What nobody has taken is forgotten. */
void journal_settle(struct journal *j);
/* A slot for a new probe, or JOURNAL_NO_SLOT. */
uint32_t journal_add(struct journal *j);
/* Writes; fills in the sum. */
void journal_put(struct journal *j, uint32_t slot, struct journal_record *r);
void journal_drop(struct journal *j, uint32_t slot);

/* Slots in use. */
uint32_t journal_used(const struct journal *j);
/* The hash that a record is kept under; never 0. */
uint64_t journal_key(const void *key, size_t len);

#endif
