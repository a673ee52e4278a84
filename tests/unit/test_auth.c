/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Authentication of adverts: the RFCs' vectors of the hashes, the vectors of
 * auth_hmac, an AH advert as keepalived 2.2.7 sends it; every bit of them
 * counts, and no order of adverts lets one in twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "vrrp/ah.h"
#include "vrrp/hmac.h"

#define WALL SEC(0x6b00ca37) /* of the vectors */

static size_t
unhex(const char *hex, uint8_t *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		const char *d = strchr(digits, *hex);

		if (d == NULL)
			continue;
		assert_true(n / 2 < size);
		out[n / 2] = (uint8_t)(out[n / 2] << 4 | (d - digits));
		n++;
	}
	return n / 2;
}

/* ---- hashes ---- */

static void
mac_is(enum auth_alg alg, const char *key, const char *text, const char *mac)
{
	uint8_t k[64], want[AUTH_MAC_MAX], got[AUTH_MAC_MAX];
	struct auth_key h;
	size_t len = unhex(mac, want, sizeof(want));
	/* in two parts, as everything can be cut anywhere */
	struct auth_part part[] = {{text, 3}, {text + 3, strlen(text) - 3}};

	auth_key_init(&h, alg, k, unhex(key, k, sizeof(k)));
	for (int i = 0; i < 2; i++) { /* a key is not used up */
		auth_mac(&h, part, 2, got, len);
		assert_memory_equal(got, want, len);
	}
	auth_key_fini(&h);
}

static void
hashes_have_the_vectors_of_the_rfcs(void **state)
{
	(void)state;
	/* RFC 4231 §4.2 and §4.3, RFC 2202 §2 */
	mac_is(AUTH_HMAC_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	       "Hi There",
	       "b0344c61d8db38535ca8afceaf0bf12b"
	       "881dc200c9833da726e9376c2e32cff7");
	mac_is(AUTH_HMAC_SHA256, "4a656665", "what do ya want for nothing?",
	       "5bdcc146bf60754e6a042426089575c7"
	       "5a003f089d2739839dec58b964ec3843");
	mac_is(AUTH_HMAC_MD5, "4a656665", "what do ya want for nothing?",
	       "750c783e6ab0b503eaa86e310a5db738");
	mac_is(AUTH_HMAC_MD5, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	       "9294727a3638bb1c13f48ef8158bfc9d");
}

/* ---- the vectors of auth_hmac ---- */

struct vector {
	const char *ip; /* whole packet, hex */
	uint8_t version, vrid, key_id;
	const char *src, *dst; /* IPv6 */
};

static const struct vector vectors[] = {
	{"45c000440002 0000ff701874c0000201e0000012 2133c80100015465c0000264 "
	 "0000000000000000 01010000 6b00ca37 2c0a0000 "
	 "842697a25ed4f9e8d0059bc30edd4f02",
	 2, 51, 1, NULL, NULL},
	{"45c0003c0002 0000ff70187cc0000201e0000012 3134c8010064a16fc0000265 "
	 "01070000 6b00ca37 32830000 79660b6d6d6db42172c531fde65ac0f6",
	 3, 52, 7, NULL, NULL},
	{"6c023da7004470ff fe800000000000000000000000000001 "
	 "ff020000000000000000000000000012 3135c8020064297a "
	 "fe800000000000000000000000000053 20010db8000000000000000000000053 "
	 "01010000 6b00ca37 304e0000 4c1b34043784a508cfa9537765ed657c",
	 3, 53, 1, "fe80::1", "ff02::12"},
};

static struct auth_hmac_conf
hmac_conf(uint8_t key_id, struct auth_hmac_key_conf *k)
{
	struct auth_hmac_conf c = {
		.on = true,
		.active_key = key_id,
		.time_window = 5,
	};

	*k = (struct auth_hmac_key_conf){.id = key_id, .len = 32};
	for (uint8_t i = 0; i < 32; i++)
		k->key[i] = i;
	return c;
}

static struct vrrp_hmac *
hmac_new(uint8_t key_id, enum auth_hmac_replay replay, enum auth_hmac_mode mode)
{
	struct auth_hmac_key_conf k;
	struct auth_hmac_conf c = hmac_conf(key_id, &k);
	struct conf_list none = STAILQ_HEAD_INITIALIZER(none);

	STAILQ_INIT(&c.key);
	STAILQ_INSERT_TAIL(&c.key, &k.obj, link);
	c.anti_replay = replay;
	c.mode = mode;
	return vrrp_hmac_new(&c, &none, NULL);
}

