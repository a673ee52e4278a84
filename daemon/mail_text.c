/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Mails in keepalived's form; see mail_text.h.  One alert makes the very mail
 * that keepalived would send; several make one with a line for each.
 */
#include "daemon/mail_text.h"

#include <stdbool.h>
#include <string.h>

#include "daemon/digest.h"
#include "lib/buf.h"

/* Header lines are folded near here (RFC 5322 2.1.1 asks for 78). */
#define FOLD 72

/* One line of text, whatever it holds: control characters become '?'. */
static void
add_clean(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		buf_addc(b, c < ' ' || c == 0x7f ? '?' : *s);
	}
}

/* "Name <address>" or an address: the address, without what cannot be part
 * of one. */
static void
add_address(struct buf *b, const char *s)
{
	const char *open = strrchr(s, '<');
	const char *end = open != NULL ? strchr(open, '>') : NULL;

	if (end == NULL)
		open = NULL;
	else
		s = open + 1;
	for (; *s != '\0' && s != end; s++)
		if ((unsigned char)*s > ' ' && *s != 0x7f && *s != '<' &&
		    *s != '>')
			buf_addc(b, *s);
}

static void
add_header(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s: ", name);
	add_clean(b, value);
	buf_adds(b, "\r\n");
}

static void
add_recipients(struct buf *b, const struct mail_conf *c)
{
	size_t line = b->len;

	buf_adds(b, "To: ");
	for (uint32_t i = 0; i < c->n_to; i++) {
		if (i > 0)
			buf_addc(b, ',');
		if (i > 0 && b->len - line + strlen(c->to[i]) > FOLD) {
			buf_adds(b, "\r\n");
			line = b->len;
		}
		if (i > 0)
			buf_addc(b, ' ');
		add_clean(b, c->to[i]);
	}
	buf_adds(b, "\r\n");
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static void
add_subject(struct buf *b, const struct mail_conf *c,
	    const struct digest_batch *alerts)
{
	size_t total = alerts->n + alerts->omitted;

	buf_adds(b, "Subject: [");
	add_clean(b, c->router_id);
	buf_adds(b, "] ");
	if (total > 1)
		buf_printf(b, "%zu alerts, last: ", total);
	add_clean(b, alerts->alert[alerts->n - 1].subject);
	buf_adds(b, "\r\n");
}

static void
add_lines(struct buf *b, const struct digest_batch *alerts)
{
	if (alerts->n == 1 && alerts->omitted == 0) {
		buf_adds(b, "=> ");
		add_clean(b, alerts->alert[0].text);
		buf_adds(b, " <=\r\n\r\n");
		return;
	}
	for (size_t i = 0; i < alerts->n; i++) {
		const struct digest_alert *a = &alerts->alert[i];

		add_clean(b, a->stamp);
		buf_addc(b, ' ');
		add_clean(b, a->subject);
		buf_adds(b, "\r\n    => ");
		add_clean(b, a->text);
		buf_adds(b, " <=\r\n");
	}
	if (alerts->omitted > 0)
		buf_printf(b,
			   "and %u more, for which there was no room: see the "
			   "log\r\n",
			   alerts->omitted);
	buf_adds(b, "\r\n");
}

void
mail_text_make(struct buf *b, const struct mail_conf *c,
	       const struct digest_batch *alerts, const char *date)
{
	size_t start = b->len, head;

	add_header(b, "Date", date);
	add_header(b, "From", c->from);
	add_subject(b, c, alerts);
	add_header(b, "X-Mailer", "Duumvir");
	add_recipients(b, c);
	head = b->len;
	buf_adds(b, "\r\n");
	add_lines(b, alerts);
	if (is_ascii(b->data + start))
		return;
	/* Names may be in any language. */
	{
		struct buf rest = BUF_INIT;

		buf_adds(&rest, b->data + head);
		b->len = head;
		buf_adds(b, "MIME-Version: 1.0\r\n"
			    "Content-Type: text/plain; charset=utf-8\r\n"
			    "Content-Transfer-Encoding: 8bit\r\n");
		buf_add(b, rest.data, rest.len);
		buf_fini(&rest);
	}
}

/* ---- the order ---- */

static const char *
tls_word(enum mail_tls tls)
{
	switch (tls) {
	case MAIL_TLS_NO:
		return "no";
	case MAIL_TLS_TRY:
		return "try";
	case MAIL_TLS_REQUIRE:
		return "require";
	case MAIL_TLS_IMPLICIT:
		return "implicit";
	}
	return "require";
}

static void
add_line(struct buf *b, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "%s ", key);
	add_clean(b, value);
	buf_addc(b, '\n');
}

void
mail_text_order(struct buf *b, const struct mail_conf *c)
{
	add_line(b, "server", c->server);
	buf_printf(b, "port %u\n", c->port);
	buf_printf(b, "timeout %u\n", c->timeout);
	add_line(b, "tls", tls_word(c->tls));
	add_line(b, "ca", c->tls_ca);
	add_line(b, "helo", c->helo);
	add_line(b, "user", c->user);
	add_line(b, "password", c->password);
	buf_adds(b, "from ");
	add_address(b, c->from);
	buf_addc(b, '\n');
	for (uint32_t i = 0; i < c->n_to; i++) {
		buf_adds(b, "to ");
		add_address(b, c->to[i]);
		buf_addc(b, '\n');
	}
	buf_addc(b, '\n');
}
