/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The command line; see options.h.  One row per option: the row makes the
 * getopt tables, the help text and, for options that need no code, the
 * action.  It never prints and never exits.
 */
#include "daemon/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "config.h"
#include "lib/buf.h"
#include "lib/util.h"

enum arg {
	ARG_NONE = no_argument,
	ARG_NEED = required_argument,
	ARG_GLUED = optional_argument,
};

enum action {
	SET_FLAG,    /* bool at offset */
	SET_STRING,  /* const char * at offset */
	SET_MODE,    /* mode = value; argument to the offset, if any */
	SET_PENDING, /* accepted; its subject comes later */
	SET_OTHER,   /* special() */
};

struct option_row {
	char letter; /* 0: long only */
	const char *name;
	enum arg arg;
	enum action action;
	size_t offset;
	enum options_mode mode;
	const char *arg_name;
	const char *help; /* NULL: not shown */
};

#define OFF(member) offsetof(struct options, member)

static const struct option_row rows[] = {
	{'f', "use-file", ARG_NEED, SET_STRING, OFF(conf_file), 0, "FILE",
	 "Use this configuration file or glob"},
	{'P', "vrrp", ARG_NONE, SET_FLAG, OFF(only_vrrp), 0, NULL,
	 "Only run the VRRP part"},
	{'C', "check", ARG_NONE, SET_FLAG, OFF(only_check), 0, NULL,
	 "Only run the health checks and IPVS"},
	{'B', "no_bfd", ARG_NONE, SET_PENDING, 0, 0, NULL,
	 "Do not run the BFD part"},
	{0, "all", ARG_NONE, SET_FLAG, OFF(run_all), 0, NULL,
	 "Run all processes, even without configuration"},
	{'l', "log-console", ARG_NONE, SET_FLAG, OFF(log_console), 0, NULL,
	 "Log to the local console"},
	{'D', "log-detail", ARG_NONE, SET_OTHER, 0, 0, NULL,
	 "Detailed log messages; twice for more"},
	{'S', "log-facility", ARG_NEED, SET_OTHER, 0, 0,
	 "([0-7]|local[0-7]|user|daemon)", "Set the syslog facility"},
	{'g', "log-file", ARG_GLUED, SET_OTHER, 0, 0, NULL, NULL},
	{0, "flush-log-file", ARG_NONE, SET_OTHER, 0, 0, NULL, NULL},
	{'G', "no-syslog", ARG_NONE, SET_FLAG, OFF(no_syslog), 0, NULL,
	 "Do not log to syslog"},
	{'u', "umask", ARG_NEED, SET_OTHER, 0, 0, "MASK",
	 "Mask for the modes of files made"},
	{'X', "release-vips", ARG_NONE, SET_PENDING, 0, 0, NULL,
	 "Drop VIPs on a transition caused by a signal"},
	{'V', "dont-release-vrrp", ARG_NONE, SET_FLAG, OFF(keep_vips), 0, NULL,
	 "Leave VIPs and routes in place on stop"},
	{'I', "dont-release-ipvs", ARG_NONE, SET_FLAG, OFF(keep_ipvs), 0, NULL,
	 "Leave the IPVS table in place on stop"},
	{'R', "dont-respawn", ARG_NONE, SET_FLAG, OFF(no_respawn), 0, NULL,
	 "Do not restart processes that died"},
	{'n', "dont-fork", ARG_NONE, SET_FLAG, OFF(foreground), 0, NULL,
	 "Stay in the foreground"},
	{'d', "dump-conf", ARG_NONE, SET_FLAG, OFF(dump_conf), 0, NULL,
	 "Log the configuration at start"},
	{'p', "pid", ARG_NEED, SET_STRING, OFF(pid[PID_MAIN]), 0, "FILE",
	 "Pid file of the supervisor"},
	{'r', "vrrp_pid", ARG_NEED, SET_STRING, OFF(pid[PID_VRRP]), 0, "FILE",
	 "Pid file of the VRRP process"},
	{'c', "checkers_pid", ARG_NEED, SET_STRING, OFF(pid[PID_CHECK]), 0,
	 "FILE", "Pid file of the check process"},
	{'b', "bfd_pid", ARG_NEED, SET_PENDING, 0, 0, "FILE",
	 "Pid file of the BFD process"},
	{'T', "genhash", ARG_NONE, SET_OTHER, 0, 0, NULL,
	 "Be the genhash utility (must come first)"},
	{'a', "address-monitoring", ARG_NONE, SET_PENDING, 0, 0, NULL,
	 "Log every address that comes or goes"},
	{'x', "snmp", ARG_NONE, SET_PENDING, 0, 0, NULL,
	 "Enable all parts of SNMP"},
	{'A', "snmp-agent-socket", ARG_NEED, SET_PENDING, 0, 0, "FILE",
	 "Socket of the SNMP master agent"},
	{'s', "namespace", ARG_NEED, SET_STRING, OFF(namespace), 0, "NAME",
	 "Run in this network namespace"},
	{'m', "core-dump", ARG_NONE, SET_FLAG, OFF(core_dump), 0, NULL,
	 "Allow core dumps"},
	{'M', "core-dump-pattern", ARG_GLUED, SET_OTHER, 0, 0, "PATTERN",
	 "The same, and set the kernel's core_pattern"},
	{'e', "all-config", ARG_NONE, SET_FLAG, OFF(all_config), 0, NULL,
	 "A missing configuration file is an error"},
	{'i', "config-id", ARG_NEED, SET_STRING, OFF(config_id), 0, "ID",
	 "Read only lines that start with @ID or with no @"},
	{0, "signum", ARG_NEED, SET_OTHER, 0, 0, "NAME",
	 "Print the number of the signal STOP, RELOAD, DATA, STATS, "
	 "STATS_CLEAR or JSON"},
	{'t', "config-test", ARG_GLUED, SET_MODE, OFF(test_file),
	 MODE_CONFIG_TEST, "FILE", "Test the configuration and exit"},
	{0, "config-fd", ARG_NEED, SET_PENDING, 0, 0, NULL, NULL},
	{0, "ignore-sigint", ARG_NONE, SET_FLAG, OFF(ignore_sigint), 0, NULL,
	 "Ignore SIGINT"},
	{0, "plan", ARG_NEED, SET_MODE, OFF(plan_file), MODE_PLAN, "NEWFILE",
	 "Print what a reload of NEWFILE would change"},
	{0, "realserver", ARG_NONE, SET_FLAG, OFF(realserver), 0, NULL,
	 "Be a real server's side of DR and TUN; with --check only say what "
	 "is missing"},
	{0, "pending", ARG_NONE, SET_MODE, 0, MODE_PENDING, NULL,
	 "Print the keywords that nothing acts on yet"},
	{0, "print-conf", ARG_NONE, SET_MODE, 0, MODE_PRINT_CONF, NULL,
	 "Print the configuration in canonical form"},
	{0, "print-paths", ARG_NONE, SET_MODE, 0, MODE_PRINT_PATHS, NULL,
	 "Print all keywords with their arguments"},
	{0, "print-man", ARG_NONE, SET_MODE, 0, MODE_PRINT_MAN, NULL,
	 "Print the keyword sections of the manual"},
	{0, "print-dict", ARG_NONE, SET_MODE, 0, MODE_PRINT_DICT, NULL,
	 "Print a dictionary for fuzzers"},
	{'v', "version", ARG_NONE, SET_OTHER, 0, 0, NULL, "Print the version"},
	{'h', "help", ARG_NONE, SET_OTHER, 0, 0, NULL, "Print this text"},
};

