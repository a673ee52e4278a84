/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The real ipvs engine, told what the check engine would tell it by lines on
 * stdin; log on stderr.  Used by tests/lab/test_ipvs.py in a guest.
 *
 *   begin | end                      a full description
 *   svc KEY SCHED [FLAGS TIMEOUT NETMASK PE]
 *   dest KEY ADDR PORT FWD WEIGHT [UTHRESH LTHRESH TUNTYPE TUNPORT TUNFLAGS]
 *   delsvc KEY | deldest KEY ADDR PORT
 *   fill SERVICES SERVERS WEIGHT     a large description, begin to end
 *   gone                             the check engine died
 *   conf [KEYWORDS / KEYWORDS]       commit that as global_defs
 *   stats                            the engine's own figures
 *   stop [keep]
 * KEY is "tcp:80:10.0.0.1" ("udp", "sctp") or "fwm:5:4" (or 6).  Each line is
 * answered by "ok" when the engine has done with it.
 */
#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_global.h"
#include "ipvs/conf.h"
#include "ipvs/engine.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/util.h"
#include "parser/diag.h"
#include "parser/parse.h"
#include "parser/schema.h"

enum { WORDS = 12 };

struct drive {
	struct proc p;
	void *self;
	struct ev_io in;
	struct ev_timer answer;
	uint32_t count; /* messages since begin */
	char buf[65536];
	size_t len;
};

static void
say(struct drive *d, enum msg_type type, const void *data)
{
	d->count += type == MSG_SVC_SET || type == MSG_DEST_SET;
	ipvs_engine_ops.on_msg(d->self, PROC_CHECK, type, data, -1);
}

static uint32_t
number(char *const *w, int i)
{
	for (int k = 0; k <= i; k++)
		if (w[k] == NULL)
			return 0;
	return (uint32_t)strtoul(w[i], NULL, 0);
}

static void
address(const char *s, struct addr *a)
{
	if (s == NULL || addr_parse(s, a) < 0)
		fatal("not an address: %s", s != NULL ? s : "(none)");
}

static struct msg_svc_key
key(const char *s)
{
	struct msg_svc_key k = {0};
	char *word = xstrdup(s), *port = strchr(word, ':'), *addr;

	if (port == NULL || (addr = strchr(port + 1, ':')) == NULL)
		fatal("not a service: %s", s);
	*port++ = '\0';
	*addr++ = '\0';
	if (strcmp(word, "fwm") == 0) {
		k.fwmark = (uint32_t)strtoul(port, NULL, 0);
		k.addr.family = addr[0] == '6' ? AF_INET6 : AF_INET;
	} else {
		k.protocol = strcmp(word, "tcp") == 0	? IPPROTO_TCP
			     : strcmp(word, "udp") == 0 ? IPPROTO_UDP
							: IPPROTO_SCTP;
		k.port = (uint16_t)strtoul(port, NULL, 0);
		address(addr, &k.addr);
	}
	free(word);
	return k;
}

static void
on_svc(struct drive *d, char **w)
{
	struct msg_svc s = {.key = key(w[1]),
			    .flags = number(w, 3),
			    .timeout = number(w, 4),
			    .netmask = number(w, 5)};

	str_fill(s.sched, sizeof(s.sched), w[2]);
	if (number(w, 5) != 0 && w[6] != NULL)
		str_fill(s.pe, sizeof(s.pe), w[6]);
	say(d, MSG_SVC_SET, &s);
}

static void
on_dest(struct drive *d, char **w)
{
	struct msg_dest m = {
		.key = {.svc = key(w[1]), .port = (uint16_t)number(w, 3)},
		.weight = number(w, 5),
		.u_threshold = number(w, 6),
		.l_threshold = number(w, 7),
		.tun_type = (uint8_t)number(w, 8),
		.tun_port = (uint16_t)number(w, 9),
		.tun_flags = (uint16_t)number(w, 10)};

	address(w[2], &m.key.addr);
	m.fwd_method = strcmp(w[4], "masq") == 0     ? IP_VS_CONN_F_MASQ
		       : strcmp(w[4], "tunnel") == 0 ? IP_VS_CONN_F_TUNNEL
		       : strcmp(w[4], "local") == 0  ? IP_VS_CONN_F_LOCALNODE
						     : IP_VS_CONN_F_DROUTE;
	say(d, MSG_DEST_SET, &m);
}

static void
on_deldest(struct drive *d, char **w)
{
	struct msg_dest_key k = {.svc = key(w[1]),
				 .port = (uint16_t)number(w, 3)};

	address(w[2], &k.addr);
	say(d, MSG_DEST_DEL, &k);
}

static void
on_sync(struct drive *d, bool is_end)
{
	struct msg_sync m = {.count = d->count};

	if (!is_end)
		d->count = 0;
	say(d, is_end ? MSG_SYNC_END : MSG_SYNC_BEGIN, &m);
}

