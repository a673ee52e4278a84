/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * duumvir-ipvsadm: the virtual server table by hand, with ipvsadm's command
 * line and output, by duumvir's own codec and door.
 *
 * It is a program of its own, run by an operator or a script; it talks to no
 * running duumvir and only reads what that published about its services.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ipvsadm_act.h"
#include "cli/ipvsadm_called.h"
#include "cli/ipvsadm_help.h"
#include "cli/ipvsadm_names.h"
#include "cli/ipvsadm_restore.h"
#include "cli/owned.h"
#include "lib/util.h"

/* Where duumvirs publish, unless the variable says another place. */
#define OWNED_DIR      "/run/duumvir"
#define OWNED_VARIABLE "DUUMVIR_OWNED"

static int
open_kernel(struct ipvs_genl **out)
{
	struct ipvs_genl *g;
	int err = ipvs_genl_open(&g);

	if (err < 0)
		return err;
	err = ipvs_genl_resolve(g);
	if (err < 0) {
		ipvs_genl_close(g);
		return err;
	}
	*out = g;
	return 0;
}

static int
run_one(struct ipvs_genl *g, const struct ipvsadm_order *o, struct owned *w)
{
	int err;

	owned_look(w, o);
	err = act_run(g, o);
	if (err == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", act_explain(o->cmd, err));
	return act_status(o->cmd);
}

int
main(int argc, char **argv)
{
	size_t n = argc > 0 ? (size_t)argc - 1 : 0;
	const char *const *word = ipvsadm_called(
		argc > 0 ? argv[0] : "", (const char *const *)argv + 1, &n);
	const char *where = getenv(OWNED_VARIABLE);
	char why[IPVSADM_WHY_MAX];
	struct ipvsadm_order o;
	struct ipvs_genl *g;
	struct owned *w;
	enum ipvsadm_verdict v;
	int status, err;

	if (word == NULL) {
		(void)fputs(save_help_text, stderr);
		return 1;
	}
	v = ipvsadm_parse(word, n, &names_to_numbers, &o, why);
	if (v != IPA_OK) {
		(void)fprintf(stderr, "%s\n", why);
		return ipvsadm_status(v);
	}
	if (o.cmd == IPA_HELP)
		return fputs(help_text, stdout) == EOF || fflush(stdout) == EOF;
	err = open_kernel(&g);
	if (err < 0) {
		(void)fprintf(stderr,
			      "Can't initialize ipvs: %s\n"
			      "Are you sure that IP Virtual Server is built in "
			      "the kernel or as module?\n",
			      strerror(-err));
		return 1;
	}
	w = owned_load(where != NULL ? where : OWNED_DIR);
	status = o.cmd == IPA_RESTORE ? restore_run(g, stdin, owned_look, w)
				      : run_one(g, &o, w);
	owned_free(w);
	ipvs_genl_close(g);
	return status;
}
