/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's listings; see ipvsadm_list.h. */
#include "cli/ipvsadm_list.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/ipvsadm_names.h"
#include "cli/ipvsadm_print.h"
#include "lib/buf.h"
#include "lib/util.h"

#define CONNECTIONS "/proc/net/ip_vs_conn"

enum {
	TRIES = 20,	    /* a table that changes while it is read */
	FLUSH_AT = 65536,   /* bytes of text that wait */
	LINE_LENGTH = 1024, /* of a connection; the kernel's are below 800 */
};

/* Entries as they come; room doubles. */
struct views {
	struct ipvs_svc_view *svc;
	struct ipvs_dest_view *dest;
	size_t svcs, svc_room, dests, dest_room;
	const struct msg_svc_key *of; /* whose servers come */
};

static int
on_svc(void *arg, const struct nlmsghdr *nlh)
{
	struct views *v = arg;
	struct ipvs_svc_view one;
	int err = ipvs_decode_svc_view(nlh, &one);

	if (err < 0)
		return err == -EAFNOSUPPORT ? 0 : err;
	if (v->svcs == v->svc_room) {
		v->svc_room = v->svc_room == 0 ? 64 : 2 * v->svc_room;
		v->svc = xrealloc(v->svc, v->svc_room * sizeof(*v->svc));
	}
	v->svc[v->svcs++] = one;
	return 0;
}

static int
on_dest(void *arg, const struct nlmsghdr *nlh)
{
	struct views *v = arg;
	struct ipvs_dest_view one;
	int err = ipvs_decode_dest_view(nlh, v->of, &one);

	if (err < 0)
		return err == -EAFNOSUPPORT ? 0 : err;
	if (v->dests == v->dest_room) {
		v->dest_room = v->dest_room == 0 ? 64 : 2 * v->dest_room;
		v->dest = xrealloc(v->dest, v->dest_room * sizeof(*v->dest));
	}
	v->dest[v->dests++] = one;
	return 0;
}

static int
write_out(struct buf *b)
{
	size_t done = fwrite(buf_str(b), 1, b->len, stdout);
	int err = done == b->len ? 0 : -EIO;

	buf_reset(b);
	return err;
}

/* ---- the table ---- */

static int
get_svcs(struct ipvs_genl *g, const struct ipvsadm_order *o, struct views *v)
{
	int err = -EINTR;

	if (ipvsadm_has(o, IPA_SERVICE))
		return ipvs_genl_ask(g, IPVS_CMD_GET_SERVICE, &o->svc.key,
				     on_svc, v);
	for (int i = 0; i < TRIES && err == -EINTR; i++) {
		v->svcs = 0;
		err = ipvs_genl_dump(g, IPVS_CMD_GET_SERVICE, NULL, on_svc, v);
	}
	return err;
}

static int
get_dests(struct ipvs_genl *g, const struct msg_svc_key *k, struct views *v)
{
	int err = -EINTR;

	v->of = k;
	for (int i = 0; i < TRIES && err == -EINTR; i++) {
		v->dests = 0;
		err = ipvs_genl_dump(g, IPVS_CMD_GET_DEST, k, on_dest, v);
	}
	return err == -ESRCH ? 0 : err; /* it went meanwhile */
}

static struct print_how
how_to(const struct ipvsadm_order *o)
{
	struct print_how how = {.is_exact = ipvsadm_has(o, IPA_EXACT)};

	if (!ipvsadm_has(o, IPA_NUMERIC))
		how.names = &names_of_numbers;
	how.view = o->cmd == IPA_SAVE			 ? PRINT_RULES
		   : ipvsadm_has(o, IPA_STATS)		 ? PRINT_STATS
		   : ipvsadm_has(o, IPA_RATE)		 ? PRINT_RATE
		   : ipvsadm_has(o, IPA_THRESHOLDS)	 ? PRINT_THRESHOLDS
		   : ipvsadm_has(o, IPA_PERSISTENT_CONN) ? PRINT_PERSISTENT
		   : ipvsadm_has(o, IPA_TUN_INFO)	 ? PRINT_TUNNELS
							 : PRINT_TABLE;
	return how;
}

