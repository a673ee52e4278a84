/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What a scenario expects; see README.md.  An expectation is complete:
 * everything sent, announced, added or deleted since the last one must be
 * named.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/util.h"
#include "tests/replay/replay.h"

struct cursor {
	int argc, at;
	char **argv;
};

static bool
take(struct cursor *c, const char *word)
{
	if (c->at < c->argc && strcmp(c->argv[c->at], word) == 0) {
		c->at++;
		return true;
	}
	return false;
}

static const char *
next(const struct rp *rp, struct cursor *c)
{
	if (c->at == c->argc)
		rp_fail(rp, "a word is missing after '%s'", c->argv[c->at - 1]);
	return c->argv[c->at++];
}

static bool
take_number(struct cursor *c, size_t *n)
{
	char *end;
	size_t v;

	if (c->at == c->argc)
		return false;
	v = strtoul(c->argv[c->at], &end, 10);
	if (end == c->argv[c->at] || *end != '\0')
		return false;
	*n = v;
	c->at++;
	return true;
}

static const char *
kind_name(enum rp_kind k)
{
	static const char *const name[] = {"send",   "garp", "add",   "del",
					   "report", "make", "unmake"};

	return name[k];
}

static void
describe(const struct rp_record *r, char *out, size_t size)
{
	char a[ADDR_STR_LEN];

	(void)snprintf(out, size, "%s %s/%u vrid %u prio %u if %u",
		       kind_name(r->kind), addr_print(&r->addr, a, sizeof(a)),
		       r->prefix_len, r->vrid, r->priority, r->ifindex);
}

/* What the words after send, garp, add, del say about the records. */
struct filter {
	enum rp_kind kind;
	bool has_prio, has_addr, has_vrid, has_if, has_every, has_time;
	uint8_t prio, vrid;
	uint32_t ifindex;
	struct addr addr;
	nsec_t every, time;
	size_t times;
};

static bool
matches(const struct filter *f, const struct rp_record *r)
{
	return !r->is_checked && r->kind == f->kind &&
	       (!f->has_prio || r->priority == f->prio) &&
	       (!f->has_vrid || r->vrid == f->vrid) &&
	       (!f->has_if || r->ifindex == f->ifindex) &&
	       (!f->has_addr || addr_is_equal(&r->addr, &f->addr));
}

/* Marks what the filter takes; checks number, times and rhythm. */
static void
check_records(struct rp *rp, const struct filter *f)
{
	size_t n = 0;
	monotime_t first = {0};

	for (size_t i = 0; i < rp->n_rec; i++) {
		struct rp_record *r = &rp->rec[i];

		if (!matches(f, r) || n == f->times)
			continue;
		if (n == 0)
			first = r->at;
		if (n == 0 && f->has_time &&
		    monotime_sub(r->at, rp->start) != f->time)
			rp_fail(rp, "first %s was at %.9f", kind_name(f->kind),
				(double)monotime_sub(r->at, rp->start) /
					SEC(1));
		if (f->has_every &&
		    monotime_sub(r->at, first) != f->every * (nsec_t)n)
			rp_fail(rp, "%s number %zu was %.9f s after the first",
				kind_name(f->kind), n + 1,
				(double)monotime_sub(r->at, first) / SEC(1));
		r->is_checked = true;
		n++;
	}
	if (n != f->times)
		rp_fail(rp, "expected %zu x %s, saw %zu", f->times,
			kind_name(f->kind), n);
}

static struct addr
address(const struct rp *rp, const char *s)
{
	struct addr a = {0};
	char text[ADDR_STR_LEN] = "";

	(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, "/"), s);
	if (addr_parse(text, &a) != 0)
		rp_fail(rp, "'%s' is no address", s);
	return a;
}

/* send|garp [N] [prio N] [vrid N] [of ADDR] [to ADDR] [if N] [every S]
 * [time S] */
