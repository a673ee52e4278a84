/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as the other side of a line protocol, and as the
 * line of an agent.  The first byte picks the protocol, the second how the
 * rest is cut into pieces: the story must be the one that the same bytes in
 * one piece tell, within the protocol's limits, and what is shown printable.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/agent_words.h"
#include "check/dialog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dialog_step mail_steps[] = {
	{.act = DIALOG_REPLY,
	 .text = "the greeting",
	 .first = 220,
	 .last = 229,
	 .wrong = REASON_SMTP_GREETING},
	{.act = DIALOG_SEND, .text = "HELO %s\r\n"},
	{.act = DIALOG_REPLY,
	 .text = "the answer",
	 .first = 250,
	 .last = 250,
	 .wrong = REASON_SMTP_HELO},
	{.act = DIALOG_SEND, .text = "QUIT\r\n"},
	{.act = DIALOG_LINE, .text = "the last word"},
	{.act = DIALOG_END},
};
static const struct dialog_step line_steps[] = {
	{.act = DIALOG_SEND, .text = "%s\n"},
	{.act = DIALOG_LINE, .text = "a line"},
	{.act = DIALOG_END},
};
static const struct dialog_proto protos[] = {
	{mail_steps, 300, 1000},
	{line_steps, 600, 600},
	{mail_steps, 64, 4096},
};

struct story {
	enum dialog_result end;
	enum check_reason reason;
	uint32_t n_said;
	uint32_t kept;
	char text[DIALOG_KEPT + 1];
};

static bool
play(struct dialog *d, enum dialog_result r, struct story *s, const char *data,
     size_t len)
{
	if (r == DIALOG_MORE)
		r = dialog_feed(d, &data, &len, &s->reason);
	while (r == DIALOG_SAYS) {
		s->n_said++;
		r = dialog_said(d);
		if (r == DIALOG_MORE)
			r = dialog_feed(d, &data, &len, &s->reason);
	}
	s->end = r;
	return r == DIALOG_MORE;
}

static void
tell(const struct dialog_proto *proto, const char *data, size_t size,
     size_t piece, struct story *s)
{
	struct dialog d;
	bool goes_on;

	memset(s, 0, sizeof(*s));
	goes_on = play(&d, dialog_start(&d, proto), s, "", 0);
	for (size_t off = 0; off < size && goes_on; off += piece)
		goes_on = play(&d, DIALOG_MORE, s, data + off,
			       size - off < piece ? size - off : piece);
	if (d.n_bytes > proto->bytes_max + 1 || d.kept > DIALOG_KEPT)
		abort();
	if (goes_on)
		s->end = dialog_close(&d, &s->reason);
	if (s->end != DIALOG_PASSED && s->end != DIALOG_FAILED)
		abort();
	if (s->end == DIALOG_FAILED &&
	    check_reason_class(s->reason) != CHECK_FAILED)
		abort();
	s->kept = d.kept;
	(void)dialog_text(&d, s->text, sizeof(s->text));
	for (const char *c = s->text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static bool
is_same(const struct agent_state *a, const struct agent_state *b)
{
	return a->admin == b->admin && a->is_down == b->is_down &&
	       a->percent == b->percent;
}

/* Said twice is said once; what says nothing changes nothing. */
static void
say_to_agent(const char *line, size_t len)
{
	struct agent_state was = agent_state_init(), once = was, twice;
	uint32_t n = agent_parse(line, len, &once);

	twice = once;
	if (agent_parse(line, len, &twice) != n || !is_same(&once, &twice) ||
	    (n == 0 && !is_same(&was, &once)) || once.percent > 100 ||
	    once.admin > AGENT_MAINT)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct story whole, pieces;
	const struct dialog_proto *p;

	if (size < 2 || size > 8192)
		return 0;
	p = &protos[data[0] % 3];
	say_to_agent((const char *)data + 2, size - 2);
	tell(p, (const char *)data + 2, size - 2, size, &whole);
	tell(p, (const char *)data + 2, size - 2, 1 + data[1] % 40u, &pieces);
	if (memcmp(&whole, &pieces, sizeof(whole)) != 0)
		abort();
	return 0;
}