#define LONG_BASE 256 /* getopt's value of a row: LONG_BASE + index */

struct reading {
	struct options *o;
	struct buf *out, *err;
	int *status;
};

static void
finish(struct reading *r, int status)
{
	r->o->mode = MODE_EXIT;
	*r->status = status;
}

/* ---- what needs code ---- */

/* Signal numbers by the words of --signum. */
static void
print_signum(struct reading *r, const char *word)
{
	const struct {
		const char *word;
		int signo;
	} known[] = {
		{"STOP", SIGTERM},
		{"RELOAD", SIGHUP},
		{"DATA", SIGUSR1},
		{"STATS", SIGUSR2},
		{"STATS_CLEAR", SIGRTMAX - 1},
		{"JSON", SIGRTMIN + 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].word, word) == 0) {
			buf_printf(r->out, "%d\n", known[i].signo);
			finish(r, 0);
			return;
		}
	buf_printf(r->err, "Unknown sigfunc %s\n", word);
	finish(r, 1);
}

/* The whole of s as a C number up to max; -1 if it is none. */
static long
parse_number(const char *s, int base, long max)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, base);
	if (!isdigit((unsigned char)*s) || *end != '\0' || errno != 0 ||
	    v < 0 || v > max)
		return -1;
	return v;
}

static void
set_facility(struct reading *r, const char *word)
{
	static const int local[] = {LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2,
				    LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5,
				    LOG_LOCAL6, LOG_LOCAL7};
	const char *digits = strncmp(word, "local", 5) == 0 ? word + 5 : word;
	long n = parse_number(digits, 10, 7);

	if (strcmp(word, "user") == 0)
		r->o->log_facility = LOG_USER;
	else if (strcmp(word, "daemon") == 0)
		r->o->log_facility = LOG_DAEMON;
	else if (n >= 0)
		r->o->log_facility = local[n];
	else
		buf_printf(r->err, "Invalid log facility '%s'\n", word);
}

static void
set_umask(struct reading *r, const char *word)
{
	long n = parse_number(word, 0, 0777);

	if (n < 0) {
		buf_printf(r->err, "Invalid --umask option '%s'\n", word);
		return;
	}
	r->o->has_umask = true;
	r->o->umask = (unsigned int)n;
}

