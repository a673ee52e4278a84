/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The replay harness: the real router on a virtual clock, with a port that
 * writes down what would have been done.  The language is in README.md.
 */
#ifndef DUUMVIR_TESTS_REPLAY_H
#define DUUMVIR_TESTS_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "vrrp/instance.h"

enum rp_kind {
	RP_SEND,
	RP_GARP,
	RP_ADD,
	RP_DEL,
	RP_REPORT,
	RP_MAKE, /* an interface of our own */
	RP_UNMAKE,
};

/* One thing that was done. */
struct rp_record {
	enum rp_kind kind;
	monotime_t at;
	uint32_t ifindex;
	uint8_t vrid, priority; /* SEND */
	struct addr addr;	/* SEND: to; GARP: of; ADD, DEL */
	uint8_t prefix_len;
	enum vrrp_state_word word; /* REPORT */
	char name[MSG_NAME_LEN];
	bool is_checked;
};

/* One instance of the scenario's configuration. */
struct rp_instance {
	char name[MSG_NAME_LEN];
	char *spec; /* its line: unchanged lines are unchanged objects */
	struct vrrp_instance_conf *conf;
	bool is_next; /* in the configuration that the next reload takes */
	struct vrrp_instance_conf *next_conf;
	char *next_spec;
};

/* A packet that came while we were frozen. */
struct rp_packet {
	int family;
	size_t len;
	struct vrrp_origin origin;
	monotime_t at;
	uint8_t data[256];
};

#define RP_INSTANCES_MAX 64

struct rp {
	const char *file;
	unsigned int line;
	struct vrrp_router router;
	struct vrrp_global_conf global;
	struct arena *arena;
	struct rp_instance inst[RP_INSTANCES_MAX];
	size_t n_inst;
	struct buf text;   /* of the configuration, if it is given as text */
	bool is_in_text;   /* between config and end config */
	struct conf *conf; /* of that text, as applied */
	monotime_t start, now;
	nsec_t wall_off; /* wall time at the clock's 0 */
	nsec_t late;	 /* how late each wake-up comes */
	bool is_frozen;	 /* nothing runs until ... */
	monotime_t frozen_until;
	struct rp_packet *kept; /* ... and these wait */
	size_t n_kept;
	bool is_started;
	struct rp_record *rec;
	size_t n_rec, room_rec;
	uint32_t n_made;
	int refuse; /* errno of the next address operation, 0: none */
	int log_fd; /* what the router logged, as datagrams */
	char *log;
	size_t log_len;
};

/* Ends the test with a message that names file and line. */
void rp_fail(const struct rp *rp, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));
/* Seconds with up to nine decimals, exactly. */
bool rp_seconds(const char *s, nsec_t *out);
/* Lets time pass: everything that is due on the way is run. */
void rp_advance(struct rp *rp, monotime_t to);
/* What the router says goes to the record. */
extern const struct vrrp_port rp_port;

/* sign.c: packets with proof, and the wall clock */
void rp_wall(struct rp *rp, const char *by);
void rp_sign(struct rp *rp, const struct auth_hmac_conf *c,
	     const struct vrrp_advert *a, nsec_t off, uint8_t *buf, size_t len);
void rp_seal(const struct vrrp_instance_conf *c, uint32_t seq, uint8_t *buf,
	     size_t len);
/* scenario words (words.c): argv[0] is the word */
void rp_word(struct rp *rp, int argc, char **argv);
/* sleep.c: sleeps and claims */
bool rp_sleep_word(struct rp *rp, int argc, char **argv);
bool rp_is_frozen(const struct rp *rp);
void rp_keep_packet(struct rp *rp, int family, const uint8_t *data, size_t len,
		    const struct vrrp_origin *o);
void rp_wake(struct rp *rp, nsec_t asleep);
void rp_thaw(struct rp *rp);
/* The instance of this name, made if there is none. */
struct rp_instance *rp_instance_get(struct rp *rp, const char *name);
/* configuration as text (config.c) */
void rp_config_begin(struct rp *rp);
/* One line of it; false: it was the last. */
bool rp_config_line(struct rp *rp, const char *line);
/* start and reload with that text */
void rp_config_commit(struct rp *rp);
void rp_config_fini(struct rp *rp);
/* expectations (expect.c) */
/* Takes in what was logged; the socket holds only a few lines. */
void rp_read_log(struct rp *rp);
void rp_expect(struct rp *rp, int argc, char **argv);
/* States only: "is MASTER VI_1, BACKUP VI_2" */
void rp_is(struct rp *rp, int argc, char **argv);

#endif