static void
expect_records(struct rp *rp, struct cursor *c, enum rp_kind kind)
{
	struct filter f = {.kind = kind, .times = 1};
	size_t n;

	(void)take_number(c, &f.times);
	for (;;) {
		if (take(c, "prio") && take_number(c, &n)) {
			f.has_prio = true;
			f.prio = (uint8_t)n;
		} else if (take(c, "vrid") && take_number(c, &n)) {
			f.has_vrid = true;
			f.vrid = (uint8_t)n;
		} else if (take(c, "if") && take_number(c, &n)) {
			f.has_if = true;
			f.ifindex = (uint32_t)n;
		} else if (take(c, "of") || take(c, "to")) {
			f.has_addr = true;
			f.addr = address(rp, next(rp, c));
		} else if (take(c, "every")) {
			f.has_every = rp_seconds(next(rp, c), &f.every);
		} else if (take(c, "time")) {
			f.has_time = rp_seconds(next(rp, c), &f.time);
		} else {
			break;
		}
	}
	check_records(rp, &f);
}

static void
expect_address(struct rp *rp, struct cursor *c, enum rp_kind kind)
{
	struct filter f = {.kind = kind, .times = 1, .has_addr = true};

	f.addr = address(rp, next(rp, c));
	check_records(rp, &f);
}

/* ---- states and reports ---- */

static const struct vrrp_instance *
find_instance(const struct rp *rp, const char *name)
{
	const struct vrrp_instance *in;

	TAILQ_FOREACH (in, &rp->router.instances, link)
		if (name == NULL || strcmp(in->name, name) == 0)
			return in;
	return NULL;
}

static bool
state_of_word(const char *w, enum vrrp_state *s)
{
	for (int i = VRRP_INIT; i <= VRRP_FAULT; i++)
		if (strcmp(w, vrrp_state_name((enum vrrp_state)i)) == 0) {
			*s = (enum vrrp_state)i;
			return true;
		}
	return false;
}

/* STATE [NAME] */
static bool
expect_state(struct rp *rp, struct cursor *c)
{
	const struct vrrp_instance *in;
	enum vrrp_state s;
	const char *name = NULL;

	if (!state_of_word(c->argv[c->at], &s))
		return false;
	c->at++;
	if (c->at < c->argc && find_instance(rp, c->argv[c->at]) != NULL)
		name = c->argv[c->at++];
	in = find_instance(rp, name);
	if (in == NULL)
		rp_fail(rp, "there is no instance");
	if (in->fsm.state != s)
		rp_fail(rp, "%s is %s, expected %s", in->name,
			vrrp_state_name(in->fsm.state), vrrp_state_name(s));
	return true;
}

static void
expect_report(struct rp *rp, struct cursor *c)
{
	static const char *const words[] = {
		[VRRP_WORD_INIT] = "INIT",
		[VRRP_WORD_BACKUP] = "BACKUP",
		[VRRP_WORD_MASTER] = "MASTER",
		[VRRP_WORD_FAULT] = "FAULT",
		[VRRP_WORD_STOP] = "STOP",
		[VRRP_WORD_DELETED] = "DELETED",
		[VRRP_WORD_MASTER_RX_LOWER_PRI] = "LOWER",
		[VRRP_WORD_MASTER_PRIORITY] = "MASTER_PRIORITY",
		[VRRP_WORD_BACKUP_PRIORITY] = "BACKUP_PRIORITY",
	};
	const char *w = next(rp, c);

	for (size_t i = 0; i < rp->n_rec; i++) {
		struct rp_record *r = &rp->rec[i];

		if (r->kind != RP_REPORT || r->is_checked)
			continue;
		if (strcmp(words[r->word], w) != 0)
			rp_fail(rp, "reported %s, expected %s", words[r->word],
				w);
		r->is_checked = true;
		return;
	}
	rp_fail(rp, "nothing was reported");
}

/* ---- log ---- */

void
rp_read_log(struct rp *rp)
{
	char line[2048];
	ssize_t n;

	while ((n = recv(rp->log_fd, line, sizeof(line), 0)) > 0) {
		rp->log = xrealloc(rp->log, rp->log_len + (size_t)n + 2);
		memcpy(rp->log + rp->log_len, line, (size_t)n);
		rp->log_len += (size_t)n;
		rp->log[rp->log_len++] = '\n';
		rp->log[rp->log_len] = '\0';
	}
}

