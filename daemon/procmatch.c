/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names and command lines of processes; see procmatch.h. */
#include "daemon/procmatch.h"

#include <string.h>

#include "lib/util.h"
#include "vrrp/conf.h"

bool
procmatch_stat(const char *line, char comm[static PROCMATCH_COMM_LEN])
{
	const char *begin = strchr(line, '(');
	const char *end = strrchr(line, ')'); /* the name may have some, too */
	char name[PROCMATCH_COMM_LEN] = "";
	size_t len;

	if (begin == NULL || end == NULL || end < begin || end[1] != ' ')
		return false;
	if (end[2] == 'Z' || end[2] == 'X' || end[2] == 'x')
		return false;
	len = (size_t)(end - begin - 1);
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, begin + 1, len);
	memcpy(comm, name, sizeof(name));
	return true;
}

bool
procmatch_needs_cmdline(const struct vrrp_track_process_conf *c)
{
	return c->full_command || c->process.n > 1 ||
	       c->param_match != PARAM_MATCH_NONE;
}

/* The word after this one, NULL at the end. */
static const char *
next_word(const struct procmatch_info *p, const char *word)
{
	const char *nul =
		memchr(word, '\0', p->len - (size_t)(word - p->cmdline));

	if (nul == NULL || nul + 1 >= p->cmdline + p->len)
		return NULL;
	return nul + 1;
}

static bool
is_name(const struct vrrp_track_process_conf *c, const struct procmatch_info *p,
	const char *first)
{
	if (c->full_command || c->process.n > 1)
		return strcmp(first, c->process.word[0]) == 0;
	return strncmp(p->comm, c->process.word[0], PROCMATCH_COMM_LEN - 1) ==
	       0;
}

static bool
has_params(const struct vrrp_track_process_conf *c,
	   const struct procmatch_info *p)
{
	const char *w = p->cmdline;

	for (uint32_t i = 1; i < c->process.n; i++) {
		const char *want = c->process.word[i];
		bool is_last = i + 1 == c->process.n;

		w = next_word(p, w);
		if (w == NULL)
			return false;
		if (is_last && c->param_match == PARAM_MATCH_INITIAL) {
			if (strncmp(w, want, strlen(want)) != 0)
				return false;
		} else if (strcmp(w, want) != 0) {
			return false;
		}
	}
	if (c->param_match == PARAM_MATCH_NONE ||
	    c->param_match == PARAM_MATCH_PARTIAL)
		return true;
	return next_word(p, w) == NULL;
}

bool
procmatch_is_it(const struct vrrp_track_process_conf *c,
		const struct procmatch_info *p)
{
	if (!procmatch_needs_cmdline(c))
		return is_name(c, p, "");
	/* It always ends with NUL; a kernel thread has none at all. */
	if (p->cmdline == NULL || p->len == 0 || p->cmdline[p->len - 1] != '\0')
		return false;
	return is_name(c, p, p->cmdline) && has_params(c, p);
}
