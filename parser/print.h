/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * A configuration as canonical text: only what was given, one keyword per
 * line, tabs for depth, in the order of the tables; reading the text gives
 * the same configuration and printing that gives the same text.
 */
#ifndef DUUMVIR_PRINT_H
#define DUUMVIR_PRINT_H

#include <stdint.h>

struct buf;
struct conf;
struct conf_module;

/* What becomes of the words of KW_SECRET rows and of conf_raw.told. */
enum conf_secrets {
	CONF_SECRETS_WRITTEN, /* all as the user wrote it */
	CONF_SECRETS_HIDDEN,  /* for logs and dumps: CONF_SECRET_SHOWN */
	CONF_SECRETS_TOLD,    /* for the engines: what they need */
};
#define CONF_SECRET_SHOWN "********"

/* Appends the sections of the modules in mask. */
void conf_print(const struct conf *c, const struct conf_module *const *modules,
		uint32_t mask, struct buf *out);
void conf_print_as(const struct conf *c,
		   const struct conf_module *const *modules, uint32_t mask,
		   enum conf_secrets secrets, struct buf *out);

#endif
