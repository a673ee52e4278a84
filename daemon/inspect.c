/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Looking at configurations and tables; see inspect.h.  Nothing here needs
 * root, and nothing is changed.
 */
#include "daemon/inspect.h"

#include <stdio.h>

#include "daemon/confio.h"
#include "daemon/conftest.h"
#include "daemon/engines.h"
#include "daemon/options.h"
#include "daemon/setup.h"

static struct conftest
make_test(const struct options *o)
{
	return (struct conftest){
		.path = o->conf_file != NULL ? o->conf_file
					     : SETUP_DEFAULT_CONF,
		.opts = confio_opts(o),
		.out = o->test_file,
	};
}

static int
print_list(enum conftest_list list)
{
	conftest_print_list(engines_modules, list, stdout);
	return 0;
}

static int
inspect(const struct options *o)
{
	struct conftest t = make_test(o);

	switch (o->mode) {
	case MODE_CONFIG_TEST:
		return conftest_run(&t);
	case MODE_PLAN:
		return conftest_plan(&t, o->plan_file, stdout);
	case MODE_PRINT_CONF:
		return conftest_print(&t, stdout);
	case MODE_PENDING:
		return print_list(CONFTEST_PENDING);
	case MODE_PRINT_PATHS:
		return print_list(CONFTEST_KEYWORDS);
	case MODE_PRINT_MAN:
		return print_list(CONFTEST_MANUAL);
	case MODE_PRINT_DICT:
		return print_list(CONFTEST_DICT);
	case MODE_RUN:
	case MODE_EXIT:
		break;
	}
	return 0;
}

int
inspect_run(const struct options *o)
{
	int status = inspect(o);

	if (fflush(stdout) != 0 && status == 0)
		return 1;
	return status;
}
