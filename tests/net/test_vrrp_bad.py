# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Adverts that must move nothing: malformed, foreign, looped, replayed.

Each test first shows that the same advert without its one flaw is followed,
then that with it neither a backup's nor a master's timer moves."""

import pytest

import vrrp_conf as vc
from netlab import until
from wirefeed import Feed, send_once

FAKE = "10.9.0.9"
BAD_3 = {
    "ttl": ({}, {"ttl": 254}),
    "version-2": ({"version": 2, "interval": 1}, {}),
    "version-4": ({"version": 4}, {}),
    "type": ({"kind": 2}, {}),
    "checksum": ({"flip_sum": True}, {}),
    "other-vrid": ({"vrid": 52}, {}),
    "short": ({"cut": 1}, {}),
    "header-only": ({"vips": (), "count": 1}, {}),
    "cut-to-nothing": ({"cut": 12}, {}),
    "count-0": ({"vips": ()}, {}),
    "count-too-big": ({"count": 9}, {}),
    "interval-0": ({"interval": 0}, {}),
}
BAD_2 = {
    "password": {"auth": b"wrong\0\0\0"},
    "no-auth": {"auth": None},
    "interval": {"auth": b"secret\0\0", "interval": 3},
}


def craft(message=(), frame=()):
    return vc.frame(FAKE, vc.message(FAKE, **dict(message)), **dict(frame))


@pytest.fixture
def scene(lab):
    """One director's node and one node x that sends made-up adverts."""
    b, x = lab.node("b"), lab.node("x")
    lab.plug(b, "eth0", "10.9.0.2/24")
    lab.plug(x, "eth0", FAKE + "/24")
    return b, x


@pytest.mark.parametrize("flaw", BAD_3)
def test_flawed_advert_moves_no_timer(scene, director, capture, flaw):
    b, x = scene
    message, frame = BAD_3[flaw]
    seen = capture(x, "eth0")
    with Feed(x, "eth0", craft()) as good:
        one = director(b, vc.conf(vc.instance(priority=100)))
        one.wait_state("VI_1", "BACKUP")
        # 1.2 s of good adverts at least, three times the down interval.
        begin = good.sent
        until(lambda: good.sent > begin + 60, 20, "good adverts")
        assert "Entering MASTER" not in one.log()
    with Feed(x, "eth0", craft(message, frame)):
        one.wait_state("VI_1", "MASTER")
        mark = seen.mark()
        until(lambda: len(seen.adverts(src="10.9.0.2", since=mark)) >= 15,
              10, "adverts of the master")
        assert b.has(vc.VIP)
        assert one.log().count("Entering BACKUP") == 1


@pytest.mark.parametrize("flaw", BAD_2)
def test_flawed_version_2_advert_moves_no_timer(scene, director, flaw):
    b, x = scene
    text = vc.conf(vc.instance(priority=100, version=2, advert=1,
                               lines=vc.PASS))
    good = {"version": 2, "interval": 1, "auth": b"secret\0\0"}
    with Feed(x, "eth0", craft(good), every=0.1) as feed:
        one = director(b, text)
        one.wait_state("VI_1", "BACKUP")
        begin = feed.sent
        until(lambda: feed.sent > begin + 40, 30, "good adverts")
        assert "Entering MASTER" not in one.log()
    with Feed(x, "eth0", craft({**good, **BAD_2[flaw]}), every=0.1):
        one.wait_state("VI_1", "MASTER", timeout=15)
        one.wait_log("discarded|auth|interval")
        assert b.has(vc.VIP)


def test_discards_are_logged_at_a_limited_rate(scene, director):
    b, x = scene
    one = director(b, vc.conf(vc.instance(priority=100)))
    one.wait_state("VI_1", "MASTER")
    mark = one.log_mark()
    send_once(x, "eth0", craft({"flip_sum": True}), times=2000)
    one.wait_log("(?i)checksum", since=mark)
    send_once(x, "eth0", craft({"flip_sum": True}), times=2000)
    until(lambda: one.running(), 1)
    assert len(one.log()[mark:].splitlines()) < 40
    assert one.log().count("Entering BACKUP") <= 1


def test_own_adverts_looped_back(scene, director, capture):
    """A switch that reflects our own adverts: nothing changes."""
    b, x = scene
    seen = capture(x, "eth0")
    one = director(b, vc.conf(vc.instance(priority=100)))
    one.wait_state("VI_1", "MASTER")
    frame = seen.wait_advert(5, src="10.9.0.2").packet.frame
    mark, log = seen.mark(), one.log_mark()
    with Feed(x, "eth0", frame) as feed:
        until(lambda: feed.sent > 50, 20, "reflections")
        until(lambda: len(seen.adverts(src="10.9.0.2", since=mark)) > 70, 20,
              "both kinds")
    assert "Entering" not in one.log()[log:]
    assert b.has(vc.VIP)


def test_replayed_lower_adverts_do_not_unseat(scene, director, capture):
    """A recorded advert of a weaker router, replayed: master stays master and
    answers on the wire."""
    b, x = scene
    seen = capture(x, "eth0")
    one = director(b, vc.conf(vc.instance(priority=100)))
    one.wait_state("VI_1", "MASTER")
    mark, log = seen.mark(), one.log_mark()
    with Feed(x, "eth0", craft({"priority": 50})) as feed:
        until(lambda: feed.sent > 50, 20, "replays")
    until(lambda: len(seen.adverts(src="10.9.0.2", since=mark)) >= 10, 10,
          "its adverts")
    assert "Entering" not in one.log()[log:]
    assert b.has(vc.VIP)


def test_random_bytes_of_protocol_112(scene, director):
    b, x = scene
    one = director(b, vc.conf(vc.instance(priority=100)))
    one.wait_state("VI_1", "MASTER")
    log, pids = one.log_mark(), one.pids()
    for size in (0, 1, 7, 8, 9, 20, 100, 1400):
        body = bytes((i * 73 + size) % 256 for i in range(size))
        send_once(x, "eth0", vc.frame(FAKE, body), times=50)
    send_once(x, "eth0", craft({"pad": b"\0" * 600}), times=1)
    send_once(x, "eth0", craft({"priority": 50}), times=1)
    until(lambda: one.running() and one.pids() == pids, 5, "it to live on")
    assert b.has(vc.VIP)
    assert one.log_mark() >= log


def test_foreign_group_of_another_vrid_is_let_be(scene, director):
    """Other routers on the wire with VRIDs that are not ours: not a line for
    each, no state change."""
    b, x = scene
    one = director(b, vc.conf(vc.instance(priority=100)))
    one.wait_state("VI_1", "MASTER")
    mark = one.log_mark()
    for vrid in (1, 2, 52, 255):
        send_once(x, "eth0", craft({"vrid": vrid}), times=200)
    send_once(x, "eth0", craft({"flip_sum": True}), times=1)
    one.wait_log("(?i)checksum", since=mark)
    assert len(one.log()[mark:].splitlines()) < 20
    assert "Entering" not in one.log()[mark:]
