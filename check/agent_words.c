/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The words of agents; see agent_words.h.  Pure. */
#include "check/agent_words.h"

#include <string.h>
#include <strings.h>

#define PERCENT_MAX 100
#define LIMIT_WORD  "maxconn:"

struct agent_state
agent_state_init(void)
{
	return (struct agent_state){.admin = AGENT_READY,
				    .percent = PERCENT_MAX};
}

/* -1 - per cent for drain, that and MAINT_AWAY for maint. */
#define MAINT_AWAY 1000

int32_t
agent_value(const struct agent_state *s)
{
	int32_t v = (int32_t)s->percent;

	switch (s->admin) {
	case AGENT_READY:
		return v;
	case AGENT_DRAIN:
		return -1 - v;
	case AGENT_MAINT:
		return -1 - v - MAINT_AWAY;
	}
	return v; /* no such wish */
}

struct agent_state
agent_state_of(int32_t value)
{
	struct agent_state s = agent_state_init();
	int64_t v = value;

	if (v < 0) {
		s.admin = v < -MAINT_AWAY ? AGENT_MAINT : AGENT_DRAIN;
		v = -1 - v - (s.admin == AGENT_MAINT ? MAINT_AWAY : 0);
	}
	if (v > PERCENT_MAX)
		return agent_state_init();
	s.percent = (uint32_t)v;
	return s;
}

static bool
is_word(const char *word, size_t len, const char *known)
{
	return len == strlen(known) && strncasecmp(word, known, len) == 0;
}

static bool
parse_percent(const char *word, size_t len, uint32_t *percent)
{
	uint32_t v = 0;

	if (len < 2 || word[len - 1] != '%')
		return false;
	for (size_t i = 0; i + 1 < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		v = 10 * v + (uint32_t)(word[i] - '0');
		if (v > PERCENT_MAX)
			v = PERCENT_MAX;
	}
	*percent = v;
	return true;
}

static bool
is_limit(const char *word, size_t len)
{
	size_t n = strlen(LIMIT_WORD);

	if (len <= n || strncasecmp(word, LIMIT_WORD, n) != 0)
		return false;
	for (; n < len; n++)
		if (word[n] < '0' || word[n] > '9')
			return false;
	return true;
}

static bool
take_word(const char *word, size_t len, struct agent_state *s)
{
	static const struct {
		const char *word;
		enum agent_admin admin;
	} admin[] = {
		{"ready", AGENT_READY},
		{"drain", AGENT_DRAIN},
		{"maint", AGENT_MAINT},
	};

	for (size_t i = 0; i < sizeof(admin) / sizeof(admin[0]); i++)
		if (is_word(word, len, admin[i].word)) {
			s->admin = admin[i].admin;
			return true;
		}
	if (is_word(word, len, "up")) {
		s->is_down = false;
		return true;
	}
	if (is_word(word, len, "down") || is_word(word, len, "failed") ||
	    is_word(word, len, "stopped")) {
		s->is_down = true;
		return true;
	}
	return parse_percent(word, len, &s->percent) || is_limit(word, len);
}

static bool
is_between(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\n';
}

uint32_t
agent_parse(const char *line, size_t len, struct agent_state *s)
{
	const char *why = memchr(line, '#', len);
	size_t i = 0, from;
	uint32_t n = 0;

	if (why != NULL)
		len = (size_t)(why - line);
	while (i < len) {
		if (is_between(line[i])) {
			i++;
			continue;
		}
		for (from = i; i < len && !is_between(line[i]);)
			i++;
		n += take_word(line + from, i - from, s);
	}
	return n;
}