/* All checks, as receive.c has them. */
static enum vrrp_discard
take(const struct vector *v, const uint8_t *data, size_t len,
     struct vrrp_hmac *h, nsec_t wall)
{
	struct vrrp_want w = {
		.family = v->src != NULL ? AF_INET6 : AF_INET,
		.version = v->version,
		.vrid = v->vrid,
		.min_hops = 255,
		.max_hops = 255,
		.sums = VRRP_SUM_ANY,
		.interval = SEC(1),
		.may_trail = true,
		.n_addrs = 1,
	};
	struct vrrp_origin o = {.ifindex = 2};
	struct vrrp_packet p;
	const uint8_t *msg = data + 40;
	size_t msg_len = len - 40;
	enum vrrp_discard why = VRRP_DISCARD_ACCEPT;

	if (v->src == NULL) {
		why = vrrp_ipv4_split(data, len, &o, &msg, &msg_len);
	} else {
		assert_int_equal(addr_parse(v->src, &o.src), 0);
		assert_int_equal(addr_parse(v->dst, &o.dst), 0);
		o.hops = 255;
	}
	if (why == VRRP_DISCARD_ACCEPT)
		why = vrrp_packet_accept(msg, msg_len, &o, &w, &p);
	if (why == VRRP_DISCARD_ACCEPT)
		why = vrrp_hmac_verify(
			h, &(struct vrrp_signed){&o.src, msg, p.len}, p.trailer,
			wall);
	return why;
}

static void
hmac_vectors_are_accepted(void **state)
{
	uint8_t data[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		size_t len = unhex(v->ip, data, sizeof(data));
		struct vrrp_hmac *h =
			hmac_new(v->key_id, AUTH_HMAC_TIME, AUTH_HMAC_ENFORCE);

		assert_int_equal(take(v, data, len, h, WALL), 0);
		assert_int_equal(take(v, data, len, h, WALL),
				 VRRP_DISCARD_HMAC_REPLAY);
		vrrp_hmac_free(h);
	}
}

/* Signing the same message at the same time gives the same bytes. */
static void
hmac_vectors_are_made(void **state)
{
	uint8_t data[128], trailer[VRRP_TRAILER_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		size_t len = unhex(v->ip, data, sizeof(data));
		size_t head = v->src != NULL ? 40 : 20;
		const uint8_t *sent = data + len - VRRP_TRAILER_LEN;
		struct vrrp_trailer t;
		struct vrrp_hmac *h =
			hmac_new(v->key_id, AUTH_HMAC_TIME, AUTH_HMAC_ENFORCE);
		struct addr src;
		struct vrrp_signed what = {&src, data + head,
					   len - head - VRRP_TRAILER_LEN};

		assert_int_equal(
			addr_parse(v->src != NULL ? v->src : "192.0.2.1", &src),
			0);
		assert_true(vrrp_trailer_decode(sent, &t));
		vrrp_trailer_encode(trailer, v->key_id, t.seq,
				    &h->key[v->key_id], &what);
		assert_memory_equal(trailer, sent, VRRP_TRAILER_LEN);
		vrrp_hmac_free(h);
	}
}

static bool
is_vector(const struct vector *v, const uint8_t *data, size_t len)
{
	struct vrrp_hmac *h =
		hmac_new(v->key_id, AUTH_HMAC_TIME, AUTH_HMAC_ENFORCE);
	bool is = take(v, data, len, h, WALL) == VRRP_DISCARD_ACCEPT;

	assert_int_equal(h->ticks, is); /* a mark only for what passed */
	vrrp_hmac_free(h);
	return is;
}

/* From the VRRP header to the last byte, checksum included; of the IP header
 * the source counts. */
