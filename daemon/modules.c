/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The modules of a configuration; apart from engines.c, so that who only reads
 * text needs no engine. */
#include "bfd/conf.h"
#include "check/conf.h"
#include "daemon/conf_global.h"
#include "daemon/engines.h"
#include "ipvs/conf.h"
#include "parser/common.h"
#include "parser/schema.h"
#include "vrrp/conf.h"

const struct conf_module *const engines_modules[] = {
	&daemon_conf_module,
	&common_conf_module,
	&vrrp_conf_module,
	&check_conf_module,
	&ipvs_conf_module,
	&bfd_conf_module,
	NULL,
};
