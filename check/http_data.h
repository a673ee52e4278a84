/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What an HTTP_GET or SSL_GET keeps: a copy of its configuration, made once
 * for all servers that are asked the same, with the requests as they will be
 * sent (but for a Host that is the server's address), and where it is among
 * its urls.
 */
#ifndef DUUMVIR_CHECK_HTTP_DATA_H
#define DUUMVIR_CHECK_HTTP_DATA_H

#include "check/digest.h"
#include "check/stream.h"

struct answer;
struct regex;
struct tls_param;

struct url {
	char *request; /* without a host: ends with "Host: " */
	uint32_t request_len;
	uint16_t path_len; /* of the request, behind "GET " */
	uint16_t host_len; /* before its empty line */
	bool has_host;	   /* else it is the target's address */
	bool has_digest, no_match;
	uint8_t digest[DIGEST_LEN];
	uint64_t status_code[10];
	char *sni; /* NULL: none is sent */
	bool tls_compliant;
	struct regex *regex;
	uint64_t regex_min, regex_max, regex_memory;
};

/* Shared. */
struct http_common {
	struct tls_param *tls; /* NULL: none */
	bool fast_recovery;
	uint16_t n_urls;
	struct url url[];
};

/* Of one probe. */
struct http {
	struct stream stream;
	struct answer *answer; /* while an attempt is under way */
	bool is_round;	       /* all urls are asked in a row, from the first */
	uint16_t at, n_passed;
	uint64_t n_failed; /* attempts, when this one was begun */
};

/* checker_ops. */
void http_key(const struct checker_conf *checker, struct buf *key);
void *http_data_new(const struct checker_conf *checker);
void http_data_free(void *data);
void *http_common_new(const struct checker_conf *checker);
void http_common_free(void *common);

#endif
