# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Who may speak: PASS and AH beside Debian's keepalived, auth_hmac between
two of ours, and whatever a stranger makes up or has recorded."""

import hashlib
import hmac
import os
import struct
import time

import pytest

import vrrp_conf as vc
from netlab import holds, until
from test_interop import both_ways, one_vip, start_pair, wait_owner
from wirefeed import Feed, send_once

AH = ("authentication {", "    auth_type AH", "    auth_pass secret", "}")
FAKE = "10.9.0.9"
KEY = bytes(range(32))
TRAILER = 28


# ---- AH ----
def ah(priority, lines=AH, **words):
    return vc.conf(vc.instance(priority=priority, version=2, advert=1,
                               lines=lines, **words))


def sequences(seen, src, since=0):
    return [struct.unpack("!I", p.payload[8:12])[0]
            for p in seen.select(lambda p: p.proto == 51 and p.src == src,
                                 since)]


@both_ways
def test_ah_with_keepalived(pair, director, capture, kinds):
    """Election, orderly stop, take-over after a crash, return."""
    a, b = pair
    seen = capture(b, "eth0")
    one, two = start_pair(pair, director, kinds, ah(150), ah(100))
    assert one.stop() == 0
    two.wait_state("VI_1", "MASTER")
    wait_owner(a, b, b)
    mark = two.log_mark()
    one.start()
    two.wait_state("VI_1", "BACKUP", since=mark, timeout=15)
    wait_owner(a, b, a)
    mark = two.log_mark()
    one.kill_all()
    a.run("ip addr del %s/32 dev eth0" % vc.VIP, check=False)
    two.wait_state("VI_1", "MASTER", since=mark)
    wait_owner(a, b, b)
    mark = two.log_mark()
    one.start()
    two.wait_state("VI_1", "BACKUP", since=mark, timeout=15)
    wait_owner(a, b, a)
    assert not seen.adverts()  # none without the header
    for src in ("10.9.0.1", "10.9.0.2"):
        heard = sequences(seen, src)
        assert heard == sorted(set(heard)), "sequence numbers of " + src


def test_ah_wrong_secret_and_replay(lab, director, capture):
    """Of keepalived's adverts with another secret, or recorded ones, none is
    followed."""
    a, b, x = lab.node("a"), lab.node("b"), lab.node("x")
    lab.plug(a, "eth0", "10.9.0.1/24")
    lab.plug(b, "eth0", "10.9.0.2/24")
    lab.plug(x, "eth0", FAKE + "/24")
    seen = capture(x, "eth0")
    one = director(a, ah(150), kind="keepalived")
    two = director(b, ah(100))
    two.wait_state("VI_1", "BACKUP")
    one.wait_state("VI_1", "MASTER")
    old = until(lambda: seen.select(
        lambda p: p.proto == 51 and p.src == "10.9.0.1"), 10, "an advert")
    one.stop()
    two.wait_state("VI_1", "MASTER")
    mark = two.log_mark()
    send_once(x, "eth0", old[0].frame)
    two.wait_log("AH sequence number already used", since=mark)
    wrong = [line.replace("secret", "public") for line in AH]
    director(a, ah(200, lines=wrong), kind="keepalived")
    two.wait_log("authentication failed", since=mark)
    assert "Entering" not in two.log()[mark:]
    assert b.has(vc.VIP)


def test_ah_unicast_with_keepalived(pair, director, capture):
    a, b = pair

    def text(priority, own, peer):
        return ah(priority, lines=list(AH) + [
            "unicast_src_ip " + own, "unicast_peer {", "    " + peer, "}"])

    start_pair(pair, director, ("keepalived", "duumvir"),
               text(150, "10.9.0.1", "10.9.0.2"),
               text(100, "10.9.0.2", "10.9.0.1"))


def test_ah_goes_on_after_the_engine_was_killed(pair, director, capture):
    """Whoever resumes must not sound like a replay of himself."""
    a, b = pair
    one, two = start_pair(pair, director, ("duumvir", "keepalived"),
                          ah(150), ah(100))
    mark = two.log_mark()
    first = one.kill_engine("vrrp")
    until(lambda: one.engine("vrrp") not in (None, first), 10, "a new engine")
    seen = capture(b, "eth0")
    until(lambda: len(sequences(seen, "10.9.0.1")) >= 5, 10, "adverts")
    assert "Entering" not in two.log()[mark:]
    assert one_vip(a, b, a)


# ---- auth_hmac ----
def signed(lines=(), mode="enforce", key="hex:" + KEY.hex(), **words):
    own = ["auth_hmac {", "    key 7 " + key, "    active_key 7",
           "    mode " + mode, "}"]
    words.setdefault("advert", 0.2)
    return vc.conf(vc.instance(lines=own + list(lines), **words))


def trailer(message, src, key=KEY, key_id=7, now=None, counter=0):
    """What a node with the key would append to the message."""
    now = time.time() if now is None else now
    head = struct.pack("!BBHIHH", 1, key_id, 0, int(now),
                       int(now % 1 * 65536), counter)
    pseudo = bytes([4, message[0] >> 4, message[1], 0]) + \
        vc._addr(src) + bytes(12)
    mac = hmac.new(key, pseudo + message[:6] + b"\0\0" + message[8:] + head +
                   bytes(16), hashlib.sha256).digest()[:16]
    return head + mac


def forged(src=FAKE, **words):
    plain = vc.message(src, priority=250, interval=0.2)
    return vc.frame(src, plain + trailer(plain, src, **words))


def is_signed(packet, by=KEY):
    """Does an advert carry a trailer that the key made?"""
    plain, tail = packet.payload[:-TRAILER], packet.payload[-TRAILER:]
    pseudo = bytes([6 if ":" in packet.src else 4, plain[0] >> 4, plain[1],
                    0]) + vc._addr(packet.src).ljust(16, b"\0")
    mac = hmac.new(by, pseudo + plain[:6] + b"\0\0" + plain[8:] + tail[:12] +
                   bytes(16), hashlib.sha256).digest()[:16]
    return mac == tail[12:]


@pytest.mark.parametrize("version,vips,advert", [
    (2, (vc.VIP,), 1), (3, (vc.VIP,), 0.2),
    (3, ("fe80::9:100", "2001:db8::100"), 0.2)], ids=["v2", "v3", "v3-ipv6"])
def test_hmac_pair(pair, director, capture, version, vips, advert):
    """Election, stop and return of two of ours; every advert is signed."""
    a, b = pair
    seen = capture(b, "eth0")

    def text(priority):
        return signed(priority=priority, version=version, vips=vips,
                      advert=advert)

    one = director(a, text(150))
    one.wait_state("VI_1", "MASTER")
    two = director(b, text(100))
    two.wait_state("VI_1", "BACKUP")
    until(lambda: len(seen.adverts(src=None)) > 10, 20, "adverts")
    assert "Entering MASTER" not in two.log()
    one.stop()
    two.wait_state("VI_1", "MASTER")
    mark = two.log_mark()
    one.start()
    two.wait_state("VI_1", "BACKUP", since=mark)
    adverts = [x.packet for x in seen.adverts()]
    assert adverts and all(is_signed(p) for p in adverts)
    stamps = [(p.src, p.payload[-24:-16]) for p in adverts]
    assert len(set(stamps)) == len(stamps)


@pytest.fixture
def guarded(lab, director, capture):
    """A master that demands signatures, and a stranger's node."""
    b, x = lab.node("b"), lab.node("x")
    lab.plug(b, "eth0", "10.9.0.2/24")
    lab.plug(x, "eth0", FAKE + "/24")
    seen = capture(x, "eth0")
    one = director(b, signed(priority=100))
    one.wait_state("VI_1", "MASTER")
    return one, x, seen


