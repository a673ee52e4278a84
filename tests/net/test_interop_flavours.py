# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""duumvir and Debian's keepalived as the two directors of one pair, both
ways, through one whole life in each flavour of the protocol: versions 2 and
3, IPv4 and IPv6, multicast and unicast."""

import pytest

import vrrp_conf as vc
from netlab import until

V4 = {"a": "10.9.0.1", "b": "10.9.0.2", "vips": ["10.9.0.100"]}
V6 = {"a": "fe80::a", "b": "fe80::b",
      "vips": ["fe80::100", "2001:db8:9::100"]}
G6 = {"a": "2001:db8:9::1", "b": "2001:db8:9::2",
      "vips": ["2001:db8:9::100"]}
# name: (version, addresses, is unicast)
FLAVOURS = {
    "v3-ipv6": (3, V6, False),
    "v2-unicast": (2, V4, True),
    "v3-unicast": (3, V4, True),
    "v3-unicast6": (3, G6, True),
}
flavours = pytest.mark.parametrize("flavour", FLAVOURS)
both_ways = pytest.mark.parametrize(
    "kinds", [("duumvir", "keepalived"), ("keepalived", "duumvir")],
    ids=["dv-leads", "kd-leads"])


@pytest.fixture
def duo(lab):
    """a and b with both families on eth0; c watches."""
    nodes = [lab.node(n) for n in "abc"]
    for i, node in enumerate(nodes):
        node.sysctl("ipv6/conf/default/accept_dad", 0)
        node.sysctl("ipv6/conf/default/addr_gen_mode", 1)
        lab.plug(node, "eth0", ["10.9.0.%d/24" % (i + 1),
                                "fe80::%x/64" % (10 + i),
                                "2001:db8:9::%d/64" % (i + 1)])
    return nodes


def text(flavour, me, other, priority):
    version, family, is_unicast = FLAVOURS[flavour]
    lines = []
    if is_unicast:
        lines = ["unicast_src_ip " + family[me], "unicast_peer {",
                 "    " + family[other], "}"]
    return vc.conf(vc.instance(priority=priority, version=version,
                               advert=1 if version == 2 else 0.1,
                               vips=family["vips"], lines=lines))


def holders(nodes, flavour):
    vip = FLAVOURS[flavour][1]["vips"][-1]
    return [n for n in nodes if n.has(vip)]


def wait_holder(nodes, flavour, who):
    until(lambda: holders(nodes, flavour) == [who], 20,
          lambda: "the address on %s alone, it is on %s" % (
              who.name, [n.name for n in holders(nodes, flavour)]))


def die(one, node, flavour):
    """As when the machine dies: its addresses go, too."""
    one.kill_all()
    for vip in FLAVOURS[flavour][1]["vips"]:
        node.run("ip addr del %s/%d dev eth0" % (
            vip, 128 if ":" in vip else 32), check=False)


@flavours
@both_ways
def test_whole_life(duo, director, capture, flavour, kinds):
    """Preemption, death, return and orderly stop of the one that leads."""
    a, b, c = duo
    addr = FLAVOURS[flavour][1]
    seen = capture(b, "eth0")
    low = director(b, text(flavour, "b", "a", 100), kind=kinds[1])
    wait_holder((a, b), flavour, b)
    high = director(a, text(flavour, "a", "b", 150), kind=kinds[0])
    wait_holder((a, b), flavour, a)
    low.wait_state("VI_1", "BACKUP",
                   since=low.log().index("Entering MASTER STATE"))
    die(high, a, flavour)
    wait_holder((a, b), flavour, b)
    high.start()
    wait_holder((a, b), flavour, a)
    mark = seen.mark()
    until(lambda: len(seen.adverts(src=addr["a"], since=mark)) >= 5, 20,
          "adverts of the returned leader")
    assert not seen.adverts(src=addr["b"], since=mark)
    mark = seen.mark()
    high.stop()
    wait_holder((a, b), flavour, b)
    zero = seen.wait_advert(5, src=addr["a"], since=mark,
                            test=lambda x: x.priority == 0)
    first = seen.wait_advert(5, src=addr["b"], since=mark)
    assert first.time > zero.time
    words = low.log() + high.log()
    assert "checksum" not in words.lower()
    assert "discarded" not in words.lower()


@pytest.mark.parametrize("flavour", ["v3-ipv6", "v3-unicast"])
@both_ways
def test_tie(lab, duo, director, flavour, kinds):
    """Equal priorities on both sides of a cut: the greater address leads."""
    a, b, _ = duo
    one = director(a, text(flavour, "a", "b", 100), kind=kinds[0])
    wait_holder((a, b), flavour, a)
    director(b, text(flavour, "b", "a", 100), kind=kinds[1]).wait_state(
        "VI_1", "BACKUP")
    hub = lab.switch()
    port = next(line.split(":")[1].strip().split("@")[0] for line in
                hub.out("ip -o link show").splitlines() if "-b@" in line)
    hub.run("ip link set %s nomaster" % port)
    until(lambda: len(holders((a, b), flavour)) == 2, 10, "two masters")
    hub.run("ip link set %s master br0" % port)
    wait_holder((a, b), flavour, b)
    assert one.running()
