/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What happens to the router in a scenario: configuration, interfaces,
 * packets; see README.md. */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/util.h"
#include "tests/replay/replay.h"
#include "vrrp/linkwatch.h"

/* ---- values ---- */

static nsec_t
seconds(const struct rp *rp, const char *s)
{
	nsec_t v;

	if (!rp_seconds(s, &v))
		rp_fail(rp, "'%s' are no seconds", s);
	return v;
}

static uint32_t
number(const struct rp *rp, const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 0);

	if (*s == '\0' || *end != '\0' || v > UINT32_MAX)
		rp_fail(rp, "'%s' is no number", s);
	return (uint32_t)v;
}

static struct addr
address(const struct rp *rp, const char *s)
{
	struct addr a = {0};

	if (addr_parse(s, &a) != 0)
		rp_fail(rp, "'%s' is no address", s);
	return a;
}

/* ADDR/LEN; the full length if there is none. */
static struct addr
prefix(const struct rp *rp, const char *s, uint8_t *len)
{
	char text[ADDR_STR_LEN];
	const char *slash = strchr(s, '/');
	size_t n = slash != NULL ? (size_t)(slash - s) : strlen(s);
	struct addr a;

	if (n >= sizeof(text))
		rp_fail(rp, "'%s' is no address", s);
	memcpy(text, s, n);
	text[n] = '\0';
	a = address(rp, text);
	*len = slash != NULL ? (uint8_t)number(rp, slash + 1)
			     : (uint8_t)(addr_len(&a) * 8);
	return a;
}

/* The value if the word is KEY=VALUE, else NULL. */
static const char *
value(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1
							    : NULL;
}

/* ---- configuration ---- */

static void
add_vip(struct rp *rp, struct conf_list *list, const char *s)
{
	struct vip_conf *v = arena_alloc(rp->arena, sizeof(*v));

	v->addr = prefix(rp, s, &v->prefix_len);
	STAILQ_INSERT_TAIL(list, &v->obj, link);
}

static void
add_peer(struct rp *rp, struct vrrp_instance_conf *c, const char *s)
{
	struct unicast_peer_conf *u = arena_alloc(rp->arena, sizeof(*u));

	u->addr = address(rp, s);
	u->max_ttl = 255;
	STAILQ_INSERT_TAIL(&c->unicast_peer, &u->obj, link);
}

static bool
set_flag(struct vrrp_instance_conf *c, const char *w)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"nopreempt", &c->nopreempt},
		{"vmac", &c->use_vmac.on},
		{"vmac-addr", &c->use_vmac_addr},
		{"xmit-base", &c->vmac_xmit_base},
		{"no-answer", &c->lower_prio_no_advert},
		{"send-higher", &c->higher_prio_send_advert},
		{"owner-ignores", &c->owner_ignore_adverts},
		{"skip-list", &c->skip_check_adv_addr},
		{"dont-track", &c->dont_track_primary},
		{"track-src", &c->track_src_ip},
		{"plain-sum", &c->v3_checksum_as_v2},
		{"check-peers", &c->check_unicast_src},
		{"fault-no-peer", &c->unicast_fault_no_peer},
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(w, flags[i].name) == 0) {
			*flags[i].flag = true;
			return true;
		}
	return false;
}

static bool
set_number(struct rp *rp, struct vrrp_instance_conf *c, const char *w)
{
	const char *v;

	if ((v = value(w, "vrid")) != NULL)
		c->virtual_router_id = (uint8_t)number(rp, v);
	else if ((v = value(w, "prio")) != NULL)
		c->priority = (uint8_t)number(rp, v);
	else if ((v = value(w, "version")) != NULL)
		c->version = (uint8_t)number(rp, v);
	else if ((v = value(w, "down")) != NULL)
		c->down_timer_adverts = number(rp, v);
	else if ((v = value(w, "expired-backup")) != NULL)
		c->timer_expired_backup = (uint8_t)number(rp, v);
	else if ((v = value(w, "garp")) != NULL)
		c->garp_master_repeat = number(rp, v);
	else if ((v = value(w, "garp-refresh-repeat")) != NULL)
		c->garp_master_refresh_repeat = number(rp, v);
	else if ((v = value(w, "garp-lower")) != NULL)
		c->garp_lower_prio_repeat = number(rp, v);
	else
		return false;
	return true;
}

