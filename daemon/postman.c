/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Mails under way; see postman.h.  What a mail says is mail_text.c's, when it
 * goes digest.c's; delivering is left to duumvir-mail (mail.c), which gets
 * its order and the mail in a memory file and answers with one line.
 */
#include "daemon/postman.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/conf_global.h"
#include "daemon/digest.h"
#include "daemon/exec.h"
#include "daemon/mail_code.h"
#include "daemon/mail_text.h"
#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/event.h"
#include "lib/log.h"
#include "lib/util.h"
#include "lib/walltime.h"

/* How often a mail is tried before its alerts are given up, and the wait
 * after the first failure; it doubles. */
#define TRIES	   5
#define RETRY_WAIT SEC(10)
/* What the program gets beyond the limits it keeps itself. */
#define GRACE SEC(5)

struct postman {
	struct ev_loop *loop;
	void (*on_idle)(void *arg);
	void *arg;
	struct ev_timer due, limit;
	struct digest digest;
	struct arena *arena;
	struct mail_conf conf;
	const char *password_file;
	uid_t uid;
	gid_t gid;
	/* the one under way */
	pid_t pid; /* 0: none */
	int answer;
	struct digest_batch batch;
	bool is_late;	     /* its time was up */
	uint32_t failures;   /* since the last that arrived */
	uint64_t sent, lost; /* alerts */
	bool is_ending;
};

static void schedule(struct postman *p);

/* ---- the configuration ---- */

static const char *
copy(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

static const char *
host_name(struct arena *a)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) < 0 || name[0] == '\0')
		return "localhost";
	return arena_strdup(a, name);
}

