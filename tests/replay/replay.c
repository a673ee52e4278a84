/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The replay harness: reads a scenario, runs the router against a virtual
 * clock and a port that only writes down.  Never looks at the real time.
 */
#include "tests/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/arena.h"
#include "lib/util.h"

#define WORDS_MAX 256
#define RUNS_MAX  2000000 /* of one advance: more is an endless loop */

void
rp_fail(const struct rp *rp, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s:%u: at %.9g: ", rp->file, rp->line,
		      (double)monotime_sub(rp->now, rp->start) / SEC(1));
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

bool
rp_seconds(const char *s, nsec_t *out)
{
	nsec_t v = 0, unit = SEC(1);

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (*s - '0') * SEC(1);
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9' && unit > 1; s++) {
			unit /= 10;
			v += (*s - '0') * unit;
		}
	*out = v;
	return *s == '\0';
}

/* ---- the port ---- */

static struct rp_record *
record(struct rp *rp, enum rp_kind kind)
{
	struct rp_record *r;

	if (rp->n_rec == rp->room_rec) {
		rp->room_rec = rp->room_rec * 2 + 256;
		rp->rec = xrealloc(rp->rec, rp->room_rec * sizeof(*rp->rec));
	}
	r = &rp->rec[rp->n_rec++];
	*r = (struct rp_record){.kind = kind, .at = rp->now};
	return r;
}

static void
on_send(void *arg, const struct vrrp_tx *tx, size_t n)
{
	struct rp *rp = arg;

	for (size_t i = 0; i < n; i++) {
		struct vrrp_origin o = {0};
		const uint8_t *msg = tx[i].data;
		size_t len = tx[i].len;
		struct rp_record *r = record(rp, RP_SEND);

		if (tx[i].dst->family == AF_INET &&
		    vrrp_ipv4_split(tx[i].data, tx[i].len, &o, &msg, &len) !=
			    VRRP_DISCARD_ACCEPT)
			rp_fail(rp, "a datagram that is none was sent");
		r->ifindex = tx[i].ifindex;
		r->addr = *tx[i].dst;
		r->vrid = msg[1];
		r->priority = msg[2];
	}
}

static void
on_addr_apply(void *arg, struct vip_op *ops, size_t n)
{
	struct rp *rp = arg;

	for (size_t i = 0; i < n; i++) {
		struct rp_record *r;

		ops[i].error = -rp->refuse;
		if (rp->refuse != 0) {
			rp->refuse = 0;
			continue;
		}
		if (ops[i].kind != VIP_OP_ADD) {
			r = record(rp, RP_DEL);
			r->addr = ops[i].addr->addr;
			r->prefix_len = ops[i].addr->prefix_len;
			r->ifindex = ops[i].addr->ifindex;
		}
		if (ops[i].kind != VIP_OP_DEL) {
			r = record(rp, RP_ADD);
			r->addr = ops[i].addr->addr;
			r->prefix_len = ops[i].addr->prefix_len;
			r->ifindex = ops[i].addr->ifindex;
		}
	}
}

static void
on_kobj_apply(void *arg, struct kobj_op *ops, size_t n)
{
	(void)arg; /* a kernel that does as it is told */
	for (size_t i = 0; i < n; i++)
		ops[i].error = 0;
}

static void
on_frames(void *arg, const struct vrrp_frame_tx *f, size_t n)
{
	struct rp *rp = arg;

	for (size_t i = 0; i < n; i++) {
		struct rp_record *r = record(rp, RP_GARP);
		bool is_arp = f[i].len == VRRP_FRAME_GARP_LEN;

		r->ifindex = f[i].ifindex;
		if (addr_from_bytes(is_arp ? AF_INET : AF_INET6,
				    f[i].data + (is_arp ? 28 : 62),
				    is_arp ? 4 : 16, &r->addr) != 0)
			rp_fail(rp, "a frame without an address");
	}
}

/* The kernel does as it is told. */
static void
on_link_apply(void *arg, struct vmac_op *ops, size_t n)
{
	struct rp *rp = arg;

	for (size_t i = 0; i < n; i++) {
		const struct vmac_spec *w;
		struct iface_link_fact f = {.has_mac = true, .mtu = 1500};
		struct rp_record *r;

		ops[i].error = 0;
		if (ops[i].kind == VMAC_OP_DELETE) {
			r = record(rp, RP_UNMAKE);
			r->ifindex = ops[i].ifindex;
			iface_link_del(&rp->router.ifaces, ops[i].ifindex);
		} else if (ops[i].kind == VMAC_OP_CREATE) {
			w = &ops[i].owner->spec;
			r = record(rp, RP_MAKE);
			r->ifindex = f.ifindex = 100 + ++rp->n_made;
			f.flags = IFF_UP | IFF_RUNNING;
			f.kind = w->kind;
			f.mode = w->kind == IFACE_MACVLAN ? 1 : 0;
			f.parent = ops[i].base_ifindex;
			memcpy(f.mac, w->mac, sizeof(f.mac));
			memcpy(f.name, w->name, sizeof(f.name));
			memcpy(f.alias, ops[i].alias, sizeof(f.alias));
			iface_link_set(&rp->router.ifaces, &f);
		}
	}
}

static void
on_poll_link(void *arg, const struct msg_link_poll *m)
{
	(void)arg; /* the scenario says what is found */
	(void)m;
}

static int
on_join(void *arg, uint32_t ifindex, const struct addr *group)
{
	(void)arg; /* the scenario decides what is heard */
	(void)ifindex;
	(void)group;
	return 0;
}

