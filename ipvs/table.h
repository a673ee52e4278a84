/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A virtual server table as plain values: what is wanted, or what the kernel
 * holds.  PURE: no I/O, no clock, no log.
 *
 * Entries are in normal form: unused bytes are zero and a setting that has no
 * effect has its default, so that equal entries are equal bytes.
 */
#ifndef DUUMVIR_IPVS_TABLE_H
#define DUUMVIR_IPVS_TABLE_H

#include "lib/msg.h"

struct ipvs_table {
	struct msg_svc *svc;
	size_t svcs, svc_room;
	struct msg_dest *dest; /* of all services, ... */
	size_t dests, dest_room;
	bool *unread; /* ... but those of such services; NULL: of all */
	/* What this kernel's answers about tunnels leave out: it is older. */
	uint8_t lacks;	 /* IPVS_LACKS_* */
	bool has_tunnel; /* then lacks is known */
};

enum {
	IPVS_LACKS_TYPES = 1, /* of tunnels, before Linux 5.2 */
	IPVS_LACKS_CSUM = 2,  /* checksum options and GRE, before 5.3 */
};

#define IPVS_TABLE_INIT ((struct ipvs_table){0})

/* "[fd00:...]:sctp:65535" or "FWM 4294967295 (IPv6)", with NUL. */
#define IPVS_NAME_LEN 72

void ipvs_table_fini(struct ipvs_table *t);
/* Forgets the entries, keeps the memory. */
void ipvs_table_reset(struct ipvs_table *t);
void ipvs_table_add_svc(struct ipvs_table *t, const struct msg_svc *svc);
void ipvs_table_add_dest(struct ipvs_table *t, const struct msg_dest *dest);
/* By key, so that a service's destinations stand together in the order of
 * the services. */
void ipvs_table_sort(struct ipvs_table *t);
/* The destinations of the i-th service are not known; for a table that is
 * sorted and gets no further services. */
void ipvs_table_set_unread(struct ipvs_table *t, size_t i);
/* Does a sorted table have an entry twice?  A dump has if others wrote
 * between its parts. */
bool ipvs_table_has_twice(const struct ipvs_table *t);

/* Does d ask for what a kernel that lacks this has not? */
bool ipvs_dest_is_lacked(const struct msg_dest *d, uint8_t lacks);

/* Total order of keys in normal form. */
int ipvs_svc_key_compare(const struct msg_svc_key *a,
			 const struct msg_svc_key *b);
int ipvs_dest_key_compare(const struct msg_dest_key *a,
			  const struct msg_dest_key *b);

/*
 * Checks a value that came from another process and brings it into normal
 * form.  0, or -EAFNOSUPPORT, -EPROTONOSUPPORT, -ERANGE or -EINVAL and *out
 * untouched.  in and out may be the same.
 */
int ipvs_svc_key_clean(const struct msg_svc_key *in, struct msg_svc_key *out);
int ipvs_svc_clean(const struct msg_svc *in, struct msg_svc *out);
int ipvs_dest_key_clean(const struct msg_dest_key *in,
			struct msg_dest_key *out);
int ipvs_dest_clean(const struct msg_dest *in, struct msg_dest *out);

/* Print into buf (IPVS_NAME_LEN bytes) as operators know them; return buf. */
const char *ipvs_svc_name(const struct msg_svc_key *k, char *buf);
const char *ipvs_dest_name(const struct msg_dest_key *k, char *buf);
/* "masquerade", "route", "tunnel", "local". */
const char *ipvs_fwd_name(uint32_t fwd_method);

#endif
