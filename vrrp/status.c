/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the router is doing, as text (SIGUSR1), as counters in the layout that
 * keepalived's statistics file has (SIGUSR2), and as JSON.  Reads only.
 */
#include <stdio.h>
#include <string.h>

#include "vrrp/sync.h"

static double
seconds(nsec_t d)
{
	return (double)d / SEC(1);
}

static const char *
print_addr(const struct addr *a, char *buf, size_t size)
{
	return addr_is_set(a) ? addr_print(a, buf, size) : "none";
}

/* ---- SIGUSR1 ---- */

static void
print_timer(const struct vrrp_instance *in, monotime_t now, struct buf *out)
{
	if (monotime_is_never(in->fsm.deadline))
		return;
	buf_printf(out, "   %s in = %.3f s\n",
		   in->fsm.is_doubtful		  ? "Listens"
		   : in->fsm.state == VRRP_MASTER ? "Next advert"
		   : in->fsm.state == VRRP_INIT	  ? "Starts"
						  : "Takes over",
		   seconds(monotime_sub(in->fsm.deadline, now)));
}

static void
print_master(const struct vrrp_instance *in, struct buf *out)
{
	char a[ADDR_STR_LEN];

	if (in->fsm.state != VRRP_BACKUP || !addr_is_set(&in->fsm.master))
		return;
	buf_printf(out, "   Master router = %s\n",
		   addr_print(&in->fsm.master, a, sizeof(a)));
	buf_printf(out, "   Master priority = %u\n", in->fsm.master_priority);
	buf_printf(out, "   Master advert interval = %.2f s\n",
		   seconds(in->fsm.master_interval));
}

/* What a lower master is waited for. */
static void
print_sync_hold(const struct vrrp_instance *in, monotime_t now, struct buf *out)
{
	const struct vrrp_fsm *f = &in->fsm;
	monotime_t end = vrrp_sync_hold_end(f, &in->params);

	if (in->params.sync_hold == 0)
		return;
	buf_printf(out, "   Sync hold = %.3f s, ",
		   seconds(in->params.sync_hold));
	if (monotime_is_never(f->sync_since))
		buf_printf(out, "no backup sync daemon runs");
	else
		buf_printf(out, "the backup sync daemon runs for %.3f s",
			   seconds(monotime_sub(now, f->sync_since)));
	if (f->state == VRRP_BACKUP && monotime_before(now, end))
		buf_printf(out,
			   ": the lower master is not displaced for %.3f s "
			   "more",
			   seconds(monotime_sub(end, now)));
	buf_addc(out, '\n');
}

static void
print_vips(const struct vrrp_instance *in, bool excluded, struct buf *out)
{
	char a[ADDR_STR_LEN];
	uint32_t n = 0;

	for (uint32_t i = 0; i < in->n_vips; i++)
		n += in->vips[i].is_excluded == excluded;
	if (n == 0)
		return;
	buf_printf(out, "   Virtual IP%s = %u\n", excluded ? " Excluded" : "",
		   n);
	for (uint32_t i = 0; i < in->n_vips; i++) {
		const struct vrrp_vip *v = &in->vips[i];
		struct vip_actual have =
			iface_vip_actual(&in->router->ifaces, &v->slot.want);

		if (v->is_excluded == excluded)
			buf_printf(out, "     %s/%u dev %s%s%s\n",
				   addr_print(&v->slot.want.addr, a, sizeof(a)),
				   v->slot.want.prefix_len, v->dev,
				   have.is_present ? " set" : "",
				   have.is_present && !have.is_ours
					   ? " by another"
					   : "");
	}
}

static void
print_auth(const struct vrrp_instance *in, struct buf *out)
{
	static const char *const mode[] = {
		[AUTH_HMAC_ENFORCE] = "enforce",
		[AUTH_HMAC_PERMISSIVE] = "permissive",
		[AUTH_HMAC_RECEIVE_ONLY] = "receive-only",
	};
	static const char *const type[] = {"none", "SIMPLE_PASSWORD",
					   "IPSEC_AH"};

	buf_printf(out, "   Authentication type = %s\n",
		   type[in->want.auth_type]);
	if (in->hmac == NULL)
		return;
	buf_printf(out, "   auth_hmac = %s, active key %u",
		   mode[in->hmac->mode], in->hmac->active);
	if (in->hmac->window > 0)
		buf_printf(out, ", time window %.0f s",
			   seconds(in->hmac->window));
	buf_adds(out, in->hmac->window > 0 ? "\n" : ", monotonic\n");
}