static void
print_help(struct reading *r)
{
	buf_adds(r->err, "Usage: duumvir [OPTION...]\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct option_row *row = &rows[i];
		size_t start = r->err->len;

		if (row->help == NULL)
			continue;
		if (row->letter != 0)
			buf_printf(r->err, "  -%c, ", row->letter);
		else
			buf_adds(r->err, "      ");
		buf_printf(r->err, "--%s", row->name);
		if (row->arg_name != NULL)
			buf_printf(r->err,
				   row->arg == ARG_GLUED ? "[=%s]" : "=%s",
				   row->arg_name);
		if (r->err->len - start > 30)
			buf_printf(r->err, "\n%31s", "");
		else
			buf_printf(r->err, "%*s",
				   (int)(31 - (r->err->len - start)), "");
		buf_printf(r->err, "%s\n", row->help);
	}
	finish(r, 0);
}

static void
special(struct reading *r, const struct option_row *row, const char *arg)
{
	if (row->letter == 'D') {
		r->o->log_detail++;
	} else if (row->letter == 'S') {
		set_facility(r, arg);
	} else if (row->letter == 'u') {
		set_umask(r, arg);
	} else if (row->letter == 'M') {
		r->o->core_dump = true;
		r->o->core_pattern = arg != NULL ? arg : "core";
	} else if (row->letter == 'v') {
		buf_printf(r->err, "Duumvir v%s\n", PACKAGE_VERSION);
		finish(r, 0);
	} else if (row->letter == 'h') {
		print_help(r);
	} else if (strcmp(row->name, "signum") == 0) {
		print_signum(r, arg);
	} else if (row->letter == 'T') {
		buf_adds(r->err, "--genhash must come first\n");
		finish(r, 1);
	} else { /* as a keepalived built without --enable-log-file */
		buf_printf(r->err, "Unknown option --%s\n", row->name);
		finish(r, 1);
	}
}

/* ---- reading ---- */

static void
add_pending(struct options *o, const char *name)
{
	for (unsigned int i = 0; i < o->n_pending; i++)
		if (o->pending[i] == name)
			return;
	if (o->n_pending < ARRAY_LEN(o->pending))
		o->pending[o->n_pending++] = name;
}

static void
apply(struct reading *r, const struct option_row *row, const char *arg)
{
	char *base = (char *)r->o;

	switch (row->action) {
	case SET_FLAG:
		*(bool *)(base + row->offset) = true;
		return;
	case SET_STRING:
		*(const char **)(base + row->offset) = arg;
		return;
	case SET_MODE:
		r->o->mode = row->mode;
		if (row->offset != 0 && arg != NULL)
			*(const char **)(base + row->offset) = arg;
		return;
	case SET_PENDING:
		add_pending(r->o, row->name);
		return;
	case SET_OTHER:
		special(r, row, arg);
		return;
	}
}

static const struct option_row *
row_find(int c)
{
	if (c >= LONG_BASE)
		return &rows[c - LONG_BASE];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (c != '?' && rows[i].letter == c)
			return &rows[i];
	return NULL;
}

/* getopt's two forms of the table. */
static void
make_tables(struct option *longs, char *letters)
{
	*letters++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		longs[i] = (struct option){.name = rows[i].name,
					   .has_arg = (int)rows[i].arg,
					   .val = LONG_BASE + (int)i};
		if (rows[i].letter == 0)
			continue;
		*letters++ = rows[i].letter;
		for (int n = 0; n < (int)rows[i].arg; n++)
			*letters++ = ':';
	}
	longs[ARRAY_LEN(rows)] = (struct option){0};
	*letters = '\0';
}

static void
complain_missing(struct reading *r, int c)
{
	if (c >= LONG_BASE)
		buf_printf(r->err, "Missing parameter for option --%s\n",
			   rows[c - LONG_BASE].name);
	else
		buf_printf(r->err, "Missing parameter for option -%c\n", c);
	finish(r, 1);
}

static void
complain_unknown(struct reading *r, const char *word)
{
	if (optopt != 0 && optopt < LONG_BASE)
		buf_printf(r->err, "Unknown option -%c\n", optopt);
	else
		buf_printf(r->err, "Unknown option %s\n", word);
	finish(r, 1);
}

void
options_parse(int argc, char **argv, struct options *o, struct buf *out,
	      struct buf *err, int *status)
{
	struct option longs[ARRAY_LEN(rows) + 1];
	char letters[3 * ARRAY_LEN(rows) + 2];
	struct reading r = {o, out, err, status};
	int c;

	*o = (struct options){.mode = MODE_RUN, .log_facility = LOG_DAEMON};
	*status = 0;
	make_tables(longs, letters);
	optind = 0; /* start over, also in tests */
	opterr = 0;
	while (o->mode != MODE_EXIT &&
	       (c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = row_find(c);

		if (c == ':')
			complain_missing(&r, optopt);
		else if (row == NULL)
			complain_unknown(&r, argv[optind - 1]);
		else if (row->arg == ARG_NEED && *optarg == '\0')
			complain_missing(&r, c);
		else
			apply(&r, row, optarg);
	}
	if (o->mode == MODE_EXIT || optind >= argc)
		return;
	buf_adds(out, "Unexpected argument(s):");
	for (int i = optind; i < argc; i++)
		buf_printf(out, " %s", argv[i]);
	buf_addc(out, '\n');
}