static void
on_fill(struct drive *d, char **w)
{
	uint32_t svcs = number(w, 1), dests = number(w, 2);

	on_sync(d, false);
	for (uint32_t i = 0; i < svcs; i++) {
		struct msg_svc s = {
			.key = {.addr = {.family = AF_INET,
					 .bytes = {10, 100, (uint8_t)(i >> 8),
						   (uint8_t)i}},
				.protocol = IPPROTO_TCP,
				.port = 80},
			.sched = "rr"};

		say(d, MSG_SVC_SET, &s);
		for (uint32_t k = 0; k < dests; k++) {
			struct msg_dest m = {
				.key = {.svc = s.key,
					.addr = {.family = AF_INET,
						 .bytes = {10, 101,
							   (uint8_t)(k >> 8),
							   (uint8_t)(k + 1)}},
					.port = 80},
				.weight = number(w, 3),
				.fwd_method = IP_VS_CONN_F_DROUTE};

			say(d, MSG_DEST_SET, &m);
		}
	}
	on_sync(d, true);
}

/* conf WORDS: what stands in global_defs, one keyword per "/". */
static void
on_conf(struct drive *d, const char *words)
{
	/* The block itself is the daemon's, rows in it ours. */
	static const struct conf_module *const modules[] = {
		&daemon_conf_module, &ipvs_conf_module, NULL};
	const struct conf_opts opts = {.modules = modules,
				       .mask = CONF_MASK(CONF_IPVS),
				       .is_engine = true};
	struct diag_sink *sink = diag_sink_new();
	struct msg_done done = {0};
	struct conf_result res;
	struct buf b = BUF_INIT;
	char reason[MSG_TEXT_LEN];

	buf_printf(&b, "global_defs {\n%s\n}\n", words);
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '/')
			b.data[i] = '\n';
	res = conf_read_text("drive", b.data, b.len, &opts, sink);
	buf_reset(&b);
	diag_print_all(sink, &b);
	if (res.conf == NULL || diag_worst(sink) != DIAG_NOTE)
		fatal("not a configuration: %s: %s", words, buf_str(&b));
	diag_sink_free(sink);
	buf_fini(&b);
	if (ipvs_engine_ops.prepare(d->self, res.conf, &done, reason) < 0)
		fatal("prepare failed");
	ipvs_engine_ops.commit(d->self, &done);
	printf("changed %u\n", done.changed);
}

static void
on_line(struct drive *d, char *line)
{
	char *w[WORDS + 1] = {NULL};
	int n = 0;

	if (strncmp(line, "conf", 4) == 0) {
		on_conf(d, line + 4);
		return;
	}
	for (char *s = strtok(line, " "); s != NULL && n < WORDS;
	     s = strtok(NULL, " "))
		w[n++] = s;
	if (n == 0)
		return;
	if (strcmp(w[0], "svc") == 0 && n >= 3)
		on_svc(d, w);
	else if (strcmp(w[0], "dest") == 0 && n >= 6)
		on_dest(d, w);
	else if (strcmp(w[0], "deldest") == 0 && n == 4)
		on_deldest(d, w);
	else if (strcmp(w[0], "delsvc") == 0 && n == 2)
		say(d, MSG_SVC_DEL, &(struct msg_svc_key[]){key(w[1])});
	else if (strcmp(w[0], "begin") == 0 || strcmp(w[0], "end") == 0)
		on_sync(d, w[0][0] == 'e');
	else if (strcmp(w[0], "fill") == 0 && n == 4)
		on_fill(d, w);
	else if (strcmp(w[0], "gone") == 0)
		ipvs_engine_ops.on_peer(d->self, PROC_CHECK, false);
	else if (strcmp(w[0], "stats") == 0)
		ipvs_engine_ops.dump(d->self, MSG_DUMP_STATS, STDOUT_FILENO);
	else if (strcmp(w[0], "stop") == 0)
		ipvs_engine_ops.stop(d->self, n > 1 ? MSG_STOP_KEEP_IPVS : 0);
	else
		fatal("not understood: %s", w[0]);
}

/* After the engine's own timer of this turn. */
static void
on_answer(void *arg, monotime_t now)
{
	(void)arg;
	(void)now;
	puts("ok");
}

static void
on_input(void *arg, int what)
{
	struct drive *d = arg;
	ssize_t n = read(STDIN_FILENO, d->buf + d->len,
			 sizeof(d->buf) - 1 - d->len);
	char *line = d->buf, *end;

	(void)what;
	if (n <= 0) {
		ev_loop_stop(d->p.loop);
		return;
	}
	d->len += (size_t)n;
	d->buf[d->len] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		on_line(d, line);
		line = end + 1;
		ev_timer_at(&d->answer, monotime_add(monotime_now(), MSEC(1)));
	}
	d->len -= (size_t)(line - d->buf);
	memmove(d->buf, line, d->len);
}

int
main(int argc, char **argv)
{
	struct drive *d = xcalloc(1, sizeof(*d));

	log_open(&(struct log_opts){.ident = "ipvs", .use_console = true});
	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* else the answer waits */
	d->p = (struct proc){.id = PROC_IPVS, .loop = ev_loop_new()};
	d->p.is_respawn = argc > 1 && strcmp(argv[1], "respawn") == 0;
	if (ipvs_engine_ops.init(&d->p, &d->self) < 0)
		fatal("the engine does not start");
	ev_io_init(&d->in, d->p.loop, STDIN_FILENO, EVENT_READ, on_input, d);
	ev_timer_init(&d->answer, d->p.loop, on_answer, d);
	ev_loop_run(d->p.loop);
	ev_io_fini(&d->in);
	ev_timer_fini(&d->answer);
	ipvs_engine_ops.fini(d->self);
	ev_loop_free(d->p.loop);
	free(d);
	log_close();
	return 0;
}
