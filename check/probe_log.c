/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Log lines of probes; see probe_log.h. */
#include "check/probe_log.h"

#include <stdio.h>
#include <string.h>

#include "check/name.h"
#include "lib/log.h"

const char *
probe_target(const struct probe *p, char buf[static PROBE_NAME_LEN])
{
	if (p->ops->target != NULL)
		return p->ops->target(p, buf);
	_Static_assert(PROBE_NAME_LEN >= SERVER_NAME_LEN, "names fit");
	return server_name(&p->key.connect, p->ops->protocol, buf);
}

const char *
probe_user_name(const struct probe *p, char *buf, size_t size)
{
	const struct probes *ps = p->probes;
	size_t len;

	buf[0] = '\0';
	if (ps->ops->name_user == NULL || TAILQ_EMPTY(&p->users))
		return buf;
	ps->ops->name_user(ps->arg, TAILQ_FIRST(&p->users), buf, size);
	len = strlen(buf);
	if (p->n_users > 1)
		(void)snprintf(buf + len, size - len, " and %u more",
			       p->n_users - 1);
	return buf;
}

static bool
wants_all_logged(const struct probe *p)
{
	const struct probe_user *u;

	TAILQ_FOREACH (u, &p->users, link)
		if (u->logs_all)
			return true;
	return false;
}

static void
log_unknown(struct probe *p, monotime_t now)
{
	char name[PROBE_NAME_LEN];
	uint32_t missed;

	if (!log_limit_ok(&p->probes->unknown_log, now, &missed))
		return;
	log_warn("%s %s not possible (%s%s%s): it stays %s, %u more not logged",
		 p->ops->label, probe_target(p, name),
		 check_reason_text(p->health.last),
		 p->detail != NULL ? ": " : "",
		 p->detail != NULL ? p->detail : "",
		 health_state_name(p->health.state), missed);
}

static void
failure_phrase(const struct probe *p, const char *name,
	       char text[static CHECK_PHRASE_LEN])
{
	bool is_timeout = p->health.last == REASON_TIMEOUT;

	if (p->ops->phrase != NULL)
		p->ops->phrase(p, name, text);
	else
		(void)snprintf(text, CHECK_PHRASE_LEN, "%s %s %s.",
			       p->ops->label, name,
			       is_timeout ? "timeout" : "failed");
}

static void
log_failed(const struct probe *p, bool is_changed)
{
	const struct health *h = &p->health;
	char name[PROBE_NAME_LEN], text[CHECK_PHRASE_LEN], after[32] = "";
	const char *why = check_reason_text(h->last);
	const char *detail = p->detail != NULL ? p->detail : "";
	const char *colon = p->detail != NULL ? ": " : "";

	probe_target(p, name);
	failure_phrase(p, name, text);
	if (!is_changed) {
		log_notice("%s (%s%s%s, %u of %u attempts)", text, why, colon,
			   detail, h->failed_in_row,
			   p->key.terms->params.retry + 1);
		return;
	}
	if (h->failed_in_row > 1)
		(void)snprintf(after, sizeof(after), " after %u retries",
			       h->failed_in_row - 1);
	log_notice("%s on service %s failed%s: %s (%s%s%s, %u of %u attempts)",
		   p->ops->name, name, after, text, why, colon, detail,
		   h->failed_in_row, h->failed_in_row);
}

/* One line per transition; one per failure of what is not down, if wanted. */
void
probe_log_result(struct probe *p, bool is_changed, const struct health *was,
		 monotime_t now)
{
	char name[PROBE_NAME_LEN];
	const struct health *h = &p->health;

	switch (check_reason_class(h->last)) {
	case CHECK_OK:
		if (is_changed && p->ops->say != NULL)
			p->ops->say(p, true);
		else if (is_changed)
			log_notice("%s %s %s", p->ops->label,
				   probe_target(p, name),
				   p->ops->success != NULL ? p->ops->success
							   : "success.");
		return;
	case CHECK_FAILED:
		if (!is_changed &&
		    (was->state == HEALTH_DOWN || !wants_all_logged(p)))
			return;
		if (p->ops->say != NULL)
			p->ops->say(p, is_changed);
		else
			log_failed(p, is_changed);
		return;
	case CHECK_UNKNOWN:
		p->probes->stats.n_unknown++;
		if (was->last != h->last) /* else it was said */
			log_unknown(p, now);
		return;
	}
}