static void
print_instance(const struct vrrp_instance *in, monotime_t now, struct buf *out)
{
	const struct vrrp_instance_conf *c = in->conf;
	char text[512];

	buf_printf(out, " VRRP Instance = %s\n", in->name);
	buf_printf(out, "   VRRP Version = %u\n", c->version);
	buf_printf(out, "   State = %s%s\n", vrrp_state_name(in->fsm.state),
		   in->fsm.is_doubtful ? " (in doubt, listening)" : "");
	if (vrrp_instance_unmet_shown(in) != 0)
		buf_printf(out, "   Unmet = %s\n",
			   vrrp_instance_unmet_text(
				   in, vrrp_instance_unmet_shown(in), text,
				   sizeof(text)));
	buf_printf(out, "   In this state for = %.3f s\n",
		   seconds(monotime_sub(now, in->since)));
	print_timer(in, now, out);
	print_master(in, out);
	buf_printf(out, "   Interface = %s", in->ifname);
	if (strcmp(in->ifname, in->base_ifname) != 0)
		buf_printf(out, " on %s", in->base_ifname);
	buf_addc(out, '\n');
	buf_printf(out, "   Using src_ip = %s\n",
		   print_addr(&in->params.source, text, sizeof(text)));
	buf_printf(out, "   Virtual Router ID = %u\n", in->want.vrid);
	buf_printf(out, "   Priority = %u\n", c->priority);
	buf_printf(out, "   Effective priority = %u\n", in->params.priority);
	buf_printf(out, "   Advert interval = %.2f s\n",
		   seconds(in->params.interval));
	buf_printf(out, "   Preempt = %s\n",
		   in->params.preempt ? "enabled" : "disabled");
	if (in->params.preempt_delay > 0)
		buf_printf(out, "   Preempt delay = %.3f s\n",
			   seconds(in->params.preempt_delay));
	print_sync_hold(in, now, out);
	print_auth(in, out);
	print_vips(in, false, out);
	print_vips(in, true, out);
	vrrp_tracking_print(in, now, out);
	vrrp_hold_print(in->held, in->n_held, "Virtual Routes", KOBJ_ROUTE,
			out);
	vrrp_hold_print(in->held, in->n_held, "Virtual Rules", KOBJ_RULE, out);
}

void
vrrp_router_print(const struct vrrp_router *r, monotime_t now, struct buf *out)
{
	const struct vrrp_instance *in;

	buf_adds(out, "------< VRRP Topology >------\n");
	TAILQ_FOREACH (in, &r->instances, link)
		print_instance(in, now, out);
	vrrp_static_print(r, out);
	vrrp_sync_print(r, now, out);
	buf_adds(out, "------< VRRP Router >------\n");
	buf_printf(out, " Instances = %zu\n", r->n_instances);
	buf_printf(out, " Announcements sent = %llu\n",
		   (unsigned long long)r->announced);
	buf_printf(out, " Unknown VRIDs received = %llu\n",
		   (unsigned long long)r->unknown_vrids);
	buf_printf(out, " Malformed datagrams received = %llu\n",
		   (unsigned long long)r->bad_headers);
	buf_printf(out, " Latest timer run = %.6f s\n", seconds(r->worst_late));
}

/* ---- SIGUSR2 ---- */

static void
line(struct buf *out, const char *indent, const char *what, uint64_t n)
{
	buf_printf(out, "%s%s: %llu\n", indent, what, (unsigned long long)n);
}

static void
print_hmac_stats(const uint64_t *d, struct buf *out)
{
	buf_adds(out, "  auth_hmac Errors:\n");
	line(out, "    ", "Not signed", d[VRRP_DISCARD_HMAC_MISSING]);
	line(out, "    ", "Malformed", d[VRRP_DISCARD_HMAC_MALFORMED]);
	line(out, "    ", "Unknown key", d[VRRP_DISCARD_HMAC_KEY]);
	line(out, "    ", "Wrong signature", d[VRRP_DISCARD_HMAC_BAD]);
	line(out, "    ", "Stale", d[VRRP_DISCARD_HMAC_STALE]);
	line(out, "    ", "Replayed", d[VRRP_DISCARD_HMAC_REPLAY]);
}

