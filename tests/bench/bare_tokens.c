/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * bare_tokens FILE: reads a configuration and splits it into lines and words,
 * with comments, quotes and braces; prints how many.  It is the floor under
 * any parser of this format: it looks up no word and keeps nothing.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct counts {
	long lines, words, depth;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static const char *
quoted_skip(const char *p)
{
	const char *end = strchr(p + 1, '"');

	return end ? end + 1 : p + strlen(p);
}

static void
line_split(const char *p, struct counts *n)
{
	n->lines++;
	while (*p && *p != '\n' && *p != '#' && *p != '!') {
		if (is_blank(*p)) {
			p++;
			continue;
		}
		n->words++;
		if (*p == '{' || *p == '}') {
			n->depth += *p == '{' ? 1 : -1;
			p++;
			continue;
		}
		if (*p == '"') {
			p = quoted_skip(p);
			continue;
		}
		p += strcspn(p, " \t\r\n\f\v\"{}#!");
	}
}

int
main(int argc, char **argv)
{
	struct counts n = {0};
	char line[1024];
	FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;

	if (!f)
		return 2;
	while (fgets(line, sizeof(line), f))
		line_split(line, &n);
	fclose(f);
	printf("%ld lines, %ld words\n", n.lines, n.words);
	return n.depth != 0;
}
