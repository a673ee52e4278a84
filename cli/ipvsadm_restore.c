/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm -R; see ipvsadm_restore.h. */
#include "cli/ipvsadm_restore.h"

#include <errno.h>
#include <string.h>

#include "cli/ipvsadm_act.h"
#include "cli/ipvsadm_names.h"
#include "lib/buf.h"
#include "lib/util.h"

enum {
	AT_ONCE = 4096, /* requests that wait */
	TEXT_AT = 1 << 20,
};

/* Requests that wait, and the lines that they came from. */
struct waiting {
	struct ipvs_op *op; /* AT_ONCE of them */
	struct {
		size_t line, text; /* number, where in text */
		enum ipvsadm_cmd cmd;
	} * of;
	size_t n;
	struct buf text;
};

static const char *const prefixes[] = {"ipvsadm", "duumvir-ipvsadm"};

int
restore_split(char *line, const char **word, size_t room)
{
	size_t n = 0;
	char *save = NULL;

	for (char *s = strtok_r(line, " \t\r\n\v\f", &save); s != NULL;
	     s = strtok_r(NULL, " \t\r\n\v\f", &save)) {
		bool is_prefix = false;

		if (*s == '#')
			break;
		for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
			is_prefix |= strcmp(s, prefixes[i]) == 0;
		if (n == 0 && is_prefix)
			continue;
		if (n == room)
			return -E2BIG;
		word[n++] = s;
	}
	return (int)n;
}

static void
complain(size_t number, const char *text, const char *why)
{
	(void)fflush(stdout); /* lists of lines before this one */
	(void)fprintf(stderr, "line %zu: %s: %s\n", number, why, text);
}

static void
on_result(void *arg, size_t i, int error)
{
	const struct waiting *w = arg;

	if (error != 0)
		complain(w->of[i].line, buf_str(&w->text) + w->of[i].text,
			 act_explain(w->of[i].cmd, error));
}

static int
flush(struct ipvs_genl *g, struct waiting *w)
{
	int err = w->n == 0 ? 0 : ipvs_genl_apply(g, w->op, w->n, on_result, w);

	w->n = 0;
	buf_reset(&w->text);
	return err;
}

/* A line without its blanks around; its newline is gone too. */
static const char *
trim(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		s[--len] = '\0';
	return s + strspn(s, " \t");
}

/* What one line asks; its status: 0, or what -R ends with. */
static int
do_order(struct ipvs_genl *g, struct waiting *w, const struct ipvsadm_order *o,
	 size_t number, const char *text)
{
	int err;

	if (act_op(o, &w->op[w->n])) {
		w->of[w->n].line = number;
		w->of[w->n].text = w->text.len;
		w->of[w->n].cmd = o->cmd;
		buf_add(&w->text, text, strlen(text) + 1);
		w->n++;
		return w->n == AT_ONCE || w->text.len > TEXT_AT ? -flush(g, w)
								: 0;
	}
	err = flush(g, w);
	if (err < 0)
		return 1;
	err = act_run(g, o);
	if (err < 0)
		complain(number, text, act_explain(o->cmd, err));
	return 0;
}

struct stream {
	struct ipvs_genl *g;
	restore_look *look;
	void *arg;
	struct waiting waiting;
	size_t number;
};

static int
on_line(struct stream *s, char *line)
{
	const char *word[RESTORE_WORDS_MAX], *kept;
	char why[IPVSADM_WHY_MAX] = "too many words";
	struct ipvsadm_order o;
	enum ipvsadm_verdict v = IPA_WRONG;
	struct buf text = BUF_INIT;
	int n, status = 0;

	kept = trim(line);
	buf_adds(&text, kept);
	n = restore_split(line, word, RESTORE_WORDS_MAX);
	if (n == 0) {
		buf_fini(&text);
		return 0;
	}
	if (n > 0)
		v = ipvsadm_parse(word, (size_t)n, &names_to_numbers, &o, why);
	if (v == IPA_OK && (o.cmd == IPA_RESTORE || o.cmd == IPA_HELP)) {
		v = IPA_TRY;
		str_fill(why, sizeof(why), "not possible here");
	}
	if (v == IPA_OK) {
		s->look(s->arg, &o);
		status = do_order(s->g, &s->waiting, &o, s->number,
				  buf_str(&text));
	} else {
		status = flush(s->g, &s->waiting) < 0 ? 1 : ipvsadm_status(v);
		complain(s->number, buf_str(&text), why);
		if (v == IPA_SKIP && status != 1)
			status = 0;
	}
	buf_fini(&text);
	return status;
}

int
restore_run(struct ipvs_genl *g, FILE *in, restore_look *look, void *arg)
{
	struct stream s = {.g = g, .look = look, .arg = arg};
	char *line = xcalloc(1, RESTORE_LINE_MAX);
	int status = 0, err;

	s.waiting.op = xcalloc(AT_ONCE, sizeof(*s.waiting.op));
	s.waiting.of = xcalloc(AT_ONCE, sizeof(*s.waiting.of));
	while (status == 0 && fgets(line, RESTORE_LINE_MAX, in) != NULL) {
		s.number++;
		if (strlen(line) == RESTORE_LINE_MAX - 1) {
			complain(s.number, "", "too long");
			status = 2;
			break;
		}
		status = on_line(&s, line);
	}
	if (status == 0 && ferror(in)) {
		(void)fprintf(stderr, "cannot read standard input\n");
		status = 1;
	}
	err = flush(g, &s.waiting);
	if (err < 0) {
		(void)fprintf(stderr, "%s\n", strerror(-err));
		status = 1;
	}
	buf_fini(&s.waiting.text);
	free(s.waiting.op);
	free(s.waiting.of);
	free(line);
	return status;
}
