# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A pair on each kind of interface that directors live on: the master holds
the address and answers a third host, the other takes over when it is killed,
and it comes back.  A bond that loses one leg changes nothing; one that loses
both is a fault."""

import json
import os
import socket
import struct
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "net"))

from director import Director  # noqa: E402
from netlab import holds, until  # noqa: E402

MODULES = ["veth", "bridge", "8021q", "bonding", "vrf", "macvlan", "ipvlan"]
VIP = "10.9.0.100"
VMAC = "00:00:5e:00:01:33"

CONF = """
vrrp_instance VI_1 {
    interface %(ifname)s
    virtual_router_id 51
    priority %(priority)d
    version 3
    advert_int 0.2
    garp_master_delay 1
    %(more)s
    virtual_ipaddress {
        10.9.0.100/24
    }
}
"""


def echo():
    """One ICMP echo to the address: is it answered?"""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW,
                       socket.IPPROTO_ICMP) as s:
        s.settimeout(1)
        try:
            s.sendto(struct.pack("!BBHHH", 8, 0, 0xf7f1, 7, 7), (VIP, 0))
            data, source = s.recvfrom(2048)
        except OSError:
            return False
        return source[0] == VIP and data[20] == 0


class Pair:
    """Two directors a and b, and a client c, on one switch."""

    def __init__(self, lab):
        self.lab = lab
        self.a, self.b, self.c = (lab.node(name) for name in "abc")
        self.one = self.two = None
        self.ports = {node: lab.plug(node) for node in self.nodes()}

    def nodes(self):
        return self.a, self.b, self.c

    def each(self, *commands):
        """Runs them in the two directors."""
        for node in (self.a, self.b):
            for command in commands:
                node.run(command)

    def number(self, ifname, client="eth0"):
        """10.9.0.1, .2 and the client's .9."""
        for host, node in ((1, self.a), (2, self.b), (9, self.c)):
            dev = client if node is self.c else ifname
            node.run("ip addr add 10.9.0.%d/24 dev %s" % (host, dev))

    def is_answered(self, lladdr=None):
        """Does the client reach the address, and at this neighbour?"""
        answered = self.c.call(echo)
        told = json.loads(self.c.out("ip -j neigh show to " + VIP) or "[]")
        return answered and \
            (lladdr is None or [n.get("lladdr") for n in told] == [lladdr])

    def reached(self, lladdr):
        until(lambda: self.is_answered(lladdr), 15,
              lambda: "%s at %s: %s\n%s\n%s" % (
                  VIP, lladdr, self.c.out("ip neigh show"),
                  self.a.out("ip -d addr") + self.one.log(),
                  self.b.out("ip -d addr") + self.two.log()))

    def start(self, ifname, more=("", "")):
        self.one = Director(self.a, CONF % {
            "ifname": ifname, "priority": 150, "more": more[0]}).start()
        self.one.wait_state("VI_1", "MASTER", 20)
        self.two = Director(self.b, CONF % {
            "ifname": ifname, "priority": 100, "more": more[1]}).start()
        self.two.wait_state("VI_1", "BACKUP", 20)

    def life(self, ifname, lladdr=None, holder=None, more=("", "")):
        """Master, take-over, back; lladdr: of the address whoever has it,
        or None: the holder's own."""
        self.start(ifname, more)
        macs = [lladdr or node.mac(ifname) for node in (self.a, self.b)]
        assert self.a.has(VIP, holder or ifname)
        assert not self.b.has(VIP)
        self.reached(macs[0])
        mark = self.two.log_mark()
        self.one.kill_all()
        self.two.wait_state("VI_1", "MASTER", 20, mark)
        until(lambda: self.b.has(VIP, holder or ifname), 5, self.two.log)
        self.reached(macs[1])
        mark, back = self.two.log_mark(), self.one.log_mark()
        self.one.start()
        self.one.wait_state("VI_1", "MASTER", 20, back)
        self.two.wait_state("VI_1", "BACKUP", 20, mark)
        self.reached(macs[0])
        until(lambda: not self.b.has(VIP), 5, self.two.log)

    def stop(self):
        for one in (self.one, self.two):
            one.stop(30)
        assert not self.a.has(VIP) and not self.b.has(VIP)


@pytest.fixture
def pair(lab):
    for module in MODULES:
        subprocess.run(["modprobe", module], check=True)
    return Pair(lab)


def vlan(pair):
    for node in pair.nodes():
        node.run("ip link add link eth0 name eth0.10 up type vlan id 10")
    pair.number("eth0.10", client="eth0.10")


def test_vlan(pair):
    vlan(pair)
    pair.life("eth0.10")
    pair.stop()


def test_vmac_over_vlan(pair):
    vlan(pair)
    pair.life("eth0.10", VMAC, "vrrp.51", ("use_vmac", "use_vmac"))
    pair.stop()
    for node in (pair.a, pair.b):
        assert "vrrp.51" not in node.out("ip link")


def bond(pair, node):
    """eth0 and eth1 in bond0; their ports of the switch."""
    ports = [pair.ports[node], pair.lab.plug(node, "eth1")]
    node.run("ip link add bond0 type bond mode active-backup miimon 50")
    for leg in ("eth0", "eth1"):
        node.link(leg, up=False)
        node.run("ip link set %s master bond0" % leg)
    node.link("bond0")
    return ports


def test_bond(pair):
    ports = bond(pair, pair.a)
    bond(pair, pair.b)
    pair.number("bond0")
    pair.life("bond0")
    hub = pair.lab.switch()
    mark, peer = pair.one.log_mark(), pair.two.log_mark()
    hub.link(ports[0], up=False)
    until(lambda: "Currently Active Slave: eth1" in
          pair.a.out("cat /proc/net/bonding/bond0"), 10, "the other leg")
    pair.reached(pair.a.mac("bond0"))
    holds(lambda: "Entering" not in pair.one.log()[mark:] +
          pair.two.log()[peer:], 2, lambda: pair.one.log() + pair.two.log())
    hub.link(ports[1], up=False)
    pair.one.wait_state("VI_1", "FAULT", 10, mark)
    pair.two.wait_state("VI_1", "MASTER", 10, peer)
    pair.reached(pair.b.mac("bond0"))
    peer = pair.two.log_mark()
    hub.link(ports[0])
    pair.one.wait_state("VI_1", "MASTER", 20, mark)
    pair.two.wait_state("VI_1", "BACKUP", 20, peer)
    pair.reached(pair.a.mac("bond0"))
    pair.stop()


def test_bridge(pair):
    pair.each("ip link add br9 type bridge forward_delay 0 stp_state 0",
              "ip link set eth0 master br9", "ip link set br9 up")
    pair.number("br9")
    pair.life("br9")
    pair.stop()


def test_in_a_vrf(pair):
    pair.each("ip link add blue up type vrf table 77",
              "ip link set eth0 master blue")
    pair.number("eth0")
    pair.life("eth0")
    pair.stop()


def test_macvlan(pair):
    pair.each("ip link add link eth0 name mv0 up type macvlan mode bridge")
    pair.number("mv0")
    pair.life("mv0")
    pair.stop()


def test_use_ipvlan(pair):
    """An ipvlan has its base's MAC and an address of its own to send from."""
    pair.number("eth0")
    words = ["use_ipvlan ipv51 10.9.0.%d/24" % host for host in (11, 12)]
    pair.life("eth0", holder="ipv51", more=words)
    pair.stop()
    assert "ipv51" not in pair.a.out("ip link")