static void
every_bit_of_a_signed_advert_counts(void **state)
{
	uint8_t data[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		size_t len = unhex(v->ip, data, sizeof(data));

		for (size_t bit = (v->src != NULL ? 40 : 20) * 8; bit < len * 8;
		     bit++) {
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(is_vector(v, data, len));
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_true(is_vector(v, data, len));
	}
}

static void
no_other_length_is_signed(void **state)
{
	static uint8_t data[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		size_t len = unhex(v->ip, data, sizeof(data));

		for (size_t n = v->src != NULL ? 40 : 0; n < len + 40; n++) {
			if (v->src == NULL) {
				data[2] = (uint8_t)(n >> 8);
				data[3] = (uint8_t)n;
			}
			/* a copy, so that a read over the end is seen */
			uint8_t *copy = xcalloc(1, n + 1);

			memcpy(copy, data, n < sizeof(data) ? n : 0);
			assert_int_equal(is_vector(v, copy, n), n == len);
			free(copy);
		}
	}
}

/* ---- reasons and modes ---- */

static const char src_text[] = "192.0.2.1";

struct sample {
	struct addr src;
	uint8_t msg[12], trailer[VRRP_TRAILER_LEN];
	struct vrrp_signed what;
};

static void
sample_init(struct sample *s)
{
	static const uint8_t msg[] = {0x31, 52, 200, 1, 0, 100,
				      0,    0,	192, 0, 2, 101};

	memcpy(s->msg, msg, sizeof(msg));
	assert_int_equal(addr_parse(src_text, &s->src), 0);
	s->what = (struct vrrp_signed){&s->src, s->msg, sizeof(s->msg)};
}

static void
sample_sign(struct sample *s, const struct vrrp_hmac *h, uint64_t seq)
{
	vrrp_trailer_encode(s->trailer, h->active, seq, &h->key[h->active],
			    &s->what);
}

static void
reasons_are_told_apart(void **state)
{
	struct vrrp_hmac *h = hmac_new(3, AUTH_HMAC_TIME, AUTH_HMAC_ENFORCE);
	uint64_t seq = vrrp_seq_of(WALL);
	struct sample s;

	(void)state;
	sample_init(&s);
	assert_int_equal(vrrp_hmac_verify(h, &s.what, NULL, WALL),
			 VRRP_DISCARD_HMAC_MISSING);
	sample_sign(&s, h, seq);
	s.trailer[0] = 2;
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
			 VRRP_DISCARD_HMAC_MALFORMED);
	s.trailer[0] = 1;
	s.trailer[3] = 1;
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
			 VRRP_DISCARD_HMAC_MALFORMED);
	s.trailer[3] = 0;
	s.trailer[1] = 4;
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
			 VRRP_DISCARD_HMAC_KEY);
	s.trailer[1] = 255;
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
			 VRRP_DISCARD_HMAC_KEY);
	s.trailer[1] = 3;
	s.trailer[27] ^= 1;
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
			 VRRP_DISCARD_HMAC_BAD);
	s.trailer[27] ^= 1;
	/* stale comes before all that costs: with a wrong signature, too */
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL + SEC(6)),
			 VRRP_DISCARD_HMAC_STALE);
	assert_int_equal(h->skew, -SEC(6));
	s.trailer[27] ^= 1;
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL - SEC(6)),
			 VRRP_DISCARD_HMAC_STALE);
	assert_int_equal(h->skew, SEC(6));
	s.trailer[27] ^= 1;
	assert_int_equal(h->ticks, 0);
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL + SEC(5)),
			 VRRP_DISCARD_ACCEPT);
	assert_true(vrrp_hmac_is_skewed(h));
	assert_int_equal(h->ticks, 1);
	vrrp_hmac_free(h);
}

static void
modes_differ_for_the_unsigned_only(void **state)
{
	static const enum auth_hmac_mode soft[] = {AUTH_HMAC_PERMISSIVE,
						   AUTH_HMAC_RECEIVE_ONLY};
	struct sample s;

	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < ARRAY_LEN(soft); i++) {
		struct vrrp_hmac *h = hmac_new(1, AUTH_HMAC_TIME, soft[i]);

		assert_int_equal(vrrp_hmac_verify(h, &s.what, NULL, WALL), 0);
		sample_sign(&s, h, vrrp_seq_of(WALL));
		s.trailer[20] ^= 1;
		assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
				 VRRP_DISCARD_HMAC_BAD);
		assert_int_equal(vrrp_hmac_signs(h),
				 soft[i] == AUTH_HMAC_PERMISSIVE);
		vrrp_hmac_free(h);
	}
	assert_false(vrrp_hmac_signs(NULL));
}

