/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Log lines and states; see report.h. */
#include "check/report.h"

#include <stdio.h>
#include <string.h>

#include "check/name.h"
#include "lib/log.h"

#define WHY_LEN 96

static const char *
why(const struct checker *c, char buf[static WHY_LEN])
{
	const struct health *h = &c->user.probe->health;

	if (!c->is_failed) {
		(void)snprintf(buf, WHY_LEN, "%s succeeded", c->conf->obj.name);
		return buf;
	}
	(void)snprintf(buf, WHY_LEN, "%s: %s, %u of %u attempts",
		       c->conf->obj.name, check_reason_text(h->last_failure),
		       h->failed_in_row, h->failed_in_row);
	return buf;
}

void
report_server_line(const struct server *s, const struct checker *cause)
{
	const struct service *svc = s->service;
	bool is_up = s->state.is_alive;
	const char *verb = is_up ? "Adding" : "Removing";
	const char *word = is_up ? "to" : "from";
	char name[SERVER_NAME_LEN], reason[WHY_LEN];

	if (s->conf->inhibit_on_failure) {
		verb = is_up ? "Enabling" : "Disabling";
		word = "of";
	}
	if (s->state.is_kept) {
		verb = "Keeping failed";
		word = "in";
	}
	log_notice("%s service %s %s VS %s (%s)", verb,
		   server_name(&s->conf->addr, svc->conf->protocol, name), word,
		   svc->name, why(cause, reason));
}

void
report_suspended_lines(const struct service *s, bool is_begin)
{
	const char *verb = !s->is_suspended ? "Activating"
			   : is_begin	    ? "Deactivating"
					    : "Suspending";
	char name[SERVER_NAME_LEN];

	for (uint32_t i = 0; i < s->n_servers; i++)
		log_info("%s healthchecker for service %s for VS %s", verb,
			 server_name(&s->server[i].conf->addr,
				     s->conf->protocol, name),
			 s->name);
}

static uint32_t
count_kept(const struct service *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_servers; i++)
		n += s->server[i].state.is_kept;
	return n;
}

void
report_panic_line(const struct service *s)
{
	if (s->pool.is_panic)
		log_warn("Panic in VS %s: more than %u %% of its servers "
			 "failed at once (%u of %u that were up): they stay in "
			 "the table until enough return",
			 s->name, s->conf->panic_threshold, count_kept(s),
			 s->n_known);
	else
		log_notice("Panic in VS %s is over: servers that are down "
			   "leave the table (%u of %u servers alive)",
			   s->name, service_alive_count(s), s->n_servers);
}

static void
sorry_line(const struct service *s)
{
	char name[SERVER_NAME_LEN];
	bool is_on = !s->pool.has_quorum;

	if (!addr_is_set(&s->conf->sorry_server.addr) ||
	    (!is_on && !s->is_reported)) /* it never was there */
		return;
	log_notice("%s sorry server %s %s VS %s; "
		   "%s alive servers %s the pool for VS %s",
		   is_on ? "Adding" : "Removing",
		   server_name(&s->conf->sorry_server, s->conf->protocol, name),
		   is_on ? "to" : "from", s->name,
		   is_on ? "Removing" : "Adding", is_on ? "from" : "to",
		   s->name);
}

void
report_quorum_line(const struct service *s, uint64_t weight)
{
	uint64_t q = s->conf->quorum, h = s->conf->hysteresis;
	uint32_t alive = service_alive_count(s);

	if (s->pool.has_quorum)
		log_notice("Gained quorum %llu+%llu=%llu <= %llu for VS %s "
			   "(%u of %u servers alive)",
			   (unsigned long long)q, (unsigned long long)h,
			   (unsigned long long)(q + h),
			   (unsigned long long)weight, s->name, alive,
			   s->n_servers);
	else
		log_notice("%s %llu-%llu=%llu > %llu for VS %s "
			   "(%u of %u servers alive)",
			   s->is_reported ? "Lost quorum"
					  : "Starting with quorum down",
			   (unsigned long long)q, (unsigned long long)h,
			   (unsigned long long)(q - h),
			   (unsigned long long)weight, s->name, alive,
			   s->n_servers);
	sorry_line(s);
}

