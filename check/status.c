/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* State as text; see status.h.  Reads, never changes. */
#include "check/status.h"

#include <inttypes.h>

#include "check/drain.h"
#include "check/journal.h"
#include "check/name.h"
#include "lib/buf.h"

static double
ago(monotime_t then, monotime_t now)
{
	return (double)monotime_sub(now, then) / (double)SEC(1);
}

static const char *
phase_name(enum probe_phase p)
{
	switch (p) {
	case PROBE_IDLE:
		return "idle";
	case PROBE_QUEUED:
		return "queued";
	case PROBE_RUNNING:
		return "running";
	}
	return "?";
}

/* Where it stands between the verdicts. */
static void
print_row(const struct probe *p, monotime_t now, struct buf *out)
{
	const struct health *h = &p->health;
	uint32_t rise =
		p->key.terms->params.rise > 0 ? p->key.terms->params.rise : 1;

	buf_printf(out, "       in a row: ok %u (of %u), failed %u (of %u)",
		   h->ok_in_row, rise, h->failed_in_row,
		   p->key.terms->params.retry + 1);
	if (h->n_ok > 0)
		buf_printf(out, ", last success %.1f s ago",
			   ago(h->ok_at, now));
	buf_addc(out, '\n');
}

static void
print_checker(const struct checker *c, monotime_t now, struct buf *out)
{
	const struct probe *p = c->user.probe;
	const struct health *h;
	char name[PROBE_NAME_LEN];

	if (p == NULL) {
		buf_printf(out, "     %s: not acted on, counts as passed\n",
			   c->conf->obj.name);
		return;
	}
	h = &p->health;
	buf_printf(out, "     %s %s: %s since %.1f s%s, used by %u, %s\n",
		   c->conf->obj.name, probe_target(p, name),
		   health_state_name(h->state), ago(h->since, now),
		   c->is_failed ? ", failed" : "", p->n_users,
		   phase_name(p->phase));
	buf_printf(out,
		   "       ok %" PRIu64 ", failed %" PRIu64 ", unknown %" PRIu64
		   ", transitions %u, next in %.1f s, last begun %.1f ms late"
		   "\n",
		   h->n_ok, h->n_failed, h->n_unknown, h->transitions,
		   -ago(p->due, now), (double)p->late / (double)MSEC(1));
	print_row(p, now, out);
	if (p->ops->type == CHECKER_SSL && p->has_value)
		buf_printf(out, "       certificate expires in %d days\n",
			   p->value);
	if (h->last_failure != REASON_NONE)
		buf_printf(out, "       last failure: %s%s%s, %.1f s ago\n",
			   check_reason_text(h->last_failure),
			   p->detail != NULL ? ": " : "",
			   p->detail != NULL ? p->detail : "",
			   ago(h->failed_at, now));
	if (check_reason_class(h->last) == CHECK_UNKNOWN)
		buf_printf(out, "       last result: %s\n",
			   check_reason_text(h->last));
}

static void
print_server(const struct server *s, monotime_t now, struct buf *out)
{
	char name[SERVER_NAME_LEN];

	buf_printf(
		out,
		"   Real server %s: %s since %.1f s, weight %u, "
		"in the table: %s",
		server_name(&s->conf->addr, s->service->conf->protocol, name),
		s->state.is_alive ? "UP" : "DOWN", ago(s->since, now),
		s->state.weight, s->told.is_present ? "yes" : "no");
	if (s->told.is_present)
		buf_printf(out, ", with weight %u", s->told.weight);
	if (s->is_ramping)
		buf_printf(out, ", slow start for %.1f s more",
			   -ago(monotime_add(s->recovered, s->conf->slow_start),
				now));
	if (s->state.is_kept)
		buf_printf(out, ", kept by panic_threshold");
	if (s->conf->snmp_name != NULL)
		buf_printf(out, ", name %s", s->conf->snmp_name);
	buf_addc(out, '\n');
	for (uint32_t i = 0; i < s->n_checkers; i++)
		print_checker(&s->checker[i], now, out);
}

static void
print_drains(const struct service *s, monotime_t now, struct buf *out)
{
	char name[SERVER_NAME_LEN];
	const struct leaver *l;

	TAILQ_FOREACH (l, &s->leaving, link)
		buf_printf(out,
			   "   Draining %s: weight 0, deleted in %.1f s "
			   "(on_down drain)\n",
			   server_name(&l->want.addr, s->conf->protocol, name),
			   (double)drain_rest(l, now) / (double)SEC(1));
}

static void
print_service(const struct service *s, monotime_t now, struct buf *out)
{
	buf_printf(out,
		   " Virtual server %s: %s since %.1f s, alive weight %" PRIu64
		   ", quorum %u, hysteresis %u, %u of %u servers alive\n",
		   s->name, s->pool.has_quorum ? "UP" : "DOWN",
		   ago(s->quorum_since, now), service_alive_weight(s),
		   s->conf->quorum, s->conf->hysteresis, service_alive_count(s),
		   s->n_servers);
	if (s->conf->snmp_name != NULL)
		buf_printf(out, "   Name %s\n", s->conf->snmp_name);
	if (s->is_suspended)
		buf_printf(out, "   Suspended: none of its addresses is "
				"here (ha_suspend)\n");
	if (s->pool.is_panic)
		buf_printf(out,
			   "   Panic: more than %u %% failed at once, "
			   "%u of %u that were up are down\n",
			   s->conf->panic_threshold, s->n_down, s->n_known);
	if (s->sorry_told.is_present)
		buf_printf(out, "   Sorry server in the table, weight %u\n",
			   s->sorry_told.weight);
	print_drains(s, now, out);
	for (uint32_t i = 0; i < s->n_servers; i++)
		print_server(&s->server[i], now, out);
}

void
status_print(const struct pools *p, monotime_t now, struct buf *out)
{
	const struct probes *ps = p->env.probes;
	const struct service *s, *next;

	buf_printf(out, "------< Health checks >------\n");
	buf_printf(out,
		   " Probes %u, running %u (most %u, cap %u), attempts %" PRIu64
		   ", had to queue %" PRIu64 " (most at once %u), "
		   "local failures %" PRIu64 "\n",
		   HASH_COUNT(ps->by_key), ps->running, ps->stats.running_max,
		   ps->limit, ps->stats.n_started, ps->stats.n_queued,
		   ps->stats.queued_max, ps->stats.n_unknown);
	if (ps->journal != NULL)
		buf_printf(out,
			   " Kept for a successor: %u probes (%u had no room); "
			   "taken over at start: %u of %u, %u not believed\n",
			   journal_used(ps->journal), ps->journal->n_refused,
			   ps->journal->n_taken, ps->journal->n_left,
			   ps->journal->n_broken);
	if (ps->rate.per_second != 0)
		buf_printf(out, " At most %u attempts begin in a second\n",
			   ps->rate.per_second);
	buf_printf(out,
		   " Started late: half below %u ms, 99 %% below %u ms, "
		   "at most %.1f ms\n",
		   sched_lateness_ms(&ps->stats.late, 500),
		   sched_lateness_ms(&ps->stats.late, 990),
		   (double)ps->stats.late.max / (double)MSEC(1));
	buf_printf(out, " IPVS: %s, messages sent %" PRIu64 "\n",
		   p->publish.is_open ? "told" : "not there",
		   p->publish.n_sent);
	buf_printf(out, "------< LVS topology >------\n");
	for (s = p->by_id; s != NULL; s = next) {
		next = s->hh.next;
		print_service(s, now, out);
	}
}