WRONG = {
    "missing": (lambda: vc.frame(FAKE, vc.message(FAKE, interval=0.2)),
                "not signed"),
    "malformed": (lambda: vc.frame(FAKE, vc.message(FAKE, interval=0.2) +
                                   bytes(TRAILER)), "malformed auth_hmac"),
    "key": (lambda: forged(key_id=8), "key id unknown"),
    "signature": (lambda: forged(key=bytes(32)), "signature is wrong"),
    "stale": (lambda: forged(now=time.time() - 60),
              "outside the window, its clock is (59|60|61) s behind ours"),
    "future": (lambda: forged(now=time.time() + 3600), "s ahead of ours"),
    "length": (lambda: vc.frame(FAKE, vc.message(FAKE, interval=0.2) +
                                bytes(TRAILER + 1)), "wrong length"),
}


@pytest.mark.parametrize("flaw", WRONG)
def test_hmac_stranger_is_not_followed(guarded, flaw):
    one, x, _ = guarded
    make, words = WRONG[flaw]
    mark = one.log_mark()
    with Feed(x, "eth0", make()) as feed:
        one.wait_log(words, since=mark)
        until(lambda: feed.sent > 60, 20, "adverts")
    assert "Entering" not in one.log()[mark:]
    assert len([line for line in one.log()[mark:].splitlines()
                if "discarded advert" in line]) < 10