static void
fill_failed(const struct server *s, struct msg_rs_state *m)
{
	for (uint32_t i = 0; i < s->n_checkers && i < 64; i++) {
		const struct checker *c = &s->checker[i];

		if (!c->is_failed)
			continue;
		m->failed |= UINT64_C(1) << i;
		if (c->user.probe != NULL &&
		    c->user.probe->health.last_failure == REASON_TIMEOUT)
			m->timed_out |= UINT64_C(1) << i;
	}
}

static void
fill_server(const struct server *s, struct msg_rs_state *m)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->vs, s->service->name, sizeof(m->vs));
	m->addr = s->conf->addr.addr;
	m->port = s->conf->addr.port;
	m->is_alive = s->state.is_alive;
	m->weight = s->state.is_alive ? s->state.weight : 0;
	fill_failed(s, m);
	m->was_up = s->was_up;
	m->since = s->since.ns;
}

void
report_server(struct server *s, bool is_news)
{
	const struct service_env *env = s->service->env;
	struct server_report *r = &s->reported;
	bool was_made = r->is_made;
	struct msg_rs_state m;

	fill_server(s, &m);
	if (!is_news && r->is_made && s->state.is_alive == r->is_alive &&
	    m.weight == r->weight && m.failed == r->failed &&
	    (s->was_up == r->was_up || s->service->down == NULL))
		return;
	if (!r->is_made && m.is_alive && env->conf->global.rs_init_notifies)
		is_news = true;
	m.initial = !is_news;
	*r = (struct server_report){.failed = m.failed,
				    .weight = m.weight,
				    .is_alive = s->state.is_alive,
				    .was_up = s->was_up,
				    .is_made = true};
	/* Without checkers it begins as it began: a successor needs no hint
	 * and nobody is told. */
	if (was_made || is_news || !m.is_alive || s->n_checkers > 0)
		check_out_send(env->out, PROC_SUPER, MSG_RS_STATE, &m);
}

void
report_server_gone(const struct server *s)
{
	const struct service *svc = s->service;
	char name[SERVER_NAME_LEN];
	struct msg_rs_state m;

	if (s->told.is_present)
		log_notice(
			"Removing service %s from VS %s (no longer exists "
			"in the configuration)",
			server_name(&s->conf->addr, svc->conf->protocol, name),
			svc->name);
	fill_server(s, &m);
	check_out_send(svc->env->out, PROC_SUPER, MSG_RS_GONE, &m);
}

void
report_weight_line(const struct server *s, uint32_t old)
{
	char name[SERVER_NAME_LEN];

	log_notice(
		"Changing weight from %u to %u for %s service %s of VS %s", old,
		s->state.weight, s->state.is_alive ? "active" : "inactive",
		server_name(&s->conf->addr, s->service->conf->protocol, name),
		s->service->name);
}

void
report_quorum(struct service *s)
{
	struct msg_vs_state m;

	if (s->is_reported && s->had_quorum == s->pool.has_quorum)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(m.vs, s->name, sizeof(m.vs));
	m.has_quorum = s->pool.has_quorum;
	m.alive_weight = service_alive_weight(s);
	/* As with keepalived: who has quorum from the start gains it; who has
	 * none has lost nothing, unless a sorry server must stand in. */
	m.initial = !s->is_reported && !s->pool.has_quorum &&
		    !addr_is_set(&s->conf->sorry_server.addr);
	s->is_reported = true;
	s->had_quorum = s->pool.has_quorum;
	check_out_send(s->env->out, PROC_SUPER, MSG_VS_STATE, &m);
}

void
report_omega(struct service *s)
{
	for (uint32_t i = 0; i < s->n_servers; i++) {
		bool was_alive = s->server[i].state.is_alive;

		s->server[i].state.is_alive = false;
		report_server(&s->server[i], was_alive);
	}
	s->pool.has_quorum = false;
	report_quorum(s);
}