static bool
set_time(struct rp *rp, struct vrrp_instance_conf *c, const char *w)
{
	const char *v;

	if ((v = value(w, "advert")) != NULL)
		c->advert_int = seconds(rp, v);
	else if ((v = value(w, "proof")) != NULL)
		c->proof_of_receive = seconds(rp, v);
	else if ((v = value(w, "proof-if-asked")) != NULL) {
		c->proof_of_receive = seconds(rp, v);
		c->proof_if_asked = true;
	} else if ((v = value(w, "preempt-delay")) != NULL)
		c->preempt_delay = seconds(rp, v);
	else if ((v = value(w, "sync-hold")) != NULL)
		c->sync_hold = seconds(rp, v);
	else if ((v = value(w, "garp-delay")) != NULL)
		c->garp_master_delay = seconds(rp, v);
	else if ((v = value(w, "garp-refresh")) != NULL)
		c->garp_master_refresh = seconds(rp, v);
	else if ((v = value(w, "garp-lower-delay")) != NULL)
		c->garp_lower_prio_delay = seconds(rp, v);
	else
		return false;
	return true;
}

static void
set_word(struct rp *rp, struct vrrp_instance_conf *c, const char *w)
{
	const char *v;

	if ((v = value(w, "if")) != NULL)
		c->interface = strcmp(v, "none") == 0
				       ? NULL
				       : arena_strdup(rp->arena, v);
	else if ((v = value(w, "vip")) != NULL)
		add_vip(rp, &c->virtual_ipaddress, v);
	else if ((v = value(w, "excluded")) != NULL)
		add_vip(rp, &c->virtual_ipaddress_excluded, v);
	else if ((v = value(w, "peer")) != NULL)
		add_peer(rp, c, v);
	else if ((v = value(w, "src")) != NULL)
		c->mcast_src_ip = address(rp, v);
	else if ((v = value(w, "pass")) != NULL) {
		c->auth_type = VRRP_AUTH_PASS;
		(void)snprintf(c->auth_pass, sizeof(c->auth_pass), "%s", v);
	} else if (!set_number(rp, c, w) && !set_time(rp, c, w) &&
		   !set_flag(c, w))
		rp_fail(rp, "unknown word '%s'", w);
}

static struct vrrp_instance_conf *
instance_conf(struct rp *rp, int argc, char **argv)
{
	struct vrrp_instance_conf *c = arena_alloc(rp->arena, sizeof(*c));

	c->obj.name = arena_strdup(rp->arena, argv[1]);
	c->interface = "eth0";
	c->family = AF_INET;
	c->virtual_router_id = 51;
	c->version = 2;
	c->priority = 100;
	c->advert_int = SEC(1);
	c->down_timer_adverts = 3;
	c->garp_master_delay = c->garp_lower_prio_delay = SEC(5);
	c->garp_master_repeat = c->garp_lower_prio_repeat = 5;
	c->garp_master_refresh_repeat = 1;
	STAILQ_INIT(&c->virtual_ipaddress);
	STAILQ_INIT(&c->virtual_ipaddress_excluded);
	STAILQ_INIT(&c->unicast_peer);
	for (int i = 2; i < argc; i++)
		set_word(rp, c, argv[i]);
	if (!STAILQ_EMPTY(&c->virtual_ipaddress))
		c->family =
			((struct vip_conf *)STAILQ_FIRST(&c->virtual_ipaddress))
				->addr.family;
	return c;
}

static char *
join(int argc, char **argv)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < argc; i++)
		buf_printf(&b, "%s ", argv[i]);
	return b.data;
}

struct rp_instance *
rp_instance_get(struct rp *rp, const char *name)
{
	struct rp_instance *in;

	for (size_t i = 0; i < rp->n_inst; i++)
		if (strcmp(rp->inst[i].name, name) == 0)
			return &rp->inst[i];
	if (rp->n_inst == RP_INSTANCES_MAX)
		rp_fail(rp, "too many instances");
	in = &rp->inst[rp->n_inst++];
	str_fill(in->name, sizeof(in->name), name);
	return in;
}