static void
expect_log(struct rp *rp, const char *text, bool is_there)
{
	bool found = rp->log_len > 0 && strstr(rp->log, text) != NULL;

	if (found != is_there)
		rp_fail(rp, "log %s \"%s\":\n%s", is_there ? "lacks" : "has",
			text, rp->log_len > 0 ? rp->log : "(empty)\n");
}

/* stat WORD N: a counter of the first instance */
static void
expect_stat(struct rp *rp, struct cursor *c)
{
	const struct vrrp_instance *in = find_instance(rp, NULL);
	const char *w = next(rp, c);
	size_t n, have = SIZE_MAX;

	if (in == NULL || !take_number(c, &n))
		rp_fail(rp, "stat WORD NUMBER, with an instance");
	if (strcmp(w, "received") == 0)
		have = in->stats.received;
	else if (strcmp(w, "claims") == 0)
		have = in->stats.claims;
	else if (strcmp(w, "thaws") == 0)
		have = in->stats.thaws;
	else if (strcmp(w, "repairs") == 0)
		have = in->stats.vip_repairs;
	else if (strcmp(w, "unknown-vrid") == 0)
		have = rp->router.unknown_vrids;
	else if (strcmp(w, "bad-header") == 0)
		have = rp->router.bad_headers;
	for (int i = 0; i < VRRP_DISCARD_COUNT && have == SIZE_MAX; i++)
		if (strcmp(w, vrrp_discard_text((enum vrrp_discard)i)) == 0)
			have = in->stats.discarded[i];
	if (have != n)
		rp_fail(rp, "%s is %zu, expected %zu", w, have, n);
}

/* ---- all ---- */

static void
expect_one(struct rp *rp, struct cursor *c)
{
	if (take(c, "send"))
		expect_records(rp, c, RP_SEND);
	else if (take(c, "garp"))
		expect_records(rp, c, RP_GARP);
	else if (take(c, "add"))
		expect_address(rp, c, RP_ADD);
	else if (take(c, "del"))
		expect_address(rp, c, RP_DEL);
	else if (take(c, "make"))
		expect_records(rp, c, RP_MAKE);
	else if (take(c, "unmake"))
		expect_records(rp, c, RP_UNMAKE);
	else if (take(c, "report"))
		expect_report(rp, c);
	else if (take(c, "stat"))
		expect_stat(rp, c);
	else if (take(c, "log"))
		expect_log(rp, next(rp, c), true);
	else if (take(c, "no-log"))
		expect_log(rp, next(rp, c), false);
	else if (!take(c, "nothing") && !expect_state(rp, c))
		rp_fail(rp, "cannot expect '%s'", c->argv[c->at]);
}

/* "MASTER," is MASTER and a pause. */
static void
drop_commas(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t len = strlen(argv[i]);

		if (len > 0 && argv[i][len - 1] == ',')
			argv[i][len - 1] = '\0';
	}
}

void
rp_is(struct rp *rp, int argc, char **argv)
{
	struct cursor c = {argc, 1, argv};

	drop_commas(argc, argv);
	while (c.at < argc)
		if (!expect_state(rp, &c))
			rp_fail(rp, "'%s' is no state", c.argv[c.at]);
}

void
rp_expect(struct rp *rp, int argc, char **argv)
{
	struct cursor c = {argc, 1, argv};
	char text[160];

	rp_read_log(rp);
	drop_commas(argc, argv);
	while (c.at < argc) {
		if (argv[c.at][0] == '\0')
			c.at++;
		else
			expect_one(rp, &c);
	}
	for (size_t i = 0; i < rp->n_rec; i++) {
		if (rp->rec[i].is_checked || rp->rec[i].kind == RP_REPORT)
			continue;
		describe(&rp->rec[i], text, sizeof(text));
		rp_fail(rp, "not expected: %s at %.9f", text,
			(double)monotime_sub(rp->rec[i].at, rp->start) /
				SEC(1));
	}
	rp->n_rec = 0;
	rp->log_len = 0;
	if (rp->log != NULL)
		rp->log[0] = '\0';
}
