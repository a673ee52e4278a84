/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Fuzz target: any bytes as a configuration of the daemon. */
#include "bfd/conf.h"
#include "check/conf.h"
#include "daemon/conf_global.h"
#include "ipvs/conf.h"
#include "parser/common.h"
#include "parser/schema.h"
#include "tests/fuzz/config_roundtrip.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	config_roundtrip(modules, data, size);
	return 0;
}
