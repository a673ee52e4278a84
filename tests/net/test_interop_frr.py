# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""duumvir and FRR's vrrpd as the two routers of one pair, both ways, in each
version and family that both speak.  doc/interop.md says where FRR differs."""

import re

import pytest

import vrrp_conf as vc
from frr import Frr
from netlab import until

# a is duumvir, b is FRR; the names are ours.
V4 = {"a": "10.9.0.1", "b": "10.9.0.2", "vips": ["10.9.0.100"]}
V6 = {"a": "fe80::a", "b": "fe80::b", "vips": ["fe80::100",
                                               "2001:db8:9::100"]}
FLAVOURS = [(2, V4), (3, V4), (3, V6)]
IDS = ["v2-ipv4", "v3-ipv4", "v3-ipv6"]
flavours = pytest.mark.parametrize("flavour", FLAVOURS, ids=IDS)
# Where version 2, a second at least per advert, would show nothing new.
fast_flavours = pytest.mark.parametrize("flavour", FLAVOURS[1:], ids=IDS[1:])


@pytest.fixture
def duo(lab):
    """a for duumvir, b for FRR, c who watches; both families on eth0."""
    nodes = [lab.node(n) for n in "abc"]
    for i, node in enumerate(nodes):
        node.sysctl("ipv6/conf/default/accept_dad", 0)
        node.sysctl("ipv6/conf/default/addr_gen_mode", 1)
        lab.plug(node, "eth0", ["10.9.0.%d/24" % (i + 1),
                                "fe80::%x/64" % (10 + i)])
    return nodes


class Side:
    """One of the two, whichever program it is."""

    def __init__(self, start, wait, stop, kill, src):
        self.start, self.wait = start, wait
        self.stop, self.kill, self.src = stop, kill, src


def interval(flavour):
    return 1 if flavour[0] == 2 else 0.1


def ours(node, director, flavour, priority, lines=()):
    version, family = flavour
    text = vc.conf(vc.instance(priority=priority, version=version,
                               advert=interval(flavour), vips=family["vips"],
                               lines=lines))
    one = director(node, text, start=False)
    seen = [0]

    def kill():
        one.kill_all()
        for vip in family["vips"]:
            node.run("ip addr del %s/%d dev eth0" % (
                vip, 128 if ":" in vip else 32), check=False)

    def start():
        seen[0] = one.log_mark()
        one.start()

    def wait(state):
        words = r"\(VI_1\) Entering (\w+) STATE"

        def last():
            found = re.findall(words, one.log()[seen[0]:])
            return found and found[-1] == state.upper()
        until(last, 20, lambda: "%s in\n%s" % (state, one.log()[-2000:]))

    return Side(start, wait, one.stop, kill, family["a"])


def theirs(node, flavour, priority, preempt=True):
    version, family = flavour
    two = Frr(node, family["vips"], version=version, priority=priority,
              interval=interval(flavour), preempt=preempt,
              source=family["b"] if family is V6 else None)
    return Side(two.start, lambda state: two.wait_state(state.title(), 20),
                two.stop, two.kill_all, family["b"])


def sides(duo, director, flavour, leader, high=150, low=100, **kw):
    """(the one of higher priority, the other)"""
    a, b, _ = duo
    one = ours(a, director, flavour, high if leader == "dv" else low,
               kw.get("lines", ()))
    two = theirs(b, flavour, low if leader == "dv" else high,
                 kw.get("preempt", True))
    return (one, two) if leader == "dv" else (two, one)


def only_speaker(seen, src, count=8, timeout=15):
    """The next `count` adverts are all from src."""
    heard = set()

    def quiet():
        mark = seen.mark()
        until(lambda: len(seen.adverts(since=mark)) >= count, timeout,
              "%d adverts" % count)
        heard.clear()
        heard.update(x.src for x in seen.adverts(since=mark))
        return heard == {src}
    until(quiet, 30, lambda: "adverts from %s alone, heard %s" %
          (src, sorted(heard)))


leads = pytest.mark.parametrize("leader", ["dv", "frr"])


@flavours
@leads
def test_preemption(duo, director, capture, flavour, leader):
    seen = capture(duo[2], "eth0")
    high, low = sides(duo, director, flavour, leader)
    low.start()
    low.wait("Master")
    high.start()
    high.wait("Master")
    low.wait("Backup")
    only_speaker(seen, high.src)


@flavours
@leads
def test_takeover_and_return(duo, director, capture, flavour, leader):
    """kill -9 of the leader; the other leads until it is back."""
    seen = capture(duo[2], "eth0")
    high, low = sides(duo, director, flavour, leader)
    high.start()
    high.wait("Master")
    low.start()
    low.wait("Backup")
    only_speaker(seen, high.src)
    high.kill()
    low.wait("Master")
    only_speaker(seen, low.src)
    high.start()
    high.wait("Master")
    low.wait("Backup")
    only_speaker(seen, high.src)


@flavours
@leads
def test_orderly_stop(duo, director, capture, flavour, leader):
    """The farewell of one makes the other master after the skew alone."""
    seen = capture(duo[2], "eth0")
    high, low = sides(duo, director, flavour, leader)
    high.start()
    high.wait("Master")
    low.start()
    low.wait("Backup")
    only_speaker(seen, high.src)
    mark = seen.mark()
    high.stop()
    low.wait("Master")
    zero = seen.wait_advert(5, src=high.src, since=mark,
                            test=lambda x: x.priority == 0)
    first = seen.wait_advert(5, src=low.src, since=mark)
    assert first.time > zero.time
    assert first.time - zero.time < 2.5 * interval(flavour)


@fast_flavours
@leads
def test_tie(lab, duo, director, capture, flavour, leader):
    """Equal priorities on both sides of a cut: afterwards the greater
    address leads, whoever has it (b, FRR, here)."""
    seen = capture(duo[2], "eth0")
    one, two = sides(duo, director, flavour, leader, high=120, low=120)
    one.start()
    one.wait("Master")
    two.start()
    two.wait("Backup")
    hub = lab.switch()
    ports = [line.split(":")[1].strip().split("@")[0] for line in
             hub.out("ip -o link show").splitlines() if "-b@" in line]
    assert len(ports) == 1
    hub.run("ip link set %s nomaster" % ports[0])
    two.wait("Master")
    hub.run("ip link set %s master br0" % ports[0])
    only_speaker(seen, flavour[1]["b"], timeout=20)


@fast_flavours
@leads
def test_nopreempt(duo, director, capture, flavour, leader):
    """A leader that must not preempt waits for the other to go."""
    seen = capture(duo[2], "eth0")
    high, low = sides(duo, director, flavour, leader, preempt=False,
                      lines=["state BACKUP", "nopreempt"])
    low.start()
    low.wait("Master")
    high.start()
    high.wait("Backup")
    mark = seen.mark()
    until(lambda: len(seen.adverts(src=low.src, since=mark)) >= 8, 20,
          "adverts go on")
    assert not seen.adverts(src=high.src)
    low.stop()
    high.wait("Master")