static void
on_instance(struct rp *rp, int argc, char **argv)
{
	struct rp_instance *in;

	if (argc < 2)
		rp_fail(rp, "instance NAME [word ...]");
	in = rp_instance_get(rp, argv[1]);
	in->is_next = true;
	in->next_conf = instance_conf(rp, argc, argv);
	free(in->next_spec);
	in->next_spec = join(argc, argv);
}

static void
on_remove(struct rp *rp, int argc, char **argv)
{
	for (size_t i = 0; i < rp->n_inst && argc == 2; i++)
		if (strcmp(rp->inst[i].name, argv[1]) == 0)
			rp->inst[i].is_next = false;
}

static bool
needs_restart(const struct vrrp_instance_conf *a,
	      const struct vrrp_instance_conf *b)
{
	return strcmp(a->interface, b->interface) != 0 ||
	       a->virtual_router_id != b->virtual_router_id ||
	       a->version != b->version;
}

static bool
make_change(struct rp_instance *in, struct vrrp_change *ch)
{
	*ch = (struct vrrp_change){.old = in->conf, .now = in->next_conf};
	if (!in->is_next && in->conf == NULL)
		return false;
	if (!in->is_next) {
		ch->op = VRRP_CHANGE_DEL;
		ch->now = NULL;
	} else if (in->conf == NULL) {
		ch->op = VRRP_CHANGE_ADD;
	} else if (strcmp(in->spec, in->next_spec) == 0) {
		ch->op = VRRP_CHANGE_SAME;
	} else {
		ch->op = needs_restart(in->conf, in->next_conf)
				 ? VRRP_CHANGE_RESTART
				 : VRRP_CHANGE_LIVE;
	}
	return true;
}

/* start and reload: what the instance lines say now. */
static void
on_commit(struct rp *rp)
{
	struct vrrp_change ch[RP_INSTANCES_MAX];
	size_t n = 0;

	rp->is_started = true;
	if (rp->text.len > 0) {
		rp_config_commit(rp);
		return;
	}
	for (size_t i = 0; i < rp->n_inst; i++)
		n += make_change(&rp->inst[i], &ch[n]);
	vrrp_router_apply(&rp->router, &rp->global, ch, n, rp->now);
	for (size_t i = 0; i < rp->n_inst; i++) {
		struct rp_instance *in = &rp->inst[i];

		in->conf = in->is_next ? in->next_conf : NULL;
		free(in->spec);
		in->spec = in->is_next ? xstrdup(in->next_spec) : NULL;
	}
}

static void
on_global(struct rp *rp, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *v;

		if ((v = value(argv[i], "garp-interval")) != NULL)
			rp->global.vrrp_garp_interval = seconds(rp, v);
		else if ((v = value(argv[i], "group")) != NULL)
			rp->global.vrrp_mcast_group4 = address(rp, v);
		else if ((v = value(argv[i], "startup-delay")) != NULL)
			rp->global.vrrp_startup_delay = seconds(rp, v);
		else if ((v = value(argv[i], "delay-after-boot")) != NULL)
			rp->global.vrrp_delay_after_boot = seconds(rp, v);
		else if ((v = value(argv[i], "uptime")) != NULL)
			rp->router.uncounted = seconds(rp, v) - rp->now.ns;
		else
			rp_fail(rp, "unknown word '%s'", argv[i]);
	}
}

/* ---- interfaces ---- */

static const struct iface *
find_link(const struct rp *rp, const char *name)
{
	const struct iface *i = iface_find(&rp->router.ifaces, name);

	if (i == NULL)
		rp_fail(rp, "no link '%s'", name);
	return i;
}

/* link NAME INDEX up|down: a plain one; from the start with no settings */
static void
on_link(struct rp *rp, int argc, char **argv)
{
	struct iface_link_fact f = {.has_mac = true, .mtu = 1500};

	if (argc != 4)
		rp_fail(rp, "link NAME INDEX up|down");
	f.ifindex = number(rp, argv[2]);
	f.mac[5] = (uint8_t)f.ifindex;
	f.flags = strcmp(argv[3], "up") == 0 ? IFF_UP | IFF_RUNNING : 0;
	str_fill(f.name, sizeof(f.name), argv[1]);
	iface_link_set(&rp->router.ifaces, &f);
}