/* ---- sequences ---- */

static void
sequence_follows_the_clock(void **state)
{
	uint64_t now = vrrp_seq_of(WALL), last;

	(void)state;
	assert_int_equal(vrrp_seq_next(0, WALL, SEC(5)), now);
	assert_int_equal(now, 0x6b00ca3700000000);
	assert_int_equal(vrrp_seq_of(WALL + MSEC(500)), now + 0x80000000);
	assert_int_equal(vrrp_seq_next(now, WALL, SEC(5)), now + 1);
	/* so many within one time stamp that the counter is full */
	assert_int_equal(vrrp_seq_next(now + 0xffff, WALL, SEC(5)),
			 now + 0x10000);
	/* set back a little: goes on; by more than the window: starts anew,
	 * unless the sequence must grow for ever */
	last = vrrp_seq_of(WALL + SEC(5));
	assert_int_equal(vrrp_seq_next(last, WALL, SEC(5)), last + 1);
	last = vrrp_seq_of(WALL + SEC(6));
	assert_int_equal(vrrp_seq_next(last, WALL, SEC(5)), now);
	assert_int_equal(vrrp_seq_next(last, WALL, 0), last + 1);
	/* set forward: follows */
	assert_int_equal(vrrp_seq_next(now, WALL + SEC(86400 * 366), SEC(5)),
			 vrrp_seq_of(WALL + SEC(86400 * 366)));
}

static void
sequence_wraps_like_rfc_1982(void **state)
{
	nsec_t end = SEC(0x100000000); /* the year 2106 */

	(void)state;
	assert_true(vrrp_seq_is_after(1, 0));
	assert_false(vrrp_seq_is_after(0, 0));
	assert_true(vrrp_seq_is_after(0, UINT64_MAX));
	assert_false(vrrp_seq_is_after(UINT64_MAX, 0));
	assert_true(vrrp_seq_is_after(vrrp_seq_of(end), vrrp_seq_of(end - 1)));
	assert_int_equal(vrrp_seq_ahead(vrrp_seq_of(end), end - SEC(3)),
			 SEC(3));
	assert_int_equal(vrrp_seq_ahead(vrrp_seq_of(end - SEC(3)), end),
			 -SEC(3));
}

/* Wall time a year on or back: old marks do not lock the sender out in time
 * mode; in monotonic mode they do, as promised. */
static void
a_set_clock_forgets_marks_in_time_mode_only(void **state)
{
	const nsec_t year = SEC(86400 * 366);
	struct sample s;

	(void)state;
	sample_init(&s);
	for (int monotonic = 0; monotonic < 2; monotonic++) {
		struct vrrp_hmac *h = hmac_new(
			1, monotonic ? AUTH_HMAC_MONOTONIC : AUTH_HMAC_TIME,
			AUTH_HMAC_ENFORCE);

		sample_sign(&s, h, vrrp_seq_of(WALL + year));
		assert_int_equal(
			vrrp_hmac_verify(h, &s.what, s.trailer, WALL + year),
			0);
		sample_sign(&s, h, vrrp_seq_of(WALL));
		assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
				 monotonic ? VRRP_DISCARD_HMAC_REPLAY
					   : VRRP_DISCARD_ACCEPT);
		vrrp_hmac_free(h);
	}
}

/* ---- senders ---- */