static void
print_stats(const struct vrrp_instance *in, struct buf *out)
{
	const struct vrrp_stats *s = &in->stats;
	const uint64_t *d = s->discarded;

	buf_printf(out, "VRRP Instance: %s\n", in->name);
	buf_adds(out, "  Advertisements:\n");
	line(out, "    ", "Received", s->received);
	line(out, "    ", "Sent", s->sent);
	line(out, "  ", "Became master", s->became_master);
	line(out, "  ", "Released master", s->released_master);
	buf_adds(out, "  Packet Errors:\n");
	line(out, "    ", "Length",
	     d[VRRP_DISCARD_LENGTH] + d[VRRP_DISCARD_TRUNCATED]);
	line(out, "    ", "TTL", d[VRRP_DISCARD_HOPS]);
	line(out, "    ", "Invalid Type", d[VRRP_DISCARD_TYPE]);
	line(out, "    ", "Advertisement Interval",
	     d[VRRP_DISCARD_INTERVAL] + d[VRRP_DISCARD_INTERVAL_ZERO] +
		     s->interval_differs);
	line(out, "    ", "Address List",
	     d[VRRP_DISCARD_ADDR_LIST] + d[VRRP_DISCARD_ADDR_COUNT] +
		     s->list_differs);
	line(out, "    ", "Version", d[VRRP_DISCARD_VERSION]);
	line(out, "    ", "Checksum", d[VRRP_DISCARD_CHECKSUM]);
	line(out, "    ", "Looped back", d[VRRP_DISCARD_LOOPED]);
	line(out, "    ", "Destination or peer",
	     d[VRRP_DISCARD_DESTINATION] + d[VRRP_DISCARD_PEER]);
	line(out, "    ", "Not sent", s->send_errors);
	buf_adds(out, "  Authentication Errors:\n");
	line(out, "    ", "Type Mismatch", d[VRRP_DISCARD_AUTH_TYPE]);
	line(out, "    ", "Failure", d[VRRP_DISCARD_AUTH_FAILURE]);
	line(out, "    ", "AH sequence", d[VRRP_DISCARD_AH_REPLAY]);
	if (in->hmac != NULL)
		print_hmac_stats(d, out);
	buf_adds(out, "  Priority Zero:\n");
	line(out, "    ", "Received", s->zero_received);
	line(out, "    ", "Sent", s->zero_sent);
	line(out, "  ", "Lower priority received as master", s->lower_received);
	line(out, "  ", "Addresses claimed by others as master", s->claims);
	line(out, "  ", "Doubts after a sleep as master", s->thaws);
	line(out, "  ", "Addresses put back", s->vip_repairs);
	line(out, "  ", "Address errors", s->vip_errors);
	line(out, "  ", "Routes and rules put back", s->hold_repairs);
	line(out, "  ", "Route and rule errors", s->hold_errors);
}

void
vrrp_router_print_stats(const struct vrrp_router *r, struct buf *out)
{
	const struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link)
		print_stats(in, out);
}

void
vrrp_router_clear_stats(struct vrrp_router *r)
{
	struct vrrp_instance *in;

	TAILQ_FOREACH (in, &r->instances, link)
		in->stats = (struct vrrp_stats){0};
	r->unknown_vrids = r->bad_headers = r->announced = 0;
	r->worst_late = 0;
}

/* ---- JSON ---- */

static void
json_number(struct buf *out, const char *key, uint64_t n)
{
	buf_printf(out, ",\"%s\":%llu", key, (unsigned long long)n);
}

static void
json_vips(const struct vrrp_instance *in, struct buf *out)
{
	char a[ADDR_STR_LEN];

	buf_adds(out, ",\"vips\":[");
	for (uint32_t i = 0; i < in->n_vips; i++)
		buf_printf(
			out, "%s\"%s/%u\"", i > 0 ? "," : "",
			addr_print(&in->vips[i].slot.want.addr, a, sizeof(a)),
			in->vips[i].slot.want.prefix_len);
	buf_addc(out, ']');
}

