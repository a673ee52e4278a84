# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A frozen director, and others that claim its addresses: a third host's
neighbour entry points to the final master within a second.  A few runs of
what tests/soak/thaw does by the hundred."""

import os
import signal
import socket
import struct
import time

import pytest

import vrrp_conf as vc
from netlab import holds, open_to_all, until
from thawlab import Pair
from wirefeed import send_once

KEENEST = 0.5  # s; more than three adverts of 0.1 s and the skew


@pytest.fixture
def pairs(tmp_path):
    """Factory of pairs with adverts every 0.1 s."""
    made = []
    open_to_all(tmp_path)

    def make(**kw):
        pair = Pair(tmp_path, advert=0.1, **kw)
        made.append(pair)
        pair.start()
        return pair

    yield make
    for pair in made:
        print(pair.logs())
        pair.close()


@pytest.mark.parametrize("kw,final", [
    ({}, "a"),
    ({"six": True}, "a"),
    ({"vmac": True}, "a"),
    ({"peer": "keepalived"}, "a"),
    ({"lines": ["nopreempt"]}, "b"),
    ({"lines": ["nopreempt"], "peer": "keepalived"}, "b"),
    ({"lines": ["nopreempt", "timer_expired_backup"]}, "b"),
], ids=["plain", "ipv6", "vmac", "keepalived", "nopreempt",
        "nopreempt-keepalived", "expired"])
@pytest.mark.parametrize("who", ["all", "vrrp"])
def test_frozen_master(pairs, kw, final, who):
    pair = pairs(**kw)
    late, master = pair.freeze(2, who, forget=1)
    assert master == final
    assert late <= 1
    assert "was not let run for" in pair.one.log()


@pytest.mark.alone
def test_frozen_for_less_than_others_wait_is_nothing(pairs):
    pair = pairs()
    seen = pair.two.log_mark()
    late, master = pair.freeze(0.1)
    assert (late, master) == (0, "a")
    assert "Entering" not in pair.two.log()[seen:]


def test_frozen_backup_does_not_take_over(pairs):
    """Hundreds of adverts wait for it: all are read before the deadline,
    which is long past, is acted on."""
    pair = pairs()
    mark = pair.two.log_mark()
    pid = pair.two.engine("vrrp")
    os.kill(pid, signal.SIGSTOP)
    seen = pair.one.log_mark()
    try:
        until(lambda: False, 4)
    except AssertionError:
        pass  # time has passed
    finally:
        os.kill(pid, signal.SIGCONT)
    assert pair.watch(2) == (0, "a")
    assert "Entering" not in pair.two.log()[mark:]
    assert "Entering" not in pair.one.log()[seen:]


def claim(pair, mac="02:00:00:00:00:77", count=1):
    own, vip = bytes.fromhex(mac.replace(":", "")), socket.inet_aton(pair.vip)
    send_once(pair.host, "br0", b"\xff" * 6 + own + struct.pack(
        "!HHHBBH6s4s6s4s", 0x0806, 1, 0x0800, 6, 4, 2, own, vip, bytes(6),
        vip), count)


def test_foreign_claim_is_contradicted(pairs, capture):
    pair = pairs()
    seen = capture(pair.b, "eth0")
    mark = seen.mark()
    claim(pair)
    # On the wire: the claim, then ours.
    until(lambda: [p.arp.sender_mac for p in seen.garps(vc.VIP, mark)][-1:] ==
          [pair.a.mac("eth0")], 5, "our answer to the claim")
    until(lambda: pair.entry() == "a", 1, "the host's neighbour entry")
    pair.one.wait_log("10.9.0.100 is also announced by 02:00:00:00:00:77 "
                      "on eth0", 5)


@pytest.mark.alone
def test_a_storm_of_claims_delays_no_advert(pairs, capture):
    pair = pairs()
    seen = capture(pair.b, "eth0")
    claim(pair, count=1)
    mark = seen.mark()
    for _ in range(20):  # a second and a half
        claim(pair, count=300)
        time.sleep(0.075)
    adverts = [a.time for a in seen.adverts(src="10.9.0.1", since=mark)]
    assert len(adverts) > 3
    gaps = [b - a for a, b in zip(adverts, adverts[1:])]
    assert max(gaps) < KEENEST
    # and is answered a few times, not six thousand
    mac = pair.a.mac("eth0")
    ours = [p for p in seen.garps(vc.VIP, mark) if p.arp.sender_mac == mac]
    assert len(ours) < 200


def test_startup_delay(pair, director):
    a, _ = pair
    one = director(a, vc.conf(vc.instance(), lines=[
        "vrrp_startup_delay 2", "vrrp_delay_after_boot 1"]))
    one.wait_log(r"VRRP starts in 2\.000 s", 10)
    assert not a.has(vc.VIP)
    one.wait_state("VI_1", "MASTER", 10)
    until(lambda: a.has(vc.VIP), 5, "the address")


# ---- proof of receive ----
BLOCKED, FORWARDING = "nomaster", "master br0"


def port_state(lab, node, state):
    """Whether the switch lets frames through the node's port; its link is up
    all the time, as while a spanning tree makes up its mind."""
    lab.switch().run("ip link set dev %s %s" % (node.port, state))


@pytest.fixture
def gateway(lab):
    """a and b on a switch whose own address is a's gateway."""
    a, b = lab.node("a"), lab.node("b")
    for n, node in ((1, a), (2, b)):
        node.port = lab.plug(node, "eth0", "10.9.0.%d/24" % n)
    lab.switch().run("ip addr add 10.9.0.50/24 dev br0")
    lab.switch().sysctl("ipv4/conf/all/arp_ignore", 1)  # not from the port
    a.run("ip route add default via 10.9.0.50")
    return a, b


def test_blocked_port_means_no_take_over(lab, gateway, director):
    a, b = gateway
    two = director(b, vc.conf(vc.instance(priority=50, vips=[vc.VIP])))
    two.wait_state("VI_1", "MASTER")
    port_state(lab, a, BLOCKED)
    mark = two.log_mark()
    one = director(a, vc.conf(vc.instance(lines=["nopreempt"])))
    one.wait_log("nothing was ever received on eth0: waits for a frame", 10)
    holds(lambda: not a.has(vc.VIP), 5, "no take-over")
    port_state(lab, a, FORWARDING)
    one.wait_log("receives on eth0", 5)
    holds(lambda: not a.has(vc.VIP) and b.has(vc.VIP), 2, "one master")
    assert "Entering" not in two.log()[mark:]
    assert "MASTER" not in one.log()


def test_blocked_port_with_the_wait_off(lab, gateway, director):
    a, _ = gateway
    port_state(lab, a, BLOCKED)
    one = director(a, vc.conf(vc.instance(lines=["proof_of_receive off"])))
    one.wait_state("VI_1", "MASTER", 5)
    assert "nothing was ever received" not in one.log()


def test_nobody_there_ends_the_wait(lab, gateway, director):
    a, _ = gateway
    port_state(lab, a, BLOCKED)
    one = director(a, vc.conf(vc.instance(lines=["proof_of_receive 2"])))
    one.wait_log("nothing was ever received", 5)
    one.wait_state("VI_1", "MASTER", 5)
    assert "the wait is over" in one.log()


def test_an_answering_gateway_costs_no_time(gateway, director):
    a, _ = gateway
    one = director(a, vc.conf(vc.instance(version=2, advert=1)))
    line = one.wait_state("VI_1", "MASTER", 10)
    text = one.log()
    assert "receives on eth0" in text
    # v2, priority 100: 3 s and 156/256 s
    assert "no advert from anyone for 3.6" in text, line