static void
strangers_push_out_the_oldest_and_never_a_peer(void **state)
{
	struct unicast_peer_conf peer = {.max_ttl = 255};
	struct auth_hmac_key_conf k;
	struct auth_hmac_conf c = hmac_conf(1, &k);
	struct conf_list peers = STAILQ_HEAD_INITIALIZER(peers);
	uint64_t seq = vrrp_seq_of(WALL);
	struct vrrp_hmac *h, *next;
	struct sample s;

	(void)state;
	sample_init(&s);
	STAILQ_INIT(&c.key);
	STAILQ_INSERT_TAIL(&c.key, &k.obj, link);
	peer.addr = s.src;
	STAILQ_INSERT_TAIL(&peers, &peer.obj, link);
	h = vrrp_hmac_new(&c, &peers, NULL);
	sample_sign(&s, h, seq);
	assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL), 0);
	for (uint8_t i = 10; i < 10 + VRRP_HMAC_SENDERS + 4; i++) {
		s.src.bytes[3] = i;
		sample_sign(&s, h, seq);
		assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
				 0);
		assert_int_equal(vrrp_hmac_verify(h, &s.what, s.trailer, WALL),
				 VRRP_DISCARD_HMAC_REPLAY);
	}
	/* a reload keeps what is known, of all that are remembered */
	next = vrrp_hmac_new(&c, &peers, h);
	vrrp_hmac_free(h);
	for (uint8_t i = 14; i < 10 + VRRP_HMAC_SENDERS + 4; i++) {
		s.src.bytes[3] = i;
		sample_sign(&s, next, seq);
		assert_int_equal(
			vrrp_hmac_verify(next, &s.what, s.trailer, WALL),
			VRRP_DISCARD_HMAC_REPLAY);
	}
	s.src = peer.addr;
	sample_sign(&s, next, seq);
	assert_int_equal(vrrp_hmac_verify(next, &s.what, s.trailer, WALL),
			 VRRP_DISCARD_HMAC_REPLAY);
	vrrp_hmac_free(next);
}

/* ---- AH ---- */

/* keepalived 2.2.7, auth_pass "secret", sequence 1 and 2 */
static const char ah_1[] =
	"45c0004400010000ff33d0a90a090001e0000012 700400000a090001 00000001"
	"21132a59b416a2dc57aef21d 21336402020163ee0a0900640a090065"
	"0000000000000000";
static const char ah_2[] =
	"45c0004400020000ff33d0a80a090001e0000012 700400000a090001 00000002"
	"1d50792058742b743dc52317 21336402020163ee0a0900640a090065"
	"0000000000000000";

static enum vrrp_discard
take_ah(const uint8_t *data, size_t len, const char *pass, uint32_t *last)
{
	static const uint8_t list[] = {10, 9, 0, 100, 10, 9, 0, 101};
	struct vrrp_want w = {
		.family = AF_INET,
		.version = 2,
		.vrid = 51,
		.min_hops = 255,
		.max_hops = 255,
		.auth_type = VRRP_AUTH_AH_WIRE,
		.sums = VRRP_SUM_ANY,
		.interval = SEC(1),
		.check_list = true,
		.n_addrs = 2,
		.addrs = list,
	};
	struct vrrp_origin o = {.ifindex = 2};
	struct auth_key key;
	struct vrrp_packet p;
	const uint8_t *msg;
	size_t msg_len;
	enum vrrp_discard why = vrrp_ipv4_split(data, len, &o, &msg, &msg_len);

	auth_key_init(&key, AUTH_HMAC_MD5, pass, strlen(pass));
	if (why == VRRP_DISCARD_ACCEPT)
		why = vrrp_packet_accept(msg, msg_len, &o, &w, &p);
	if (why == VRRP_DISCARD_ACCEPT)
		why = vrrp_ah_verify(&o, &key, last);
	return why;
}

static void
ah_of_keepalived_is_understood(void **state)
{
	uint8_t one[128], two[128];
	size_t len = unhex(ah_1, one, sizeof(one));
	uint32_t last = 0;

	(void)state;
	assert_int_equal(unhex(ah_2, two, sizeof(two)), len);
	assert_int_equal(take_ah(one, len, "secret", &last), 0);
	assert_int_equal(last, 1);
	assert_int_equal(take_ah(one, len, "secret", &last),
			 VRRP_DISCARD_AH_REPLAY);
	assert_int_equal(take_ah(two, len, "wrong", &last),
			 VRRP_DISCARD_AUTH_FAILURE);
	assert_int_equal(last, 1);
	assert_int_equal(take_ah(two, len, "secret", &last), 0);
	assert_int_equal(take_ah(one, len, "secret", &last),
			 VRRP_DISCARD_AH_REPLAY);
	last = UINT32_MAX; /* the number wraps */
	assert_int_equal(take_ah(one, len, "secret", &last), 0);
}

/* All but TOS, fragment bits and checksum, which routers and kernels change,
 * and what the split ignores: AH's reserved word. */
