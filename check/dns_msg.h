/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * DNS messages as a check needs them (RFC 1035 section 4): one question out,
 * one answer judged.  Pure; what is in the records is nobody's business here.
 */
#ifndef DUUMVIR_CHECK_DNS_MSG_H
#define DUUMVIR_CHECK_DNS_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Header, the longest name, type and class. */
#define DNS_QUERY_MAX (12 + 255 + 4)
/* Room for "answer ends in record 65535 of 65535". */
#define DNS_TEXT_LEN 48

struct dns_question {
	uint16_t id, type; /* of the wire */
	const char *name;  /* labels with dots between; "." is the root */
};

enum dns_verdict {
	DNS_GOOD,      /* it answers this question, without an error */
	DNS_FOREIGN,   /* not an answer to this question: wait for another */
	DNS_ERROR,     /* it answers with an RCODE */
	DNS_MALFORMED, /* it answers, but with what nobody can read */
};

struct dns_answer {
	enum dns_verdict verdict;
	uint8_t rcode;		 /* with DNS_ERROR */
	char text[DNS_TEXT_LEN]; /* what a person would ask next, or "" */
};

/* The query with recursion desired; its length, or -EINVAL: no name that DNS
 * can carry, or too little room. */
ssize_t dns_query_encode(const struct dns_question *q, void *buf, size_t size);

/*
 * What a datagram says to this question.  Records are followed through to the
 * last one and names through their pointers, all within the message; a message
 * with TC may end anywhere.  An answer may leave the question out (a header
 * alone is how some servers say an error).  is_cut: the datagram was longer
 * than what is here.
 */
struct dns_answer dns_answer_judge(const struct dns_question *q,
				   const void *data, size_t len, bool is_cut);

#endif
