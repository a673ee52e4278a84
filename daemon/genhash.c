/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* genhash; see genhash.h. */
#include "daemon/genhash.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/digest.h"
#include "check/http_parse.h"
#include "check/http_request.h"
#include "daemon/fetch.h"
#include "lib/buf.h"
#include "lib/monotime.h"

#define TIMEOUT_DEFAULT SEC(5)
#define TIMEOUT_MAX	3600
#define HOST_MAX	255

struct order {
	struct fetch_want want;
	const char *url, *virtualhost;
	enum http_protocol protocol;
	bool is_verbose, has_server, is_done;
};

static const char usage[] =
	"Commands:\n"
	"   -s server-address -p port -u url\n"
	"   -S -s server-address -p port -u url\n"
	"   -h\n"
	"\n"
	"Options:\n"
	"Either long or short options are allowed.\n"
	"   --use-ssl         -S       Use SSL connection to remote server.\n"
	"   --use-sni         -I       Use SNI during SSL handshake (uses "
	"virtualhost setting; see -V).\n"
	"   --server          -s       Use the specified remote server "
	"address.\n"
	"   --port            -p       Use the specified remote server port.\n"
	"   --url             -u       Use the specified remote server url.\n"
	"   --use-virtualhost -V       Use the specified virtualhost in GET "
	"query.\n"
	"   --verbose         -v       Use verbose mode output.\n"
	"   --help            -h       Display this short inlined help "
	"screen.\n"
	"   --fwmark          -m       Use the specified FW mark.\n"
	"   --protocol        -P       Use the specified HTTP protocol - "
	"'1.0', "
	"1.0c', '1.1'.\n"
	"                                1.0c means 1.0 with 'Connection: "
	"close'\n"
	"   --timeout         -t       Timeout in seconds\n";

/* ---- the command line ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool
is_word(const char *s)
{
	return strcmp(s, "--genhash") == 0 || strcmp(s, "-T") == 0;
}

bool
genhash_is_wanted(int argc, char **argv)
{
	return (argc > 0 && strcmp(base_name(argv[0]), "genhash") == 0) ||
	       (argc > 1 && is_word(argv[1]));
}

static bool
parse_number(const char *s, unsigned long max, unsigned long *n)
{
	char *end;

	errno = 0;
	*n = strtoul(s, &end, 0);
	return s[0] >= '0' && s[0] <= '9' && *end == '\0' && errno == 0 &&
	       *n <= max;
}

static bool
parse_protocol(const char *s, enum http_protocol *p)
{
	static const struct {
		const char *word;
		enum http_protocol value;
	} words[] = {
		{"1.0", HTTP_PROTOCOL_1_0},   {"1.0c", HTTP_PROTOCOL_1_0c},
		{"1.0C", HTTP_PROTOCOL_1_0C}, {"1.1", HTTP_PROTOCOL_1_1},
		{"1.1c", HTTP_PROTOCOL_1_1c}, {"1.1C", HTTP_PROTOCOL_1_1C},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i].word) == 0) {
			*p = words[i].value;
			return true;
		}
	return false;
}

static bool
complain(const char *format, const char *word)
{
	(void)fprintf(stderr, "%s '%s'\n", format, word);
	return false;
}

static bool
take_server(struct order *o, const char *s)
{
	if (addr_parse(s, &o->want.server.addr) < 0) {
		(void)fprintf(stderr, "server should be an IP, not %s\n", s);
		return false;
	}
	o->has_server = true;
	return true;
}

/* Words that want a number. */
static bool
take_number(struct order *o, int letter, const char *s)
{
	unsigned long n;

	if (letter == 'p') {
		if (!parse_number(s, 65535, &n) || n == 0)
			return complain("invalid port number", s);
		o->want.server.port = (uint16_t)n;
	} else if (letter == 'm') {
		if (!parse_number(s, UINT32_MAX, &n))
			return complain("invalid fwmark", s);
		o->want.fwmark = (uint32_t)n;
	} else {
		if (!parse_number(s, TIMEOUT_MAX, &n) || n == 0)
			return complain("invalid timeout", s);
		o->want.timeout = SEC((nsec_t)n);
	}
	return true;
}

/* False: it was said what is wrong. */
static bool
take_option(struct order *o, int letter, const char *s)
{
	switch (letter) {
	case 'S':
		o->want.has_tls = true;
		return true;
	case 'I':
		o->want.has_sni = true;
		return true;
	case 's':
		return take_server(o, s);
	case 'p':
	case 'm':
	case 't':
		return take_number(o, letter, s);
	case 'u':
		o->url = s;
		return true;
	case 'V':
		o->virtualhost = s;
		return strlen(s) <= HOST_MAX ||
		       complain("virtualhost is too long", s);
	case 'v':
		o->is_verbose = true;
		return true;
	case 'P':
		return parse_protocol(s, &o->protocol) ||
		       complain("invalid HTTP protocol version", s);
	default:
		return false;
	}
}

