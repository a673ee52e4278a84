/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any line of ipvsadm -R, and of the kernel's connections.  What
 * is understood as a rule is printed, understood again and printed the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ipvsadm_args.h"
#include "cli/ipvsadm_print.h"
#include "cli/ipvsadm_restore.h"
#include "lib/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS = 64 };

static int
no_host(const char *name, int family, struct addr *out)
{
	(void)name, (void)family, (void)out;
	return -ENOENT;
}

static int
no_port(const char *name, const char *proto, uint16_t *out)
{
	(void)name, (void)proto, (void)out;
	return -ENOENT;
}

static const struct ipvsadm_names names = {no_host, no_port};

static int
parse(char *line, struct ipvsadm_order *o)
{
	const char *word[WORDS];
	char why[IPVSADM_WHY_MAX];
	int n = restore_split(line, word, WORDS);

	return n >= 0 &&
	       ipvsadm_parse(word, (size_t)n, &names, o, why) == IPA_OK;
}

/* Is it a whole rule?  Then b is it. */
static int
print(struct buf *b, const struct ipvsadm_order *o)
{
	const struct print_how how = {.view = PRINT_RULES};

	if (o->cmd == IPA_ADD)
		print_svc(b, &how, &(struct ipvs_svc_view){.svc = o->svc});
	else if (o->cmd == IPA_ADD_SERVER)
		print_dest(b, &how, &(struct ipvs_dest_view){.dest = o->dest});
	else
		return 0;
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	struct buf b = BUF_INIT, again = BUF_INIT, rest = BUF_INIT;
	struct ipvsadm_order o;

	if (line == NULL)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	(void)print_conn(&rest, NULL, true, line);
	/* A scheduler or engine with a comment's sign begins one there. */
	if (parse(line, &o) && print(&b, &o) &&
	    strchr(buf_str(&b), '#') == NULL) {
		char *copy = strdup(buf_str(&b));

		if (copy == NULL || !parse(copy, &o) || !print(&again, &o) ||
		    strcmp(buf_str(&b), buf_str(&again)) != 0)
			abort();
		free(copy);
	}
	buf_fini(&b);
	buf_fini(&again);
	buf_fini(&rest);
	free(line);
	return 0;
}