static int
print_all(struct ipvs_genl *g, const struct ipvsadm_order *o, struct views *v,
	  struct buf *b)
{
	struct print_how how = how_to(o);
	bool is_sorted = !ipvsadm_has(o, IPA_NOSORT);
	int err = 0;

	if (is_sorted && v->svcs > 0)
		qsort(v->svc, v->svcs, sizeof(*v->svc), print_svc_order);
	for (size_t i = 0; i < v->svcs && err == 0; i++) {
		v->dests = 0;
		err = get_dests(g, &v->svc[i].svc.key, v);
		if (err < 0)
			break;
		print_svc(b, &how, &v->svc[i]);
		if (is_sorted && v->dests > 0)
			qsort(v->dest, v->dests, sizeof(*v->dest),
			      print_dest_order);
		for (size_t k = 0; k < v->dests; k++)
			print_dest(b, &how, &v->dest[k]);
		if (b->len > FLUSH_AT)
			err = write_out(b);
	}
	return err;
}

static int
on_info(void *arg, const struct nlmsghdr *nlh)
{
	return ipvs_decode_info(nlh, arg);
}

static int
list_table(struct ipvs_genl *g, const struct ipvsadm_order *o, struct buf *b)
{
	struct views v = {.svc = NULL};
	struct ipvs_info info = {0};
	bool is_one = ipvsadm_has(o, IPA_SERVICE);
	int err = is_one ? 0
			 : ipvs_genl_ask(g, IPVS_CMD_GET_INFO, NULL, on_info,
					 &info);

	if (err == 0)
		err = get_svcs(g, o, &v);
	if (err == 0) {
		print_head(b, how_to(o).view, is_one ? NULL : &info);
		err = print_all(g, o, &v, b);
	}
	free(v.svc);
	free(v.dest);
	return err;
}

/* ---- the rest ---- */

static int
on_timeouts(void *arg, const struct nlmsghdr *nlh)
{
	return ipvs_decode_timeouts(nlh, arg);
}

static int
list_timeouts(struct ipvs_genl *g, struct buf *b)
{
	struct ipvs_timeouts t = {0};
	int err = ipvs_genl_ask(g, IPVS_CMD_GET_CONFIG, NULL, on_timeouts, &t);

	if (err == 0)
		print_timeouts(b, &t);
	return err;
}

static int
list_daemons(struct ipvs_genl *g, struct buf *b)
{
	struct ipvs_daemon d[IPVS_DAEMONS];
	size_t n = 0;
	int err = ipvs_genl_dump_daemons(g, d, &n);

	for (size_t i = 0; i < n && err == 0; i++)
		print_daemon(b, &d[i]);
	return err;
}

/* In the kernel's order, as much at a time as a line: there may be millions. */
static int
list_connections(const struct ipvsadm_order *o, struct buf *b)
{
	const struct print_names *names =
		ipvsadm_has(o, IPA_NUMERIC) ? NULL : &names_of_numbers;
	bool has_pe = ipvsadm_has(o, IPA_PERSISTENT_CONN);
	char line[LINE_LENGTH];
	FILE *f = fopen(CONNECTIONS, "re");
	int err = 0;

	if (f == NULL)
		return -errno;
	print_conn_head(b, has_pe);
	while (err == 0 && fgets(line, sizeof(line), f) != NULL) {
		(void)print_conn(b, names, has_pe, line); /* not its head */
		if (b->len > FLUSH_AT)
			err = write_out(b);
	}
	if (err == 0 && ferror(f))
		err = -EIO;
	(void)fclose(f); /* read only */
	return err;
}

int
list_run(struct ipvs_genl *g, const struct ipvsadm_order *o)
{
	struct buf b = BUF_INIT;
	int err;

	if (ipvsadm_has(o, IPA_CONNECTION))
		err = list_connections(o, &b);
	else if (ipvsadm_has(o, IPA_TIMEOUT))
		err = list_timeouts(g, &b);
	else if (ipvsadm_has(o, IPA_DAEMON))
		err = list_daemons(g, &b);
	else
		err = list_table(g, o, &b);
	if (b.len > 0 && write_out(&b) < 0 && err == 0)
		err = -EIO;
	if (fflush(stdout) != 0 && err == 0)
		err = -EIO;
	buf_fini(&b);
	return err;
}