static void
on_leave(void *arg, uint32_t ifindex, const struct addr *group)
{
	(void)arg;
	(void)ifindex;
	(void)group;
}

static void
on_vrids(void *arg, const uint32_t vrids[8])
{
	(void)arg;
	(void)vrids;
}

static nsec_t
on_wall(void *arg)
{
	const struct rp *rp = arg;

	return rp->wall_off + rp->now.ns;
}

static void
on_report(void *arg, const struct msg_vrrp_state *m)
{
	struct rp_record *r = record(arg, RP_REPORT);

	r->word = (enum vrrp_state_word)m->state;
	r->priority = (uint8_t)m->priority;
	memcpy(r->name, m->name, sizeof(r->name));
}

const struct vrrp_port rp_port = {
	.send_adverts = on_send,
	.addr_apply = on_addr_apply,
	.kobj_apply = on_kobj_apply,
	.send_frames = on_frames,
	.link_apply = on_link_apply,
	.poll_link = on_poll_link,
	.join = on_join,
	.leave = on_leave,
	.set_vrids = on_vrids,
	.set_ah_vrids = on_vrids,
	.wall = on_wall,
	.report = on_report,
};

/* ---- time ---- */

void
rp_advance(struct rp *rp, monotime_t to)
{
	if (monotime_before(to, rp->now))
		rp_fail(rp, "time cannot go back");
	if (rp->is_frozen && monotime_before(to, rp->frozen_until)) {
		rp->now = to;
		return;
	}
	if (rp->is_frozen)
		rp_thaw(rp);
	for (int i = 0; i < RUNS_MAX; i++) {
		monotime_t next = vrrp_router_next(&rp->router);

		if (monotime_is_never(next) ||
		    monotime_before(to, monotime_add(next, rp->late))) {
			rp->now = to;
			return;
		}
		next = monotime_add(next, rp->late);
		if (monotime_before(rp->now, next))
			rp->now = next;
		rp_wake(rp, 0);
		vrrp_router_run(&rp->router, rp->now);
		rp_read_log(rp);
	}
	rp_fail(rp, "there is always something due");
}

/* ---- the scenario ---- */

/* Splits a line into words; "..." is one word; a comma is a word. */
static int
split(struct rp *rp, char *s, char **argv)
{
	int n = 0;

	for (;;) {
		s += strspn(s, " \t\n");
		if (*s == '\0' || *s == '#')
			return n;
		if (n == WORDS_MAX - 1)
			rp_fail(rp, "too many words");
		if (*s == '"') {
			argv[n++] = ++s;
			s += strcspn(s, "\"");
		} else {
			argv[n++] = s;
			s += strcspn(s, " \t\n");
		}
		if (*s != '\0')
			*s++ = '\0';
	}
}

static void
run_line(struct rp *rp, char *text)
{
	char *argv[WORDS_MAX];
	int argc = split(rp, text, argv), at = 0;
	nsec_t t;

	if (argc == 0)
		return;
	if (strcmp(argv[0], "at") == 0) {
		if (argc < 3 || !rp_seconds(argv[1], &t))
			rp_fail(rp, "at SECONDS what?");
		rp_advance(rp, monotime_add(rp->start, t));
		at = 2;
	}
	if (strcmp(argv[at], "expect") == 0)
		rp_expect(rp, argc - at, argv + at);
	else if (strcmp(argv[at], "is") == 0)
		rp_is(rp, argc - at, argv + at);
	else
		rp_word(rp, argc - at, argv + at);
	rp_read_log(rp);
}

static void
run_file(struct rp *rp, FILE *f)
{
	char text[8192];

	while (fgets(text, sizeof(text), f) != NULL) {
		rp->line++;
		if (strchr(text, '\n') == NULL && !feof(f))
			rp_fail(rp, "line too long");
		if (rp->is_in_text)
			(void)rp_config_line(rp, text);
		else
			run_line(rp, text);
	}
}

static void
log_to_record(struct rp *rp)
{
	int sv[2];
	int size = 1 << 20;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       sv) < 0)
		rp_fail(rp, "socketpair: %s", strerror(errno));
	(void)setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	log_open_fd(sv[0], "replay", 1);
	rp->log_fd = sv[1];
}

int
main(int argc, char **argv)
{
	/* An odd start: nothing may depend on a clock that begins at 0. */
	static struct rp rp = {.start = {SEC(12345) + 678},
			       .wall_off = SEC(1790000000)};
	FILE *f;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: replay FILE.rpl\n");
		return 2;
	}
	rp.file = argv[1];
	rp.now = rp.start;
	f = fopen(rp.file, "re");
	if (f == NULL)
		rp_fail(&rp, "%s", strerror(errno));
	log_to_record(&rp);
	rp.arena = arena_new();
	vrrp_router_init(&rp.router, &rp_port, &rp);
	(void)addr_parse("224.0.0.18", &rp.global.vrrp_mcast_group4);
	(void)addr_parse("ff02::12", &rp.global.vrrp_mcast_group6);
	run_file(&rp, f);
	(void)fclose(f);
	vrrp_router_fini(&rp.router);
	for (size_t i = 0; i < rp.n_inst; i++) {
		free(rp.inst[i].spec);
		free(rp.inst[i].next_spec);
	}
	rp_config_fini(&rp);
	arena_free(rp.arena);
	log_close();
	(void)close(rp.log_fd);
	free(rp.kept);
	free(rp.rec);
	free(rp.log);
	return 0;
}
