/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * duumvir-mail: delivers one mail and ends.  The door to libcurl.
 *
 * Started by the supervisor (postman.c) as an unprivileged user that can gain
 * no privileges.  Standard input holds the order and the mail (mail_text.c);
 * the exit code says how it went (mail_code.h), one line on standard output
 * why.  It reads nothing else of ours and logs nothing.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/mail_code.h"
#include "lib/buf.h"
#include "lib/util.h"

#define SMTP_REPLY_PERMANENT 500

struct order {
	struct buf text; /* all of the input; the members point into it */
	const char *server, *port, *tls, *ca, *helo, *user, *password, *from;
	long timeout; /* s */
	struct curl_slist *to;
	const char *mail; /* what is still to be sent */
	size_t left;
};

static void
say(const char *what, const char *more)
{
	(void)printf("%s%s%.200s\n", what, more[0] != '\0' ? ": " : "", more);
}

/* ---- the order ---- */

static int
read_all(struct buf *b)
{
	char part[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, part, sizeof(part))) > 0)
		buf_add(b, part, (size_t)n);
	explicit_bzero(part, sizeof(part));
	return n < 0 ? -errno : 0;
}

static void
take_line(struct order *o, const char *key, const char *value)
{
	static const struct {
		const char *key;
		size_t offset;
	} text[] = {
		{"server", offsetof(struct order, server)},
		{"port", offsetof(struct order, port)},
		{"tls", offsetof(struct order, tls)},
		{"ca", offsetof(struct order, ca)},
		{"helo", offsetof(struct order, helo)},
		{"user", offsetof(struct order, user)},
		{"password", offsetof(struct order, password)},
		{"from", offsetof(struct order, from)},
	};

	if (strcmp(key, "timeout") == 0)
		o->timeout = strtol(value, NULL, 10);
	if (strcmp(key, "to") == 0)
		o->to = curl_slist_append(o->to, value);
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		if (strcmp(key, text[i].key) == 0)
			memcpy((char *)o + text[i].offset, &value,
			       sizeof(value));
}

/* "key value" lines up to an empty one; false if the order is none. */
static bool
parse(struct order *o)
{
	char *line = o->text.data, *end;

	while (line != NULL && (end = strchr(line, '\n')) != NULL) {
		char *space = strchr(line, ' ');

		*end = '\0';
		if (*line == '\0') {
			o->mail = end + 1;
			o->left =
				o->text.len - (size_t)(o->mail - o->text.data);
			break;
		}
		if (space == NULL)
			return false;
		*space = '\0';
		take_line(o, line, space + 1);
		line = end + 1;
	}
	return o->mail != NULL && o->server != NULL && o->port != NULL &&
	       o->tls != NULL && o->helo != NULL && o->from != NULL &&
	       o->to != NULL && o->timeout > 0;
}

/* ---- the transfer ---- */

static size_t
on_read(char *out, size_t size, size_t n, void *arg)
{
	struct order *o = arg;
	size_t len = size * n < o->left ? size * n : o->left;

	memcpy(out, o->mail, len);
	o->mail += len;
	o->left -= len;
	return len;
}

/* "smtp://server:port/helo": the name that EHLO gives is the path. */
static void
make_url(CURL *curl, const struct order *o, struct buf *url)
{
	char *helo = curl_easy_escape(curl, o->helo, 0);
	bool is_ipv6 = strchr(o->server, ':') != NULL;

	buf_printf(url, "%s://%s%s%s:%s/%s",
		   strcmp(o->tls, "implicit") == 0 ? "smtps" : "smtp",
		   is_ipv6 ? "[" : "", o->server, is_ipv6 ? "]" : "", o->port,
		   helo != NULL ? helo : "");
	curl_free(helo);
}

static void
set_security(CURL *curl, const struct order *o)
{
	long level = CURLUSESSL_ALL;
	long verify = 1;

	if (strcmp(o->tls, "no") == 0)
		level = CURLUSESSL_NONE;
	if (strcmp(o->tls, "try") == 0) {
		/* Against listeners only: whoever can change what is sent
		 * could take the offer away altogether. */
		level = CURLUSESSL_TRY;
		verify = 0;
	}
	(void)curl_easy_setopt(curl, CURLOPT_USE_SSL, level);
	(void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify);
	(void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verify * 2);
	if (o->ca != NULL)
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, o->ca);
	if (o->user == NULL)
		return;
	(void)curl_easy_setopt(curl, CURLOPT_USERNAME, o->user);
	(void)curl_easy_setopt(curl, CURLOPT_PASSWORD,
			       o->password != NULL ? o->password : "");
}

static void
set_limits(CURL *curl, const struct order *o)
{
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, o->timeout);
	(void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
			       o->timeout);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT,
			       o->timeout * MAIL_TIMEOUTS);
}

static enum mail_code
deliver(CURL *curl, struct order *o)
{
	char error[CURL_ERROR_SIZE] = "";
	struct buf url = BUF_INIT;
	long reply = 0;
	CURLcode r;

	make_url(curl, o, &url);
	set_security(curl, o);
	set_limits(curl, o);
	(void)curl_easy_setopt(curl, CURLOPT_URL, buf_str(&url));
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	(void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, o->from);
	(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, o->to);
	/* Whoever can be reached is told. */
	(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	(void)curl_easy_setopt(curl, CURLOPT_READDATA, o);
	r = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
	buf_fini(&url);
	if (r == CURLE_OK)
		return MAIL_OK;
	say(curl_easy_strerror(r), error);
	return reply >= SMTP_REPLY_PERMANENT && r != CURLE_LOGIN_DENIED
		       ? MAIL_REFUSED
		       : MAIL_FAILED;
}

static enum mail_code
carry_out(struct order *o)
{
	enum mail_code code;
	CURL *curl;
	int r = read_all(&o->text);

	if (r < 0 || !parse(o)) {
		say("order not understood", r < 0 ? strerror(-r) : "");
		return MAIL_REFUSED;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (curl = curl_easy_init()) == NULL) {
		say("libcurl does not start", "");
		return MAIL_FAILED;
	}
	code = deliver(curl, o);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	return code;
}

int
main(void)
{
	struct order o = {.text = BUF_INIT};
	struct rlimit none = {0, 0};
	enum mail_code code;

	/* It holds a password: no core, no look into it. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	code = carry_out(&o);
	curl_slist_free_all(o.to);
	if (o.text.data != NULL)
		explicit_bzero(o.text.data, o.text.size);
	buf_fini(&o.text);
	return (int)code;
}
