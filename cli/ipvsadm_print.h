/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * ipvsadm's output: tables, counters, rules to restore, connections.  PURE:
 * text is appended to a buffer; names come from whom the caller names.
 * Every column is as wide as ipvsadm 1.31 has it.
 */
#ifndef DUUMVIR_CLI_IPVSADM_PRINT_H
#define DUUMVIR_CLI_IPVSADM_PRINT_H

#include "ipvs/codec_view.h"

struct buf;

/* Names for addresses and ports; NULL as a whole: numbers (-n).  Each fills
 * in out or returns -errno: the number is printed then. */
struct print_names {
	int (*host)(const struct addr *a, char *out, size_t size);
	int (*port)(uint16_t port, const char *proto, char *out, size_t size);
};

enum print_view {
	PRINT_TABLE,
	PRINT_STATS,
	PRINT_RATE,
	PRINT_THRESHOLDS,
	PRINT_PERSISTENT,
	PRINT_TUNNELS,
	PRINT_RULES, /* -S */
};

struct print_how {
	enum print_view view;
	bool is_exact;			 /* no K, M, G, T */
	const struct print_names *names; /* or NULL */
};

/* The lines above a table; info NULL: without the kernel's. */
void print_head(struct buf *b, enum print_view view,
		const struct ipvs_info *info);
void print_svc(struct buf *b, const struct print_how *how,
	       const struct ipvs_svc_view *v);
void print_dest(struct buf *b, const struct print_how *how,
		const struct ipvs_dest_view *v);

/* ipvsadm's order; for qsort(). */
int print_svc_order(const void *a, const void *b);
int print_dest_order(const void *a, const void *b);

void print_timeouts(struct buf *b, const struct ipvs_timeouts *t);
void print_daemon(struct buf *b, const struct ipvs_daemon *d);

/* "10.0.0.1:80", "[fd00::1]:http". */
void print_endpoint(struct buf *b, const struct print_names *names,
		    const struct addr *a, uint16_t port, const char *proto);

/* "-t 10.0.0.1:80", "-f 5 -6". */
void print_svc_key(struct buf *b, const struct print_names *names,
		   const struct msg_svc_key *k);

/* Lines of /proc/net/ip_vs_conn. */
void print_conn_head(struct buf *b, bool has_pe);
/* One of them; false: not a connection (its head). */
bool print_conn(struct buf *b, const struct print_names *names, bool has_pe,
		const char *line);

#endif
