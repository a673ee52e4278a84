/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The keyword table of auth_hmac, keepalived's private signature on adverts.
 * Reads key files, which the supervisor may and the engine may not: the engine
 * is told what was in them.  A key is never logged or dumped.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "vrrp/conf_tables.h"

#define KEY_MIN 32

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Text or "hex:DIGITS" into the key; -EINVAL: wrong length or digits. */
static int
key_decode(const char *s, struct auth_hmac_key_conf *k)
{
	bool is_hex = strncmp(s, "hex:", 4) == 0;
	size_t len = strlen(s);
	if (is_hex) {
		s += 4;
		len = (len - 4) / 2;
		if (strlen(s) % 2 != 0)
			return -EINVAL;
	}
	if (len < KEY_MIN || len > sizeof(k->key))
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		int v = (unsigned char)s[i];
		if (is_hex) {
			int high = hex_value(s[2 * i]);
			int low = hex_value(s[2 * i + 1]);
			if (high < 0 || low < 0)
				return -EINVAL;
			v = high << 4 | low;
		}
		k->key[i] = (uint8_t)v;
	}
	k->len = (uint8_t)len;
	return 0;
}

/* First line of a key file; others must not be able to read it. */
static int
key_file_read(struct kw_in *in, const char *path, char *text, size_t size)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL; /* a FIFO would keep us waiting */
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		conf_report(in->ctx, DIAG_SECURITY,
			    "SECURITY: auth_hmac key file %s is accessible by "
			    "group or others",
			    path);
	ssize_t n = read(fd, text, size - 1);
	if (n <= 0)
		return n < 0 ? -errno : -ENODATA;
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return 0;
}

/* Any bytes survive being written and read again like this. */
static const char *
key_hex(struct arena *a, const struct auth_hmac_key_conf *k)
{
	char text[4 + 2 * AUTH_HMAC_KEY_MAX + 1] = "hex:";
	for (size_t i = 0; i < k->len; i++)
		(void)snprintf(text + 4 + 2 * i, 3, "%02x", k->key[i]);
	return arena_strdup(a, text);
}

/* ID TEXT|hex:HEX|file:PATH */
static int
key_parse(struct kw_in *in, void *member)
{
	struct conf_list *list = member;
	struct arena *a = conf_ctx_arena(in->ctx);
	struct auth_hmac_key_conf *k = arena_alloc(a, sizeof(*k));
	char text[2 * AUTH_HMAC_KEY_MAX + 16];
	int64_t id;
	if (in->n < 3 || kw_parse_int(in, 1, 1, UINT8_MAX, &id) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "key ID SECRET",
				     "auth_hmac key needs an id and a secret");
		return -EINVAL;
	}
	if (list->stqh_last == NULL)
		STAILQ_INIT(list);
	CONF_FOREACH (const struct auth_hmac_key_conf, other, list)
		if (other->id == id) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "auth_hmac key %u given twice - ignoring",
				    other->id);
			return -EINVAL;
		}
	const char *secret = in->word[2].s;
	if (strncmp(secret, "file:", 5) == 0) {
		int r = key_file_read(in, secret + 5, text, sizeof(text));
		if (r < 0) {
			conf_report(in->ctx, DIAG_GENERAL,
				    "auth_hmac key file %s: %s - ignoring",
				    secret + 5, strerror(-r));
			return -EINVAL;
		}
		secret = text;
	}
	if (key_decode(secret, k) < 0) {
		conf_report_expected(in->ctx, DIAG_GENERAL, "32 to 64 bytes",
				     "auth_hmac key %d has a wrong length or "
				     "digits - ignoring",
				     (int)id);
		return -EINVAL;
	}
	if (secret == text)
		in->told = key_hex(a, k);
	k->id = (uint8_t)id;
	k->obj.name = arena_printf(a, "%u", k->id);
	STAILQ_INSERT_TAIL(list, &k->obj, link);
	return 2;
}

static const struct kw_ops auth_hmac_key_ops = {.parse = key_parse};

/* clang-format off */
static const struct kw_word_value anti_replay_words[] = {
	{"time", AUTH_HMAC_TIME}, {"monotonic", AUTH_HMAC_MONOTONIC}, {NULL, 0},
};
static const struct kw_word_value auth_hmac_mode_words[] = {
	{"enforce", AUTH_HMAC_ENFORCE}, {"permissive", AUTH_HMAC_PERMISSIVE},
	{"receive-only", AUTH_HMAC_RECEIVE_ONLY}, {NULL, 0},
};
#define M(m) KW_MEMBER(struct auth_hmac_conf, m)
static const struct kw auth_hmac_rows[] = {
	{.name = "key", .type = KW_CUSTOM, M(key), .ops = &auth_hmac_key_ops, .flags = KW_MULTI | KW_SECRET, .reload = KW_LIVE,
	 .args = "<INT 1..255> <STRING|hex:HEX|file:PATH>", .since = "2.4",
	 .doc = "Signing key, 32..64 bytes after decoding; hex: takes hex digits, file: reads either form from a file "
		"(trailing newline dropped, readable by group or others is a security class report); wrong length, "
		"duplicate id or unreadable reported and ignored."},
	{.name = "active_key", .type = KW_UINT, M(active_key), KW_RANGE(1, 255), .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 1..255>", .def_doc = "none, required", .since = "2.4",
	 .doc = "Key id used to sign; an id without key is reported and switches the extension off."},
	{.name = "time_window", .type = KW_UINT, M(time_window), KW_RANGE(1, 300), .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "<INT 1..300 seconds>", .def_doc = "max(3 * whole seconds of advert_int, 5), at most 300",
	 .since = "2.4",
	 .doc = "Accepted clock difference in time mode; out of range reported and ignored."},
	{.name = "anti_replay", .type = KW_ENUM, M(anti_replay), .words = anti_replay_words, .flags = KW_NEED,
	 .reload = KW_LIVE, .args = "time|monotonic", .def_doc = "time", .since = "2.4",
	 .doc = "time needs synchronised clocks, monotonic only growing sequence numbers; other words reported and "
		"ignored."},
	{.name = "mode", .type = KW_ENUM, M(mode), .words = auth_hmac_mode_words, .flags = KW_NEED, .reload = KW_LIVE,
	 .args = "enforce|permissive|receive-only", .def_doc = "enforce", .since = "2.4",
	 .doc = "permissive also accepts unsigned adverts, receive-only additionally sends unsigned; other words "
		"reported and ignored; strict mode forces enforce with a report."},
};
#undef M
/* clang-format on */

static bool
auth_hmac_check(struct conf_ctx *ctx, void *obj, void *parent)
{
	struct auth_hmac_conf *h = obj;
	const struct vrrp_instance_conf *i = parent;
	h->on = false;
	CONF_FOREACH (const struct auth_hmac_key_conf, k, &h->key)
		h->on |= k->id == h->active_key;
	if (!h->on)
		conf_report(ctx, DIAG_GENERAL,
			    "(%s) auth_hmac: active_key %u has no key - "
			    "switched off",
			    i->obj.name, h->active_key);
	return true;
}

const struct kw_block auth_hmac_block = {
	KW_ROWS(auth_hmac_rows),
	.size = sizeof(struct auth_hmac_conf),
	.check = auth_hmac_check,
};