static bool
parse(int argc, char **argv, struct order *o)
{
	static const struct option longs[] = {
		{"use-ssl", no_argument, NULL, 'S'},
		{"use-sni", no_argument, NULL, 'I'},
		{"server", required_argument, NULL, 's'},
		{"port", required_argument, NULL, 'p'},
		{"url", required_argument, NULL, 'u'},
		{"use-virtualhost", required_argument, NULL, 'V'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"fwmark", required_argument, NULL, 'm'},
		{"protocol", required_argument, NULL, 'P'},
		{"timeout", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	int letter;

	opterr = 0; /* keepalived's says nothing but how it is called */
	optind = 1;
	while ((letter = getopt_long(argc, argv, "SIs:p:u:V:vhm:P:t:", longs,
				     NULL)) != -1) {
		if (!take_option(o, letter, optarg)) {
			o->is_done = letter == 'h';
			return false;
		}
	}
	return optind == argc && o->has_server && o->want.server.port != 0 &&
	       o->url != NULL;
}

/* ---- the answer ---- */

static void
print_bytes(const struct buf *b)
{
	const uint8_t *s = (const uint8_t *)b->data;

	for (size_t at = 0; at < b->len; at += 16) {
		size_t n = b->len - at < 16 ? b->len - at : 16;
		char hex[64] = "", text[17] = "";
		int len = 0;

		for (size_t i = 0; i < n; i++) {
			uint8_t c = s[at + i];

			len += snprintf(hex + len, sizeof(hex) - (size_t)len,
					"%02x %s", c, i == 7 ? "- " : "");
			text[i] = (char)(c >= 32 && c < 127 ? c : '.');
		}
		if (n < 8)
			len += snprintf(hex + len, sizeof(hex) - (size_t)len,
					"%*s- ", (int)(3 * (8 - n)), "");
		printf("%04zu  %-50s  %-16s\n", at, hex, text);
	}
}

/* What came, and what of it is the page: with the chunks' lines, as keepalived
 * takes it. */
struct page {
	struct http_parser parser;
	struct buf head, body;
};

static bool
take(void *arg, const void *data, size_t len)
{
	struct page *p = arg;
	const char *s = data;
	struct http_slice slice;
	size_t n;

	while (len > 0 && !http_is_over(&p->parser)) {
		bool is_body = http_in_body(&p->parser);

		n = http_parse(&p->parser, s, len, &slice);
		buf_add(is_body ? &p->body : &p->head, s, n);
		s += n;
		len -= n;
	}
	return !http_is_over(&p->parser);
}

static void
print_page(const struct order *o, const struct page *p, nsec_t took)
{
	uint8_t digest[DIGEST_LEN];
	char text[DIGEST_STR_LEN];
	struct buf sum = {(char *)digest, sizeof(digest), sizeof(digest)};
	struct md5 md5;

	md5_init(&md5);
	md5_add(&md5, buf_str(&p->body), p->body.len);
	md5_end(&md5, digest);
	(void)md5_print(digest, text);
	if (!o->is_verbose) {
		printf("%s\n", text);
		return;
	}
	printf("-----------------------[    HTTP Header Buffer    ]"
	       "-----------------------\n");
	print_bytes(&p->head);
	printf("-----------------------[ HTTP Header Ascii Buffer ]"
	       "-----------------------\n%s\n",
	       buf_str(&p->head));
	printf("-----------------------[        HTML Buffer        ]"
	       "-----------------------\n");
	print_bytes(&p->body);
	printf("\n-----------------------[    HTML hash resulting    ]"
	       "-----------------------\n");
	print_bytes(&sum);
	printf("-----------------------[ HTML hash final resulting ]"
	       "-----------------------\n%s\n\n"
	       "Global response time for [%s] = %lld usecs\n",
	       text, o->url, (long long)(took / USEC(1)));
}

static int
fetch_page(struct order *o)
{
	struct page p = {.head = BUF_INIT, .body = BUF_INIT};
	struct buf request = BUF_INIT;
	monotime_t begin = monotime_now();
	const char *error;
	int status = 0;

	http_parser_init(&p.parser);
	http_request_add(&(struct http_request){.path = o->url,
						.agent = HTTP_USER_AGENT,
						.protocol = o->protocol,
						.host = o->virtualhost,
						.target = &o->want.server},
			 &request);
	o->want.request = &request;
	o->want.sni = o->want.has_sni ? o->virtualhost : NULL;
	error = fetch(&o->want, take, &p);
	if (error == NULL)
		http_parse_end(&p.parser);
	if (error == NULL && (p.parser.error == HTTP_ERROR_EMPTY ||
			      p.parser.error == HTTP_ERROR_STATUS_LINE))
		error = "no data received from remote webserver";
	else if (error == NULL && p.parser.error != HTTP_ERROR_NONE)
		error = http_error_text(p.parser.error);
	if (error == NULL)
		print_page(o, &p, monotime_sub(monotime_now(), begin));
	else
		status = 1;
	if (error != NULL)
		(void)fprintf(stderr, "%s\n", error);
	buf_fini(&p.head);
	buf_fini(&p.body);
	buf_fini(&request);
	return status;
}

int
genhash_run(int argc, char **argv)
{
	struct order o = {.want = {.timeout = TIMEOUT_DEFAULT}};
	bool is_word_given = argc > 1 && is_word(argv[1]);

	/* getopt() takes the word for the program's name. */
	if (!parse(argc - is_word_given, argv + is_word_given, &o)) {
		(void)fprintf(o.is_done ? stdout : stderr,
			      "Usage: %s%s COMMAND [OPTIONS]\n%s", argv[0],
			      is_word_given ? " --genhash" : "", usage);
		return o.is_done ? 0 : 1;
	}
	return fetch_page(&o);
}
