# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Routes that need what the kernel of the machine at hand may not have: MPLS
and ILA encapsulation, a VRF.  tests/net/test_hold.py shows what is said where
it is missing; here the modules are loaded."""

import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "net"))

from director import Director  # noqa: E402
from netlab import until  # noqa: E402

MODULES = ["mpls_router", "mpls_iptunnel", "ila", "vrf", "veth"]

# Words, and what `ip -d route show table all` must have of them.
ROUTES = [
    ("10.70.1.0/24 via 10.9.0.9 dev eth0 encap mpls 100/200",
     "10.70.1.0/24  encap mpls  100/200 via 10.9.0.9 dev eth0"),
    ("10.70.2.0/24 nexthop via 10.9.0.9 dev eth0 encap mpls 300 "
     "nexthop via 10.9.0.8 dev eth0", "encap mpls  300 via 10.9.0.9"),
    ("10.70.3.0/24 via 10.9.0.9 dev eth0 encap mpls 16 ttl-propagate disabled",
     "10.70.3.0/24  encap mpls  16 via 10.9.0.9"),
    # The kernel wants a whole identifier, of a type that ILA translates.
    ("fd70:1::2000:0:0:1/128 via fd09::9 dev eth0 encap ila 1:2:3:4",
     "fd70:1::2000:0:0:1  encap ila  1:2:3:4"),
    ("10.70.5.0/24 via 10.9.0.9 dev eth0 vrf blue onlink",
     "10.70.5.0/24 via 10.9.0.9 dev eth0 table 4242"),
    ("fd70:2::/64 dev eth0 vrf blue", "fd70:2::/64 dev eth0 table 4242"),
]

CONF = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 255
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.9.0.100
    }
    virtual_routes {
%s
    }
}
"""


@pytest.fixture
def node(lab):
    for module in MODULES:
        subprocess.run(["modprobe", module], check=True)
    one = lab.node("a")
    lab.plug(one, "eth0", "10.9.0.1/24")
    one.run("ip addr add fd09::1/64 dev eth0 nodad")
    return one


def routes(node):
    text = "".join(node.out("ip -d %s route show table all" % f)
                   for f in ("-4", "-6"))
    return text.replace("\n\t", " ")


def test_words_that_need_modules(node):
    node.run("ip link add blue type vrf table 4242")
    node.run("ip link set blue up")
    director = Director(node, CONF % "\n".join(w for w, _ in ROUTES)).start()
    director.wait_state("VI_1", "MASTER", timeout=30)
    for _, text in ROUTES:
        until(lambda: text in routes(node), 10,
              lambda: "%s in\n%s\n%s" % (text, routes(node), director.log()))
    # Taken away and put back, legs and labels and all.
    before = sorted(routes(node).splitlines())
    node.run("ip route del 10.70.1.0/24")
    node.run("ip route del 10.70.2.0/24")
    node.run("ip -6 route del fd70:1::2000:0:0:1")
    until(lambda: sorted(routes(node).splitlines()) == before, 10, "put back")
    director.stop(30)
    assert "10.70." not in routes(node) and "fd70:" not in routes(node)


def test_a_vrf_may_come_late(node):
    text = CONF % "10.70.5.0/24 dev eth0 vrf blue no_track"
    director = Director(node, "global_defs {\n dynamic_interfaces\n}\n" +
                        text).start()
    director.wait_state("VI_1", "MASTER", timeout=30)
    node.run("ip link add blue type vrf table 77")
    node.run("ip link set blue up")
    until(lambda: "10.70.5.0/24 dev eth0 table 77" in routes(node), 10,
          lambda: routes(node) + director.log())
    director.stop(30)
