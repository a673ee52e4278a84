/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The list of checkers; see checkers.h. */
#include "check/checkers.h"

#include "lib/util.h"

static const struct checker_ops *const all[] = {
	/* clang-format off */
	&agent_checker_ops,
	&dns_checker_ops,
	&file_checker_ops,
	&http_checker_ops,
	&misc_checker_ops,
	&ping_checker_ops,
	&smtp_checker_ops,
	&ssl_checker_ops,
	&tcp_checker_ops,
	&udp_checker_ops,
	&via_checker_ops,
	/* clang-format on */
};

const struct checker_ops *
checker_ops_find(enum checker_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i]->type == type)
			return all[i];
	return NULL;
}