static void
on_unlink(struct rp *rp, int argc, char **argv)
{
	if (argc != 2)
		rp_fail(rp, "unlink NAME");
	iface_link_del(&rp->router.ifaces,
		       find_link(rp, argv[1])->fact.ifindex);
}

/* addr|unaddr NAME ADDR/LEN [proto] */
static void
on_addr(struct rp *rp, int argc, char **argv, bool is_add)
{
	struct iface_addr_fact f = {0};

	if (argc < 3)
		rp_fail(rp, "%s NAME ADDR/LEN [proto]", argv[0]);
	f.ifindex = find_link(rp, argv[1])->fact.ifindex;
	f.addr = prefix(rp, argv[2], &f.prefix_len);
	f.proto = argc > 3 ? (uint8_t)number(rp, argv[3]) : 0;
	if (is_add)
		iface_addr_set(&rp->router.ifaces, &f);
	else
		iface_addr_del(&rp->router.ifaces, &f);
}

/* delay NAME DOWN UP: interface_up_down_delays of one; beat NAME up|down:
 * polling has found it so (and is on from now). */
static void
on_delay(struct rp *rp, int argc, char **argv)
{
	if (argc != 4)
		rp_fail(rp, "delay NAME DOWN UP");
	linkwatch_delay(&rp->router.ifaces, argv[1], seconds(rp, argv[2]),
			seconds(rp, argv[3]));
	linkwatch_step(&rp->router.ifaces, rp->now);
}

static void
on_beat(struct rp *rp, int argc, char **argv)
{
	if (argc != 3)
		rp_fail(rp, "beat NAME up|down");
	linkwatch_poll(&rp->router.ifaces, argv[1], 0);
	vrrp_router_beat(&rp->router, argv[1], strcmp(argv[2], "up") == 0,
			 rp->now);
}

/* ---- packets ---- */

struct packet_words {
	struct vrrp_advert a;
	uint8_t list[64];
	uint8_t ttl;
	size_t cut;
	const char *ifname;
	size_t times;
	nsec_t age;
	const struct vrrp_instance_conf *conf;
	bool is_signed;	   /* by a sender whose clock ... */
	nsec_t off;	   /* ... is off by this */
	uint32_t seq;	   /* of an authentication header */
	const char *bytes; /* OFFSET:VALUE[,...] of the message */
	bool is_bad_sum;
};

/* A packet as the instance of the scenario itself would send it ... */
static void
packet_like(struct rp *rp, const struct rp_instance *in, struct packet_words *p)
{
	const struct vrrp_instance_conf *c = in->next_conf;
	size_t n = 0;

	p->a = (struct vrrp_advert){
		.family = c->family,
		.version = c->version,
		.vrid = c->virtual_router_id,
		.auth_type = c->version == 2 ? (uint8_t)c->auth_type : 0,
		.sum = VRRP_SUM_PSEUDO,
		.interval = c->advert_int,
		.addrs = p->list,
		.dst = c->family == AF_INET6 ? rp->global.vrrp_mcast_group6
					     : rp->global.vrrp_mcast_group4,
	};
	memcpy(p->a.auth, c->auth_pass, sizeof(p->a.auth));
	CONF_FOREACH (const struct vip_conf, v, &c->virtual_ipaddress) {
		memcpy(p->list + n, v->addr.bytes, addr_len(&v->addr));
		n += addr_len(&v->addr);
		p->a.n_addrs++;
	}
	p->a.group = rp->global.vrrp_mcast_group4;
	p->conf = c;
	p->ttl = 255;
	p->times = 1;
	p->ifname = c->interface;
}

