/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A process that is frozen or a machine that is suspended, claims of our
 * addresses by others, and frames that show that we hear; see README.md. */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/replay/replay.h"

bool
rp_is_frozen(const struct rp *rp)
{
	return rp->is_frozen;
}

/* The kernel keeps what comes while nobody reads it. */
void
rp_keep_packet(struct rp *rp, int family, const uint8_t *data, size_t len,
	       const struct vrrp_origin *o)
{
	struct rp_packet *p;

	rp->kept = xrealloc(rp->kept, (rp->n_kept + 1) * sizeof(*rp->kept));
	p = &rp->kept[rp->n_kept++];
	*p = (struct rp_packet){
		.family = family, .len = len, .origin = *o, .at = rp->now};
	if (len > sizeof(p->data))
		rp_fail(rp, "packet too long to be kept");
	memcpy(p->data, data, len);
}

/* As the engine does at each wake-up. */
void
rp_wake(struct rp *rp, nsec_t asleep)
{
	(void)vrrp_router_thaw(&rp->router, asleep, rp->now);
	for (size_t i = 0; i < rp->n_kept; i++) {
		struct rp_packet *p = &rp->kept[i];

		p->origin.age = monotime_sub(rp->now, p->at);
		vrrp_router_packet(&rp->router, p->family, p->data, p->len,
				   &p->origin, rp->now);
	}
	rp->n_kept = 0;
}

void
rp_thaw(struct rp *rp)
{
	rp->is_frozen = false;
	rp->now = rp->frozen_until;
	rp_wake(rp, 0);
	vrrp_router_run(&rp->router, rp->now);
	rp_read_log(rp);
}

static nsec_t
seconds(const struct rp *rp, const char *s)
{
	nsec_t v;

	if (!rp_seconds(s, &v))
		rp_fail(rp, "'%s' are no seconds", s);
	return v;
}

static uint32_t
ifindex_of(const struct rp *rp, const char *name)
{
	const struct iface *i = iface_find(&rp->router.ifaces, name);

	if (i == NULL)
		rp_fail(rp, "no link '%s'", name);
	return i->fact.ifindex;
}

/* claim IF ADDR [LAST-BYTE-OF-MAC] */
static void
on_claim(struct rp *rp, int argc, char **argv)
{
	struct vrrp_claim c = {.mac = {2, 0, 0, 0, 9, 9}};

	if (argc < 3 || addr_parse(argv[2], &c.addr) != 0)
		rp_fail(rp, "claim IF ADDR [own]");
	c.ifindex = ifindex_of(rp, argv[1]);
	if (argc > 3) { /* what on_link() of words.c gives an interface */
		memset(c.mac, 0, sizeof(c.mac));
		c.mac[5] = (uint8_t)c.ifindex;
	}
	vrrp_router_claim(&rp->router, &c, rp->now);
	vrrp_router_flush(&rp->router, rp->now);
}

bool
rp_sleep_word(struct rp *rp, int argc, char **argv)
{
	if (strcmp(argv[0], "freeze") == 0 && argc == 2) {
		rp->is_frozen = true;
		rp->frozen_until = monotime_add(rp->now, seconds(rp, argv[1]));
	} else if (strcmp(argv[0], "suspend") == 0 && argc == 2) {
		rp_wake(rp, seconds(rp, argv[1]));
		vrrp_router_run(&rp->router, rp->now);
	} else if (strcmp(argv[0], "heard") == 0 && argc == 2) {
		struct vrrp_claim c = {.ifindex = ifindex_of(rp, argv[1]),
				       .mac = {2, 0, 0, 0, 9, 9}};

		vrrp_router_heard(&rp->router, &c, rp->now);
		vrrp_router_flush(&rp->router, rp->now);
	} else if (strcmp(argv[0], "sync") == 0 && argc == 2) {
		vrrp_router_on_sync(&rp->router,
				    strcmp(argv[1], "on") == 0 ? rp->now
							       : MONOTIME_NEVER,
				    rp->now);
		vrrp_router_flush(&rp->router, rp->now);
	} else if (strcmp(argv[0], "gateway") == 0 && argc == 2) {
		vrrp_router_should_hear(&rp->router, ifindex_of(rp, argv[1]),
					rp->now);
	} else if (strcmp(argv[0], "claim") == 0) {
		on_claim(rp, argc, argv);
	} else {
		return false;
	}
	return true;
}
