/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The command line, with keepalived's words and meaning and a few of our own.
 * Reading it is pure: text goes to a buffer, nothing else happens.
 */
#ifndef DUUMVIR_DAEMON_OPTIONS_H
#define DUUMVIR_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* What this run of the program is for. */
enum options_mode {
	MODE_RUN,	  /* be the daemon */
	MODE_EXIT,	  /* the answer is in the buffer */
	MODE_CONFIG_TEST, /* -t */
	MODE_PLAN,	  /* --plan FILE: what would a reload do */
	MODE_PENDING,	  /* --pending: keywords that nothing acts on yet */
	MODE_PRINT_CONF,  /* --print-conf: canonical text */
	MODE_PRINT_PATHS, /* --print-paths: all keywords */
	MODE_PRINT_MAN,	  /* --print-man: the manual's keyword sections */
	MODE_PRINT_DICT,  /* --print-dict: for fuzzers */
};

/* Pid files, in the order of enum proc_id. */
enum options_pid {
	PID_MAIN,
	PID_VRRP,
	PID_CHECK,
	PID_COUNT,
};

struct options {
	enum options_mode mode;
	const char *conf_file; /* -f; NULL: the default */
	const char *test_file; /* -t: messages go here; NULL: stderr */
	const char *plan_file;
	bool only_vrrp, only_check; /* -P, -C */
	bool run_all;		    /* --all */
	bool log_console;	    /* -l */
	bool no_syslog;		    /* -G */
	bool foreground;	    /* -n */
	bool no_respawn;	    /* -R */
	bool keep_vips;		    /* -V */
	bool keep_ipvs;		    /* -I */
	bool dump_conf;		    /* -d */
	bool core_dump;		    /* -m */
	bool all_config;	    /* -e */
	bool ignore_sigint;
	bool realserver; /* with -C: say what is missing, and end */
	bool has_umask;	 /* -u */
	unsigned int umask;
	int log_detail;		    /* number of -D */
	int log_facility;	    /* -S: LOG_DAEMON, ... */
	const char *core_pattern;   /* -M */
	const char *namespace;	    /* -s */
	const char *config_id;	    /* -i */
	const char *pid[PID_COUNT]; /* -p -r -c; NULL: the default */
	const char *pending[16];    /* options given that do nothing yet */
	unsigned int n_pending;
};

/*
 * Reads the command line.  0: go on as o->mode says (MODE_EXIT: print the
 * text to standard error or, for MODE_EXIT after --signum, to standard
 * output, and end with *status); pointers in o are into argv.
 */
void options_parse(int argc, char **argv, struct options *o, struct buf *out,
		   struct buf *err, int *status);

#endif