/* ... but for these words. */
static void
packet_word(struct rp *rp, struct packet_words *p, const char *w)
{
	const char *v;

	if ((v = value(w, "from")) != NULL)
		p->a.src = address(rp, v);
	else if ((v = value(w, "to")) != NULL)
		p->a.dst = address(rp, v);
	else if ((v = value(w, "prio")) != NULL)
		p->a.priority = (uint8_t)number(rp, v);
	else if ((v = value(w, "vrid")) != NULL)
		p->a.vrid = (uint8_t)number(rp, v);
	else if ((v = value(w, "version")) != NULL)
		p->a.version = (uint8_t)number(rp, v);
	else if ((v = value(w, "advert")) != NULL)
		p->a.interval = seconds(rp, v);
	else if ((v = value(w, "ttl")) != NULL)
		p->ttl = (uint8_t)number(rp, v);
	else if ((v = value(w, "cut")) != NULL)
		p->cut = number(rp, v);
	else if ((v = value(w, "age")) != NULL)
		p->age = seconds(rp, v);
	else if ((v = value(w, "times")) != NULL)
		p->times = number(rp, v);
	else if ((v = value(w, "if")) != NULL)
		p->ifname = v;
	else if ((v = value(w, "pass")) != NULL) {
		p->a.auth_type = 1;
		memset(p->a.auth, 0, sizeof(p->a.auth));
		memcpy(p->a.auth, v, strnlen(v, sizeof(p->a.auth)));
	} else if ((v = value(w, "byte")) != NULL)
		p->bytes = v;
	else if (strcmp(w, "bad-sum") == 0)
		p->is_bad_sum = true;
	else if (strcmp(w, "no-auth") == 0)
		p->a.auth_type = 0;
	else if (strcmp(w, "plain-sum") == 0)
		p->a.sum = VRRP_SUM_PLAIN;
	else if ((v = value(w, "seq")) != NULL)
		p->seq = number(rp, v);
	else if (strcmp(w, "signed") == 0)
		p->is_signed = true;
	else if ((v = value(w, "slow")) != NULL) {
		p->is_signed = true;
		p->off = -seconds(rp, v);
	} else if (strcmp(w, "old-sum") == 0)
		p->a.sum = VRRP_SUM_OLD;
	else if ((v = value(w, "vip")) != NULL) {
		p->a.n_addrs = 1;
		memcpy(p->list, address(rp, v).bytes, 16);
	} else
		rp_fail(rp, "unknown word '%s'", w);
}

/* Sets a byte; the checksum (offset 6) stays right (RFC 1624). */
static void
patch(uint8_t *msg, size_t at, uint8_t to)
{
	uint8_t from = msg[at];
	uint32_t sum = (uint16_t) ~(msg[6] << 8 | msg[7]);
	int shift = at % 2 == 0 ? 8 : 0;

	msg[at] = to;
	sum += (uint16_t) ~(uint32_t)(from << shift);
	sum += (uint32_t)to << shift;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	msg[6] = (uint8_t)(~sum >> 8);
	msg[7] = (uint8_t)~sum;
}

/* What a sender in error would have sent. */
static void
packet_spoil(struct rp *rp, const struct packet_words *p, uint8_t *msg,
	     size_t len)
{
	for (const char *s = p->bytes; s != NULL && *s != '\0';) {
		char *end;
		unsigned long at = strtoul(s, &end, 10), to;

		if (*end != ':' || at >= len)
			rp_fail(rp, "byte=OFFSET:VALUE[,OFFSET:VALUE ...]");
		to = strtoul(end + 1, &end, 0);
		patch(msg, at, (uint8_t)to);
		s = *end == ',' ? end + 1 : end;
	}
	if (p->is_bad_sum)
		msg[7] ^= 1;
}

static void
packet_deliver(struct rp *rp, struct packet_words *p)
{
	uint8_t buf[256];
	size_t len;
	struct vrrp_origin o = {.src = p->a.src,
				.dst = p->a.dst,
				.hops = p->ttl,
				.ifindex =
					find_link(rp, p->ifname)->fact.ifindex};
	int r;

	o.age = p->age;
	p->a.hops = p->ttl;
	p->a.trail = p->is_signed ? VRRP_TRAILER_LEN : 0;
	r = p->a.family == AF_INET6
		    ? vrrp_packet_encode(&p->a, buf, sizeof(buf), &len)
		    : vrrp_packet_encode_ipv4(&p->a, buf, sizeof(buf), &len);

	if (r != 0)
		rp_fail(rp, "such a packet cannot be: %s", strerror(-r));
	if (p->is_signed)
		rp_sign(rp, &p->conf->auth_hmac, &p->a, p->off, buf, len);
	if (p->seq != 0)
		rp_seal(p->conf, p->seq, buf, len);
	packet_spoil(rp, p, buf + (p->a.family == AF_INET ? 20 : 0),
		     len - (p->a.family == AF_INET ? 20 : 0));
	if (p->a.family == AF_INET) {
		buf[8] = p->ttl;
		buf[3] = (uint8_t)(buf[3] - p->cut);
	}
	for (size_t i = 0; i < p->times && rp_is_frozen(rp); i++)
		rp_keep_packet(rp, p->a.family, buf, len - p->cut, &o);
	if (rp_is_frozen(rp))
		return;
	for (size_t i = 0; i < p->times; i++)
		vrrp_router_packet(&rp->router, p->a.family, buf, len - p->cut,
				   &o, rp->now);
	vrrp_router_flush(&rp->router, rp->now);
}

