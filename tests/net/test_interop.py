# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""duumvir and Debian's keepalived as the two directors of one pair, both ways:
whichever of them leads, election, take-over, stop and ties end right."""

import pytest

import vrrp_conf as vc
from netlab import until

BOTH_WAYS = [("duumvir", "keepalived"), ("keepalived", "duumvir")]
both_ways = pytest.mark.parametrize("kinds", BOTH_WAYS,
                                    ids=["dv-leads", "kd-leads"])


def one_vip(a, b, owner):
    """The address is on `owner` and on no other."""
    return [n for n in (a, b) if n.has(vc.VIP)] == [owner]


def wait_owner(a, b, owner, timeout=15):
    until(lambda: one_vip(a, b, owner), timeout,
          "the address on %s alone" % owner.name)


def wait_adverts(seen, src, count, timeout=15):
    """Wait for `count` more adverts from src; the mark before them."""
    mark = seen.mark()
    until(lambda: len(seen.adverts(src=src, since=mark)) >= count, timeout,
          "%d adverts from %s" % (count, src))
    return mark


def speakers(seen, count):
    """The sources of the next adverts."""
    mark = seen.mark()
    until(lambda: len(seen.adverts(since=mark)) >= count, 15,
          "%d adverts" % count)
    return {x.src for x in seen.adverts(since=mark)}


def start_pair(pair, director, kinds, high, low):
    """a of kinds[0] leads b of kinds[1]."""
    a, b = pair
    one = director(a, high, kind=kinds[0])
    one.wait_state("VI_1", "MASTER")
    two = director(b, low, kind=kinds[1])
    two.wait_state("VI_1", "BACKUP")
    wait_owner(a, b, a)
    return one, two


@both_ways
def test_preemption(pair, director, capture, kinds):
    a, b = pair
    seen = capture(a, "eth0")
    two = director(b, vc.conf(vc.instance(priority=100)), kind=kinds[1])
    two.wait_state("VI_1", "MASTER")
    one = director(a, vc.conf(vc.instance(priority=150)), kind=kinds[0])
    one.wait_state("VI_1", "MASTER")
    two.wait_state("VI_1", "BACKUP",
                   since=two.log().index("Entering MASTER STATE"))
    wait_owner(a, b, a)
    mark = wait_adverts(seen, "10.9.0.1", 10)
    assert not seen.adverts(src="10.9.0.2", since=mark)


@both_ways
def test_takeover_and_return(pair, director, capture, kinds):
    a, b = pair
    one, two = start_pair(pair, director, kinds,
                          vc.conf(vc.instance(priority=150)),
                          vc.conf(vc.instance(priority=100)))
    seen = capture(b, "eth0")
    mark = two.log_mark()
    one.kill_all()
    a.run("ip addr del %s/32 dev eth0" % vc.VIP, check=False)
    two.wait_state("VI_1", "MASTER", since=mark)
    until(lambda: seen.garps(vc.VIP), 5, "a gratuitous ARP of the new master")
    wait_owner(a, b, b)
    mark = two.log_mark()
    one.start()
    two.wait_state("VI_1", "BACKUP", since=mark)
    wait_owner(a, b, a)


@both_ways
def test_orderly_stop(pair, director, capture, kinds):
    a, b = pair
    one, two = start_pair(pair, director, kinds,
                          vc.conf(vc.instance(priority=150, advert=1)),
                          vc.conf(vc.instance(priority=100, advert=1)))
    seen = capture(b, "eth0")
    assert one.stop() == 0
    two.wait_state("VI_1", "MASTER")
    zero = seen.wait_advert(5, src="10.9.0.1", test=lambda x: x.priority == 0)
    first = seen.wait_advert(5, src="10.9.0.2")
    # The skew is 0.61 s, the full down interval 3.61 s.
    assert first.time - zero.time < 2
    wait_owner(a, b, b)


@both_ways
def test_nopreempt(pair, director, capture, kinds):
    a, b = pair
    seen = capture(a, "eth0")
    two = director(b, vc.conf(vc.instance(priority=100)), kind=kinds[1])
    two.wait_state("VI_1", "MASTER")
    one = director(a, vc.conf(vc.instance(
        priority=150, lines=["state BACKUP", "nopreempt"])), kind=kinds[0])
    one.wait_state("VI_1", "BACKUP")
    wait_adverts(seen, "10.9.0.2", 40)
    assert one_vip(a, b, b)
    assert not seen.adverts(src="10.9.0.1")
    two.kill_all()
    b.run("ip addr del %s/32 dev eth0" % vc.VIP, check=False)
    one.wait_state("VI_1", "MASTER")


@both_ways
def test_equal_priority_tie(lab, director, capture, kinds):
    """Two masters after a partition: the higher address stays one."""
    a, b = lab.node("a"), lab.node("b")
    lab.plug(a, "eth0", "10.9.0.1/24")
    port = lab.plug(b, "eth0", "10.9.0.2/24")
    hub = lab.switch()
    text = vc.conf(vc.instance(priority=100))
    one = director(a, text, kind=kinds[0])
    one.wait_state("VI_1", "MASTER")
    two = director(b, text, kind=kinds[1])
    two.wait_state("VI_1", "BACKUP")
    hub.run("ip link set %s nomaster" % port)
    two.wait_state("VI_1", "MASTER")
    assert a.has(vc.VIP) and b.has(vc.VIP)
    mark = one.log_mark()
    seen = capture(a, "eth0")
    hub.run("ip link set %s master br0" % port)
    one.wait_state("VI_1", "BACKUP", since=mark)
    wait_owner(a, b, b)
    until(lambda: len(speakers(seen, 10)) == 1, 15, "one speaker")
    assert one_vip(a, b, b)


@both_ways
def test_version_2_with_password(pair, director, capture, kinds):
    a, b = pair
    seen = capture(b, "eth0")

    def text(priority):
        return vc.conf(vc.instance(priority=priority, version=2, advert=1,
                                   lines=vc.PASS))

    one, two = start_pair(pair, director, kinds, text(150), text(100))
    advert = seen.wait_advert(5, src="10.9.0.1")
    assert (advert.version, advert.auth_type) == (2, 1)
    assert advert.addrs == [vc.VIP]
    assert one.stop() == 0
    two.wait_state("VI_1", "MASTER")
    advert = seen.wait_advert(5, src="10.9.0.2")
    assert (advert.version, advert.auth_type) == (2, 1)
    wait_owner(a, b, b)


def test_wrong_password_is_not_followed(pair, director, capture):
    """A keepalived of higher priority with another password moves nothing."""
    a, b = pair
    seen = capture(b, "eth0")
    other = [line.replace("secret", "wrong") for line in vc.PASS]
    director(a, vc.conf(vc.instance(priority=150, version=2, advert=1,
                                    lines=other)), kind="keepalived")
    seen.wait_advert(10, src="10.9.0.1")
    two = director(b, vc.conf(vc.instance(priority=100, version=2, advert=1,
                                          lines=vc.PASS)))
    two.wait_state("VI_1", "MASTER")
    assert b.has(vc.VIP)


@both_ways
def test_several_addresses(pair, director, capture, kinds):
    """The address lists of both are the same on the wire, so that neither
    complains of the other's."""
    a, b = pair
    vips = ["10.9.0.100", "10.9.0.101/24", "10.9.0.102"]
    seen = capture(b, "eth0")
    one, two = start_pair(
        pair, director, kinds,
        vc.conf(vc.instance(priority=150, vips=vips)),
        vc.conf(vc.instance(priority=100, vips=vips)))
    names = [vip.split("/")[0] for vip in vips]
    first = seen.wait_advert(5, src="10.9.0.1")
    one.stop()
    second = seen.wait_advert(5, src="10.9.0.2")
    assert sorted(first.addrs) == sorted(second.addrs) == names
    until(lambda: all(b.has(n) for n in names), 5, "all addresses on b")
