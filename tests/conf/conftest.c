/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The configuration reader as a program of its own, for the golden tests:
 *	conftest -t FILE | --print FILE | --plan OLD NEW |
 *		 --pending | --keywords | --manual | --dict
 */
#include <stdio.h>
#include <string.h>

#include "bfd/conf.h"
#include "check/conf.h"
#include "daemon/conf_global.h"
#include "daemon/conftest.h"
#include "ipvs/conf.h"
#include "parser/common.h"
#include "parser/schema.h"
#include "vrrp/conf.h"

static const struct conf_module *const modules[] = {
	&daemon_conf_module,
	&common_conf_module,
	&vrrp_conf_module,
	&check_conf_module,
	&ipvs_conf_module,
	&bfd_conf_module,
	NULL,
};

static const struct {
	const char *word;
	enum conftest_list list;
} list[] = {
	{"--pending", CONFTEST_PENDING},
	{"--keywords", CONFTEST_KEYWORDS},
	{"--manual", CONFTEST_MANUAL},
	{"--dict", CONFTEST_DICT},
};

int
main(int argc, char **argv)
{
	struct conftest t = {.opts = {.modules = modules,
				      .mask = CONF_MASK_ALL,
				      .random_seed = 1}};
	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(list); i++)
		if (strcmp(argv[1], list[i].word) == 0) {
			conftest_print_list(modules, list[i].list, stdout);
			return 0;
		}
	t.path = argc > 2 ? argv[2] : NULL;
	if (argc == 3 && strcmp(argv[1], "-t") == 0)
		return conftest_run(&t);
	if (argc == 3 && strcmp(argv[1], "--print") == 0)
		return conftest_print(&t, stdout);
	if (argc == 4 && strcmp(argv[1], "--plan") == 0)
		return conftest_plan(&t, argv[3], stdout);
	(void)fprintf(stderr, "usage: see the head of conftest.c\n");
	return 1;
}