def test_hmac_with_the_key_is_followed_once(guarded):
    """What the stranger may not, a key holder may; his words said again by
    another do not count."""
    one, x, _ = guarded
    mark = one.log_mark()
    frame = forged()
    send_once(x, "eth0", frame)
    one.wait_state("VI_1", "BACKUP", since=mark)
    mark = one.log_mark()
    with Feed(x, "eth0", frame):
        one.wait_log("sequence already used", since=mark)
        one.wait_state("VI_1", "MASTER", since=mark)  # his time is over


def test_hmac_recorded_adverts_of_the_other_director(lab, director, capture):
    """The old master's own adverts, played when it is gone."""
    a, b, x = lab.node("a"), lab.node("b"), lab.node("x")
    lab.plug(a, "eth0", "10.9.0.1/24")
    lab.plug(b, "eth0", "10.9.0.2/24")
    lab.plug(x, "eth0", FAKE + "/24")
    seen = capture(x, "eth0")
    one = director(a, signed(priority=150))
    one.wait_state("VI_1", "MASTER")
    two = director(b, signed(priority=100))
    two.wait_state("VI_1", "BACKUP")
    until(lambda: len(seen.adverts(src="10.9.0.1")) > 10, 10, "adverts")
    old = [p.packet.frame for p in seen.adverts(src="10.9.0.1")]
    one.kill_all()
    with Feed(x, "eth0", old[-1]):
        two.wait_state("VI_1", "MASTER")
        holds(lambda: b.has(vc.VIP), 1, "the address")
    for frame in old:
        send_once(x, "eth0", frame)
    two.wait_log("sequence already used")
    holds(lambda: b.has(vc.VIP), 0.5, "the address")


def test_hmac_without_keyword_drops_by_length(lab, director, capture):
    b, x = lab.node("b"), lab.node("x")
    lab.plug(b, "eth0", "10.9.0.2/24")
    lab.plug(x, "eth0", FAKE + "/24")
    one = director(b, vc.conf(vc.instance(advert=0.2)))
    one.wait_state("VI_1", "MASTER")
    send_once(x, "eth0", forged())
    one.wait_log("wrong length")
    holds(lambda: b.has(vc.VIP), 0.5, "the address")


def test_hmac_roll_out_one_by_one(pair, director, capture):
    """From nothing to enforce without a flap: receive-only, permissive,
    enforce, on one node after the other."""
    a, b = pair
    texts = [vc.conf(vc.instance(priority=p, advert=0.2)) for p in (150, 100)]
    one, two = director(a, texts[0]), director(b, texts[1])
    one.wait_state("VI_1", "MASTER")
    two.wait_state("VI_1", "BACKUP")
    wait_owner(a, b, a)
    marks = one.log_mark(), two.log_mark()
    seen = capture(b, "eth0")
    for mode in ("receive-only", "permissive", "enforce"):
        for d, priority in ((two, 100), (one, 150)):
            at = d.log_mark()
            d.write(signed(priority=priority, mode=mode))
            d.reload()
            d.wait_log("[Rr]eload", since=at)
            mark = seen.mark()
            until(lambda: len(seen.adverts(src="10.9.0.1",
                                           since=mark)) > 8, 10, "adverts")
    assert is_signed(seen.adverts()[-1].packet)
    for d, mark in zip((one, two), marks):
        assert "Entering" not in d.log()[mark:]
    assert not seen.adverts(src="10.9.0.2")


def test_hmac_key_in_a_file(pair, director, capture):
    """Read by root's supervisor, in force in an engine that is not root;
    nobody is shown it; a change of the file alone is taken by a reload."""
    a, b = pair
    path = os.path.join(a.lab.dir, "hmac.key")

    def put(key):
        with open(path, "w") as f:
            f.write("hex:%s\n" % key.hex())
        os.chmod(path, 0o400)

    put(KEY)
    seen = capture(a, "eth0")
    one = director(a, signed(key="file:" + path), options=["-d"])
    one.wait_state("VI_1", "MASTER")
    assert is_signed(seen.wait_advert(5).packet)
    other = bytes(range(32, 64))
    put(other)
    one.reload()
    until(lambda: is_signed(seen.adverts()[-1].packet, other), 10,
          "adverts with the new key")
    assert KEY.hex() not in one.log() and other.hex() not in one.log()
    os.chmod(path, 0o644)
    result = one.check_config()
    assert result.returncode == 6
    assert "accessible by group or others" in result.stdout + result.stderr