/* advert [NAME] from=ADDR prio=N [word ...] */
static void
on_advert(struct rp *rp, int argc, char **argv)
{
	const struct rp_instance *in = &rp->inst[0];
	struct packet_words p = {0};
	int at = 1;

	for (size_t i = 0; i < rp->n_inst && argc > 1; i++)
		if (strcmp(rp->inst[i].name, argv[1]) == 0) {
			in = &rp->inst[i];
			at = 2;
		}
	if (in->next_conf == NULL)
		rp_fail(rp, "there is no instance yet");
	packet_like(rp, in, &p);
	for (; at < argc; at++)
		packet_word(rp, &p, argv[at]);
	packet_deliver(rp, &p);
}

/* ---- the words ---- */

static void
on_refuse(struct rp *rp, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "ENOBUFS") == 0)
		rp->refuse = ENOBUFS;
	else if (argc == 2 && strcmp(argv[1], "EEXIST") == 0)
		rp->refuse = EEXIST;
	else
		rp_fail(rp, "refuse ENOBUFS|EEXIST");
}

static bool
interface_word(struct rp *rp, int argc, char **argv)
{
	if (strcmp(argv[0], "link") == 0)
		on_link(rp, argc, argv);
	else if (strcmp(argv[0], "unlink") == 0)
		on_unlink(rp, argc, argv);
	else if (strcmp(argv[0], "delay") == 0)
		on_delay(rp, argc, argv);
	else if (strcmp(argv[0], "beat") == 0)
		on_beat(rp, argc, argv);
	else if (strcmp(argv[0], "addr") == 0)
		on_addr(rp, argc, argv, true);
	else if (strcmp(argv[0], "unaddr") == 0)
		on_addr(rp, argc, argv, false);
	else
		return false;
	/* before the start the mirror is filled by the first dump */
	if (rp->is_started)
		vrrp_router_ifaces_changed(&rp->router, rp->now);
	return true;
}

void
rp_word(struct rp *rp, int argc, char **argv)
{
	const char *w = argv[0];

	if (interface_word(rp, argc, argv) || rp_sleep_word(rp, argc, argv))
		return;
	if (strcmp(w, "instance") == 0)
		on_instance(rp, argc, argv);
	else if (strcmp(w, "config") == 0)
		rp_config_begin(rp);
	else if (strcmp(w, "remove") == 0)
		on_remove(rp, argc, argv);
	else if (strcmp(w, "global") == 0)
		on_global(rp, argc, argv);
	else if (strcmp(w, "start") == 0 || strcmp(w, "reload") == 0)
		on_commit(rp);
	else if (strcmp(w, "advert") == 0)
		on_advert(rp, argc, argv);
	else if (strcmp(w, "hint") == 0 && argc == 2)
		vrrp_router_hint(&rp->router, argv[1], VRRP_WORD_MASTER);
	else if (strcmp(w, "mute") == 0 && argc == 2)
		rp->router.silent = seconds(rp, argv[1]);
	else if (strcmp(w, "wall") == 0 && argc == 2)
		rp_wall(rp, argv[1]);
	else if (strcmp(w, "late") == 0 && argc == 2)
		rp->late = seconds(rp, argv[1]);
	else if (strcmp(w, "refuse") == 0)
		on_refuse(rp, argc, argv);
	else if (strcmp(w, "stop") == 0)
		vrrp_router_stop(&rp->router,
				 argc == 2 && strcmp(argv[1], "keep") == 0,
				 rp->now);
	else
		rp_fail(rp, "unknown word '%s'", w);
}
