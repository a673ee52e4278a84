/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * duumvir --realserver --check: what of a real server is missing, and the
 * commands that would do it; see realserver.h.  Changes nothing.
 */
#include "daemon/realserver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf_global.h"
#include "daemon/confio.h"
#include "daemon/netns.h"
#include "daemon/options.h"
#include "daemon/pidfile.h"
#include "daemon/rs_kernel.h"
#include "daemon/rs_memory.h"
#include "daemon/rs_text.h"
#include "daemon/setup.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"

#define REMARKS_MAX 64
#define SHOWN_MAX   16

struct checking {
	const struct options *o;
	struct arena *arena;
	struct rs_kernel *kernel;
	struct rs_memory memory;
	struct rs_seen seen;
	struct rs_want want;
	struct rs_plan plan;
	size_t n_missing;
};

static struct conf *
read_conf(const struct options *o, int *status)
{
	struct conf_opts opts = confio_opts(o);
	struct diag_sink *sink = diag_sink_new();
	struct conf_result r = conf_read_file(
		o->conf_file != NULL ? o->conf_file : SETUP_DEFAULT_CONF, &opts,
		sink);
	struct buf b = BUF_INIT;

	diag_print_all(sink, &b);
	(void)fputs(buf_str(&b), stderr);
	buf_fini(&b);
	if (r.is_missing || r.is_stopped || r.conf == NULL) {
		*status = r.is_missing ? 6 : 2;
		conf_free(TAKE_PTR(r.conf));
	}
	diag_sink_free(sink);
	return r.conf;
}

static bool
enter_namespace(const struct checking *c, const struct daemon_conf *d)
{
	const char *name =
		c->o->namespace != NULL ? c->o->namespace : d->net_namespace;
	int r = name != NULL ? netns_join(name) : 0;

	if (r < 0)
		(void)fprintf(stderr, "network namespace '%s': %s\n", name,
			      strerror(-r));
	return r == 0;
}

static int
look(struct checking *c, const struct conf *conf)
{
	struct rs_sysctl sysctl[RS_SYSCTLS_MAX];
	struct addr *own;
	size_t n;
	int r = rs_kernel_open(&c->kernel);

	if (r == 0)
		r = rs_kernel_look(c->kernel, c->arena, &c->seen);
	if (r < 0) {
		(void)fprintf(stderr, "cannot read links and addresses: %s\n",
			      strerror(-r));
		return r;
	}
	n = rs_own_addresses(&c->seen, &c->memory, c->arena, &own);
	rs_want_make(conf, own, n, c->arena, &c->want);
	n = rs_sysctls(&c->want, &c->seen, sysctl);
	rs_kernel_read_sysctls(sysctl, n);
	rs_reconcile(&c->want, &c->seen, sysctl, n, &c->memory, c->arena,
		     &c->plan);
	return 0;
}

/* ---- printing ---- */

static void
print_vips(const struct checking *c)
{
	char text[ADDR_STR_LEN];

	if (c->want.n_vips == 0)
		return;
	(void)printf("virtual addresses:");
	for (size_t i = 0; i < c->want.n_vips && i < SHOWN_MAX; i++)
		(void)printf(" %s", addr_print(&c->want.vip[i].addr, text,
					       sizeof(text)));
	if (c->want.n_vips > SHOWN_MAX)
		(void)printf(" and %zu more", c->want.n_vips - SHOWN_MAX);
	(void)printf("\n");
}

/* On a fresh interface they come with it. */
static void
print_later(struct checking *c, const struct rs_op *op)
{
	struct rs_op later = {.ifindex = 0};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < c->want.n_vips; i++) {
		later = (struct rs_op){.kind = RS_OP_ADDR_ADD,
				       .addr = c->want.vip[i].addr};
		str_fill(later.ifname, sizeof(later.ifname), op->ifname);
		later.prefix_len = (uint8_t)(8 * addr_len(&later.addr));
		buf_reset(&b);
		rs_text_command(&later, &b);
		(void)printf("\t%s\n", buf_str(&b));
	}
	(void)printf("\tip link set %s up\n", op->ifname);
	buf_fini(&b);
}

static void
print_ops(struct checking *c)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < c->plan.n; i++) {
		const struct rs_op *op = &c->plan.op[i];
		bool is_missing = op->kind < RS_OP_ADDR_DEL;

		buf_reset(&b);
		buf_adds(&b, is_missing ? "missing: " : "left over: ");
		rs_text_fault(op, &b);
		buf_adds(&b, "\n\t");
		rs_text_command(op, &b);
		(void)printf("%s\n", buf_str(&b));
		if (op->kind == RS_OP_DUMMY_ADD)
			print_later(c, op);
		c->n_missing += is_missing;
	}
	buf_fini(&b);
}

static void
print_remarks(struct checking *c)
{
	const char *text[REMARKS_MAX];
	size_t bad, n;

	n = rs_remarks(&c->want, &c->seen, &c->memory, c->arena, text,
		       REMARKS_MAX, &bad);
	for (size_t i = 0; i < n; i++)
		(void)printf("%s: %s\n", i < bad ? "wrong" : "note", text[i]);
	c->n_missing += bad;
	if (c->want.is_named || c->want.n_vips > 0)
		return;
	(void)printf("wrong: no virtual_server names an address of this "
		     "machine as a real server with DR or TUN\n");
	c->n_missing++;
}

static void
load_memory(struct checking *c, const struct daemon_conf *d)
{
	bool use_dir = d->use_pid_dir || c->o->namespace != NULL;
	CLEANUP_FREE char *pid =
		pidfile_path(c->o->pid[PID_MAIN], "duumvir-realserver", use_dir,
			     d->instance);
	CLEANUP_FREE char *path = rs_memory_path(pid);

	/* Without it nothing is ours. */
	(void)rs_memory_load(path, &c->memory);
}

int
realserver_check(const struct options *o)
{
	struct checking c = {.o = o};
	int status = 1;
	struct conf *conf = read_conf(o, &status);

	if (conf == NULL)
		return status;
	c.arena = arena_new();
	if (!enter_namespace(&c, daemon_conf_get(conf))) {
		status = 4;
	} else {
		load_memory(&c, daemon_conf_get(conf));
		if (look(&c, conf) == 0) {
			print_vips(&c);
			print_ops(&c);
			print_remarks(&c);
			status = c.n_missing > 0;
			(void)printf(status ? "not ready\n" : "ready\n");
		}
	}
	rs_kernel_close(c.kernel);
	rs_memory_fini(&c.memory);
	arena_free(c.arena);
	conf_free(conf);
	return status;
}