static void
every_bit_behind_ah_counts(void **state)
{
	uint8_t data[128];
	size_t len = unhex(ah_1, data, sizeof(data));

	(void)state;
	for (size_t bit = 0; bit < len * 8; bit++) {
		size_t at = bit / 8;
		bool is_mutable = at == 1 || at == 10 || at == 11 ||
				  (at == 6 && (1 << bit % 8 & 0xc0));
		uint32_t last = 0;

		data[at] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(take_ah(data, len, "secret", &last) == 0,
				 is_mutable);
		data[at] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = xcalloc(1, n + 1);
		uint32_t last = 0;

		memcpy(copy, data, n);
		if (n >= 4) {
			copy[2] = 0;
			copy[3] = (uint8_t)n;
		}
		assert_int_not_equal(take_ah(copy, n, "secret", &last), 0);
		free(copy);
	}
}

/* What we make at the same point is the same to the last bit, but for what
 * the kernel fills. */
static void
ah_is_made_as_keepalived_does(void **state)
{
	static const uint8_t list[] = {10, 9, 0, 100, 10, 9, 0, 101};
	struct vrrp_advert a = {
		.family = AF_INET,
		.version = 2,
		.vrid = 51,
		.priority = 100,
		.auth_type = VRRP_AUTH_AH_WIRE,
		.interval = SEC(1),
		.n_addrs = 2,
		.addrs = list,
		.hops = 255,
	};
	uint8_t want[128], got[128];
	struct auth_key key;
	size_t len;

	(void)state;
	assert_int_equal(addr_parse("10.9.0.1", &a.src), 0);
	assert_int_equal(addr_parse("224.0.0.18", &a.dst), 0);
	auth_key_init(&key, AUTH_HMAC_MD5, "secret\0\0", 8);
	assert_int_equal(vrrp_packet_encode_ipv4(&a, got, sizeof(got), &len),
			 0);
	vrrp_ah_seal(got, len, 1, &key);
	assert_int_equal(unhex(ah_1, want, sizeof(want)), len);
	want[10] = want[11] = 0; /* IP checksum: the kernel's */
	assert_memory_equal(got, want, len);
	vrrp_ah_seal(got, len, 0x10000, &key);
	assert_int_equal(got[4] << 8 | got[5], 1); /* never 0 */
}

/* Plain and AH are not mistaken for each other. */
static void
ah_is_demanded_and_only_then_taken(void **state)
{
	uint8_t data[128];
	size_t len = unhex(ah_1, data, sizeof(data));
	struct vrrp_want w = {.family = AF_INET,
			      .version = 2,
			      .vrid = 51,
			      .max_hops = 255,
			      .interval = SEC(1),
			      .n_addrs = 2};
	struct vrrp_origin o = {.hops = 255}, plain = {.hops = 255};
	struct vrrp_packet p;
	const uint8_t *msg;
	size_t msg_len;

	(void)state;
	assert_int_equal(vrrp_ipv4_split(data, len, &o, &msg, &msg_len), 0);
	plain.src = o.src;
	plain.dst = o.dst;
	assert_int_equal(vrrp_packet_accept(msg, msg_len, &o, &w, &p),
			 VRRP_DISCARD_AUTH_TYPE);
	w.auth_type = VRRP_AUTH_AH_WIRE;
	assert_int_equal(vrrp_packet_accept(msg, msg_len, &plain, &w, &p),
			 VRRP_DISCARD_AUTH_TYPE);
	assert_int_equal(vrrp_packet_accept(msg, msg_len, &o, &w, &p), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_have_the_vectors_of_the_rfcs),
		cmocka_unit_test(hmac_vectors_are_accepted),
		cmocka_unit_test(hmac_vectors_are_made),
		cmocka_unit_test(every_bit_of_a_signed_advert_counts),
		cmocka_unit_test(no_other_length_is_signed),
		cmocka_unit_test(reasons_are_told_apart),
		cmocka_unit_test(modes_differ_for_the_unsigned_only),
		cmocka_unit_test(sequence_follows_the_clock),
		cmocka_unit_test(sequence_wraps_like_rfc_1982),
		cmocka_unit_test(a_set_clock_forgets_marks_in_time_mode_only),
		cmocka_unit_test(
			strangers_push_out_the_oldest_and_never_a_peer),
		cmocka_unit_test(ah_of_keepalived_is_understood),
		cmocka_unit_test(every_bit_behind_ah_counts),
		cmocka_unit_test(ah_is_made_as_keepalived_does),
		cmocka_unit_test(ah_is_demanded_and_only_then_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