static const char *
default_from(struct arena *a, const char *host)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct buf b = BUF_INIT;
	const char *s;

	buf_printf(&b, "%s@%s", pw != NULL ? pw->pw_name : "duumvir", host);
	s = arena_strdup(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

static void
take_words(struct postman *p, const struct conf_words *w)
{
	const char **to = arena_alloc(p->arena, (w->n + 1) * sizeof(to[0]));

	for (uint32_t i = 0; i < w->n; i++)
		to[i] = arena_strdup(p->arena, w->word[i]);
	p->conf.to = to;
	p->conf.n_to = w->n;
}

void
postman_set_conf(struct postman *p, const struct conf *c)
{
	const struct daemon_conf *d = daemon_conf_get(c);
	const char *host;
	struct arena *a = arena_new();

	arena_free(p->arena);
	p->arena = a;
	host = host_name(a);
	p->conf = (struct mail_conf){
		.server = copy(a, d->smtp_server),
		.port = d->smtp_server_port,
		.timeout = (uint32_t)(d->smtp_connect_timeout / SEC(1)),
		.tls = (enum mail_tls)d->smtp_tls,
		.tls_ca = copy(a, d->smtp_tls_ca),
		.user = copy(a, d->smtp_user),
		.password = copy(a, d->smtp_password),
		.helo = d->smtp_helo_name != NULL ? copy(a, d->smtp_helo_name)
						  : host,
		.router_id =
			d->router_id != NULL ? copy(a, d->router_id) : host,
		.from = d->notification_email_from != NULL
				? copy(a, d->notification_email_from)
				: default_from(a, host),
	};
	p->password_file = copy(a, d->smtp_password_file);
	take_words(p, &d->notification_email);
	p->digest.limits = (struct digest_limits){
		.gather = d->smtp_alert_gather,
		.mails = d->smtp_alert_rate,
		.interval = SEC(60),
	};
	schedule(p);
}

void
postman_set_user(struct postman *p, uid_t uid, gid_t gid)
{
	p->uid = uid;
	p->gid = gid;
}

bool
postman_is_on(const struct postman *p)
{
	return p->conf.server != NULL && p->conf.n_to > 0;
}

/* ---- sending ---- */

/* The first line of the file, read when it is needed: it may be changed
 * without a reload. */
static int
read_password(const struct postman *p, char *out, size_t size)
{
	CLEANUP_FD int fd =
		open(p->password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

static int
write_all(int fd, const struct buf *b)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* Order and mail in a memory file. */
static int
make_order(const struct postman *p, int fd)
{
	struct mail_conf c = p->conf;
	char password[256], date[64];
	struct buf b = BUF_INIT;
	int r;

	if (p->password_file != NULL) {
		r = read_password(p, password, sizeof(password));
		if (r < 0)
			log_err("smtp_password_file %s: %s", p->password_file,
				strerror(-r));
		c.password = r < 0 ? NULL : password;
	}
	mail_text_order(&b, &c);
	mail_text_make(&b, &c, &p->batch, walltime_mail(date, sizeof(date)));
	r = write_all(fd, &b);
	explicit_bzero(b.data, b.size);
	explicit_bzero(password, sizeof(password));
	buf_fini(&b);
	return r;
}

static int
start_program(struct postman *p, char *reason)
{
	CLEANUP_FD int order = memfd_create("mail", MFD_CLOEXEC);
	int answer[2], r;

	r = order < 0 ? -errno : make_order(p, order);
	if (r == 0 && pipe2(answer, O_CLOEXEC | O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		(void)snprintf(reason, EXEC_REASON_LEN, "%s", strerror(-r));
		return r;
	}
	p->pid = exec_helper_start(&(struct exec_helper){.name = MAIL_PROGRAM,
							 .uid = p->uid,
							 .gid = p->gid,
							 .in = order,
							 .out = answer[1]},
				   reason);
	(void)close(answer[1]); /* the program's end */
	p->answer = answer[0];
	if (p->pid > 0)
		return 0;
	r = (int)p->pid;
	p->pid = 0;
	(void)close(TAKE_FD(p->answer)); /* nobody writes to it */
	return r;
}

/* The mail did not arrive. */
static void
on_failure(struct postman *p, bool is_final, const char *reason)
{
	size_t n = p->batch.n + p->batch.omitted;
	nsec_t wait = RETRY_WAIT << p->failures;

	if (!is_final && !p->is_ending && ++p->failures < TRIES) {
		log_warn("mail with %zu alerts to %s: %s; next try in %d s", n,
			 p->conf.server, reason, (int)(wait / SEC(1)));
		digest_return(&p->digest, &p->batch,
			      monotime_add(monotime_now(), wait));
		return;
	}
	p->lost += n;
	p->failures = 0;
	log_err("mail with %zu alerts to %s: %s; given up (%llu alerts sent, "
		"%llu lost so far)",
		n, p->conf.server, reason, (unsigned long long)p->sent,
		(unsigned long long)p->lost);
	digest_batch_fini(&p->batch);
}

static void
send_mail(struct postman *p, monotime_t now)
{
	char reason[EXEC_REASON_LEN] = "";

	p->batch = digest_take(&p->digest, now);
	p->is_late = false;
	if (start_program(p, reason) < 0) {
		on_failure(p, false, reason);
		return;
	}
	ev_timer_at(&p->limit,
		    monotime_add(now,
				 SEC(p->conf.timeout) * MAIL_TIMEOUTS + GRACE));
}

static void
on_due(void *arg, monotime_t now)
{
	struct postman *p = arg;

	if (p->pid == 0 && p->digest.waiting.n > 0 && postman_is_on(p))
		send_mail(p, now);
	schedule(p);
}

static void
on_limit(void *arg, monotime_t now)
{
	struct postman *p = arg;

	(void)now;
	p->is_late = true;
	if (p->pid != 0)
		exec_kill(p->pid, SIGKILL);
}

static void
schedule(struct postman *p)
{
	if (p->pid != 0 || p->digest.waiting.n == 0)
		ev_timer_stop(&p->due);
	else if (p->is_ending)
		ev_timer_at(&p->due, monotime_now());
	else
		ev_timer_at(&p->due, digest_due(&p->digest));
}

void
postman_alert(struct postman *p, const char *subject, const char *text)
{
	char stamp[DIGEST_STAMP];

	if (!postman_is_on(p))
		return;
	digest_add(&p->digest, subject, text,
		   walltime_stamp(stamp, sizeof(stamp)), monotime_now());
	if (p->pid == 0)
		schedule(p);
}

/* ---- how it ended ---- */

/* The program's line; nothing of it can break a line of our log. */
static void
read_answer(struct postman *p, char *line, size_t size)
{
	ssize_t n = read(p->answer, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	(void)close(TAKE_FD(p->answer)); /* read */
}

bool
postman_reap(struct postman *p, pid_t pid, int status)
{
	char answer[EXEC_REASON_LEN];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (p->pid == 0 || pid != p->pid)
		return false;
	p->pid = 0;
	ev_timer_stop(&p->limit);
	read_answer(p, answer, sizeof(answer));
	if (code == MAIL_OK) {
		p->sent += p->batch.n + p->batch.omitted;
		p->failures = 0;
		log_info("mail with %zu alerts sent by %s", p->batch.n,
			 p->conf.server);
		digest_batch_fini(&p->batch);
	} else if (p->is_late) {
		on_failure(p, false, "no end in time, killed");
	} else if (answer[0] == '\0') {
		(void)snprintf(answer, sizeof(answer),
			       MAIL_PROGRAM " failed (status 0x%x)",
			       (unsigned int)status);
		on_failure(p, false, answer);
	} else {
		on_failure(p, code == MAIL_REFUSED, answer);
	}
	schedule(p);
	if (postman_is_idle(p))
		p->on_idle(p->arg);
	return true;
}

bool
postman_is_idle(const struct postman *p)
{
	return p->pid == 0 && p->digest.waiting.n == 0;
}

/* ---- life ---- */

void
postman_end(struct postman *p)
{
	p->is_ending = true;
	schedule(p);
}

void
postman_kill(struct postman *p)
{
	p->lost += p->digest.waiting.n + p->digest.waiting.omitted;
	if (p->digest.waiting.n > 0)
		log_warn("%zu alerts were not mailed before the end",
			 p->digest.waiting.n + p->digest.waiting.omitted);
	digest_batch_fini(&p->digest.waiting);
	p->digest.room = 0;
	ev_timer_stop(&p->due);
	if (p->pid != 0)
		exec_kill(p->pid, SIGKILL);
}

struct postman *
postman_new(struct ev_loop *loop, void (*on_idle)(void *arg), void *arg)
{
	struct postman *p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->on_idle = on_idle;
	p->arg = arg;
	p->answer = -1;
	p->uid = geteuid();
	p->gid = getegid();
	digest_init(&p->digest);
	ev_timer_init(&p->due, loop, on_due, p);
	ev_timer_init(&p->limit, loop, on_limit, p);
	return p;
}

void
postman_free(struct postman *p)
{
	if (p == NULL)
		return;
	ev_timer_fini(&p->due);
	ev_timer_fini(&p->limit);
	if (p->answer >= 0)
		(void)close(p->answer); /* nobody is left to read it */
	digest_batch_fini(&p->batch);
	digest_fini(&p->digest);
	arena_free(p->arena);
	free(p);
}