static void
json_unmet(const struct vrrp_instance *in, struct buf *out)
{
	const char *sep = "";

	buf_adds(out, ",\"unmet\":[");
	for (uint32_t left = vrrp_instance_unmet_shown(in); left != 0;
	     left &= left - 1) {
		buf_adds(out, sep);
		buf_add_json(out,
			     vrrp_cond_word((enum vrrp_cond)(left & -left)));
		sep = ",";
	}
	buf_addc(out, ']');
}

/* Is a lower master respected until its connections were heard? */
static void
json_sync_hold(const struct vrrp_instance *in, monotime_t now, struct buf *out)
{
	const struct vrrp_fsm *f = &in->fsm;
	monotime_t end = vrrp_sync_hold_end(f, &in->params);
	bool is_held = f->state == VRRP_BACKUP && monotime_before(now, end);

	if (in->params.sync_hold == 0)
		return;
	buf_printf(out, ",\"sync_hold\":{\"seconds\":%.3f,\"held_for\":%.3f",
		   seconds(in->params.sync_hold),
		   is_held ? seconds(monotime_sub(end, now)) : 0.0);
	if (!monotime_is_never(f->sync_since))
		buf_printf(out, ",\"backup_seconds\":%.3f",
			   seconds(monotime_sub(now, f->sync_since)));
	buf_addc(out, '}');
}

static void
json_instance(const struct vrrp_instance *in, monotime_t now, struct buf *out)
{
	const struct vrrp_stats *s = &in->stats;
	uint64_t discarded = 0;

	for (size_t i = 0; i < VRRP_DISCARD_COUNT; i++)
		discarded += s->discarded[i];
	buf_adds(out, "{\"data\":{\"iname\":");
	buf_add_json(out, in->name);
	json_number(out, "version", in->want.version);
	buf_adds(out, ",\"ifp_ifname\":");
	buf_add_json(out, in->ifname);
	buf_printf(out, ",\"state\":\"%s\"", vrrp_state_name(in->fsm.state));
	json_number(out, "vrid", in->want.vrid);
	if (in->sync != NULL) {
		buf_adds(out, ",\"sync_group\":");
		buf_add_json(out, in->sync->name);
		buf_printf(out, ",\"sync_group_state\":\"%s\"",
			   vrrp_state_name(in->sync->state));
	}
	json_number(out, "base_priority", in->conf->priority);
	json_number(out, "effective_priority", in->params.priority);
	buf_printf(out, ",\"adver_int\":%.2f", seconds(in->params.interval));
	json_vips(in, out);
	vrrp_tracking_print_json(in, now, out);
	json_unmet(in, out);
	json_sync_hold(in, now, out);
	buf_printf(out, "},\"stats\":{\"advert_rcvd\":%llu",
		   (unsigned long long)s->received);
	json_number(out, "advert_sent", s->sent);
	json_number(out, "become_master", s->became_master);
	json_number(out, "release_master", s->released_master);
	json_number(out, "pri_zero_rcvd", s->zero_received);
	json_number(out, "pri_zero_sent", s->zero_sent);
	json_number(out, "foreign_claims", s->claims);
	json_number(out, "doubts", s->thaws);
	json_number(out, "discarded", discarded);
	for (size_t i = 1; i < VRRP_DISCARD_COUNT; i++)
		if (s->discarded[i] > 0) {
			buf_addc(out, ',');
			buf_add_json(out,
				     vrrp_discard_text((enum vrrp_discard)i));
			buf_printf(out, ":%llu",
				   (unsigned long long)s->discarded[i]);
		}
	buf_adds(out, "}}");
}

static void
json_instances(const struct vrrp_router *r, monotime_t now, struct buf *out)
{
	const struct vrrp_instance *in;
	const char *sep = "";

	buf_addc(out, '[');
	TAILQ_FOREACH (in, &r->instances, link) {
		buf_adds(out, sep);
		json_instance(in, now, out);
		sep = ",";
	}
	buf_addc(out, ']');
}

void
vrrp_router_print_json(const struct vrrp_router *r, monotime_t now,
		       struct buf *out)
{
	json_instances(r, now, out);
	buf_addc(out, '\n');
}

void
vrrp_router_print_json_2(const struct vrrp_router *r, monotime_t now,
			 struct buf *out)
{
	buf_adds(out, "{\"vrrp\":");
	json_instances(r, now, out);
	buf_adds(out, ",\"track_process\":");
	track_table_print_json(&r->tracked, TRACK_PROCESS, now, out);
	buf_adds(out, "}\n");
}
