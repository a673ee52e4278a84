# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Virtual routers with the virtual MAC (use_vmac): what is on the wire, what
neighbours learn, what becomes of the interface and of the settings around
it.  RFC 9568 §7.2, 7.3, 7.4, 8.1.2; conformance items 4, 51, 53, 56."""

import json
import socket
import struct
import time

import pytest

import vrrp_conf as vc
from netlab import holds, until

VMAC = "00:00:5e:00:01:33"
VMAC6 = "00:00:5e:00:02:33"
LINES = ("use_vmac",)


def link(node, name="vrrp.51"):
    """The link as `ip -d -j link` has it, or None."""
    for one in json.loads(node.out("ip -d -j link show")):
        if one["ifname"] == name:
            return one
    return None


def conf4(node, ifname, key):
    return int(node.out(["cat", "/proc/sys/net/ipv4/conf/%s/%s" %
                         (ifname, key)]))


def start(node, director, priority=200, lines=LINES, state="MASTER", **kw):
    one = director(node, vc.conf(vc.instance(
        priority=priority, lines=lines, **kw)))
    one.wait_state("VI_1", state)
    return one


def neighbour(node, address=vc.VIP):
    for one in json.loads(node.out("ip -j neigh show")):
        if one["dst"] == address:
            return one.get("lladdr")
    return None


def reach(node, address=vc.VIP, timeout=1.0):
    """One ICMP echo: is it answered?"""
    six = ":" in address
    family = socket.AF_INET6 if six else socket.AF_INET
    kind = 128 if six else 8
    echo = struct.pack("!BBHHH", kind, 0, 0, 7, 7)
    if not six:
        echo = struct.pack("!BBHHH", kind, 0, vc._sum(echo), 7, 7)

    def run():
        with socket.socket(family, socket.SOCK_RAW,
                           socket.IPPROTO_ICMPV6 if six
                           else socket.IPPROTO_ICMP) as s:
            s.settimeout(timeout)
            to = (address, 0, 0, socket.if_nametoindex("eth0")) \
                if address.startswith("fe80") else (address, 0)
            until_time = time.monotonic() + timeout
            try:
                s.sendto(echo, to)
                while time.monotonic() < until_time:
                    data, source = s.recvfrom(2048)
                    got = data if six else data[20:]
                    if source[0].split("%")[0] == address and \
                            got[0] == (129 if six else 0):
                        return True
            except OSError:
                pass
            return False
    return node.call(run)


def forget(node, address=vc.VIP):
    node.run("ip neigh del %s dev eth0" % address, check=False)


def virtual_frames(seen, mac=VMAC, since=0):
    return seen.select(lambda p: p.smac == mac, since)


@pytest.fixture
def client(lab):
    c = lab.node("c")
    lab.plug(c, "eth0", "10.9.0.9/24")
    return c


def test_adverts_and_garps_carry_the_virtual_mac(pair, director, capture,
                                                 client):
    a, _ = pair
    seen = capture(client, "eth0")
    start(a, director)
    physical = a.mac("eth0")
    adverts = until(lambda: seen.adverts(vc.VRID, "10.9.0.1")[3:], 10,
                    "adverts")
    assert {x.packet.smac for x in adverts} == {VMAC}
    garps = until(lambda: seen.garps(vc.VIP)[4:], 10, "garps")
    assert {(p.smac, p.arp.sender_mac) for p in garps} == {(VMAC, VMAC)}
    assert not [p for p in seen.garps(vc.VIP) if p.smac == physical]


def test_arp_is_answered_with_the_virtual_mac_only(pair, director, capture,
                                                   client):
    """§8.1.2, and the kernel of the master that asks for the client must not
    say that the address is at its own MAC either."""
    a, b = pair
    start(a, director)
    start(b, director, priority=100, state="BACKUP")
    seen = capture(client, "eth0")
    for _ in range(3):
        forget(client)
        a.run("ip neigh flush dev eth0")
        assert reach(client)
        assert neighbour(client) == VMAC
    said = seen.select(lambda p: p.arp is not None and
                       p.arp.sender == vc.VIP)
    assert said and {p.arp.sender_mac for p in said} == {VMAC}
    # The address of the node itself stays at the physical MAC.
    assert reach(client, "10.9.0.1")
    assert neighbour(client, "10.9.0.1") == a.mac("eth0")


def test_backup_is_silent_with_the_virtual_mac(pair, director, capture,
                                               client):
    """Nothing may leave a backup from the virtual MAC: the switch would
    send it the master's traffic."""
    a, b = pair
    start(a, director)
    hub = client.lab.switch()
    port = [p for p in json.loads(hub.out("ip -j link"))
            if p["ifname"].endswith("-b")][0]["ifname"]
    seen = capture(hub, port)
    start(b, director, priority=100, state="BACKUP")
    assert link(b)["address"] == VMAC
    seen.wait_advert(5, vc.VRID)
    # What the bridge sends to b comes from the master; the other way is b's.
    # (IGMP is the firewall's: tests/net/test_firewall.py.)
    holds(lambda: not [p for p in virtual_frames(seen) if p.proto != 2 and
                       p.src == "10.9.0.2"], 1.5, "nothing from b")
    assert not [p for p in virtual_frames(seen) if p.arp and
                p.arp.sender != vc.VIP]


def test_forwarding_to_the_virtual_mac(pair, director, client, lab):
    """A client whose gateway is the virtual address gets through."""
    a, _ = pair
    a.sysctl("ipv4/ip_forward", 1)
    start(a, director)
    far = lab.node("far")
    lab.plug(far, "eth0", "10.8.0.9/24", switch="sw2")
    lab.plug(a, "eth1", "10.8.0.1/24", switch="sw2")
    far.run("ip route add default via 10.8.0.1")
    client.run("ip route add default via %s" % vc.VIP)
    until(lambda: reach(client, "10.8.0.9"), 10, "through")
    assert neighbour(client) == VMAC


@pytest.mark.parametrize("all_filter", [0, 1])
def test_strict_rp_filter_does_not_matter(pair, director, client,
                                          all_filter):
    a, _ = pair
    a.sysctl("ipv4/conf/all/rp_filter", all_filter)
    a.sysctl("ipv4/conf/eth0/rp_filter", 1)
    start(a, director)
    until(lambda: reach(client), 10, "answer")
    assert conf4(a, "all", "rp_filter") == all_filter
    assert conf4(a, "eth0", "rp_filter") == 1


def test_settings_and_their_return(pair, director):
    a, _ = pair
    a.sysctl("ipv4/conf/eth0/arp_announce", 1)
    before = [conf4(a, "eth0", k) for k in
              ("arp_ignore", "arp_announce", "arp_filter", "rp_filter")]
    one = start(a, director)
    assert conf4(a, "eth0", "arp_ignore") == 1
    assert conf4(a, "eth0", "arp_announce") == 2
    assert conf4(a, "vrrp.51", "arp_ignore") == 1
    assert conf4(a, "vrrp.51", "promote_secondaries") == 1
    have = link(a)
    assert have["address"] == VMAC and have["link"] == "eth0"
    assert have["linkinfo"]["info_kind"] == "macvlan"
    assert have["linkinfo"]["info_data"]["mode"] == "private"
    # Also after our process died in between.
    one.kill_engine("vrrp")
    until(lambda: one.engine("vrrp"), 10, "a new engine")
    holds(lambda: a.has(vc.VIP, "vrrp.51"), 0.5, "the address")
    assert one.stop() == 0
    assert link(a) is None
    assert before == [conf4(a, "eth0", k) for k in
                      ("arp_ignore", "arp_announce", "arp_filter",
                       "rp_filter")]


def test_crash_of_all_is_adopted(pair, director, capture, client):
    a, _ = pair
    one = start(a, director)
    index = link(a)["ifindex"]
    one.kill_all()
    assert link(a)["ifindex"] == index
    mark = one.log_mark()
    one.start()
    one.wait_state("VI_1", "MASTER", since=mark)
    assert link(a)["ifindex"] == index
    one.stop()
    assert link(a) is None


@pytest.mark.parametrize("harm", [
    "ip link del vrrp.51", "ip link set vrrp.51 down",
    "ip link set vrrp.51 address 02:00:00:00:00:42",
    "ip link set vrrp.51 down name other up"])
def test_made_right_again(pair, director, client, harm):
    a, b = pair
    one = start(a, director)
    two = start(b, director, priority=100, state="BACKUP")
    mark = one.log_mark(), two.log_mark()
    a.run(harm)
    until(lambda: (link(a) or {}).get("address") == VMAC and
          "UP" in link(a)["flags"] and a.has(vc.VIP, "vrrp.51") and
          link(a, "other") is None, 5, "all as it was")
    until(lambda: reach(client), 10, "answer")
    assert "Entering" not in one.log()[mark[0]:]
    assert "Entering" not in two.log()[mark[1]:]


def test_stranger_of_that_name_is_left_alone(pair, director):
    a, _ = pair
    a.run("ip link add own type bridge")
    one = director(a, vc.conf(vc.instance(lines=("use_vmac own",))))
    one.wait_log("own is not what it should be, and not ours")
    a.run("ip link del own")
    one.wait_state("VI_1", "MASTER")
    one.stop()
    assert link(a, "own") is None


def test_xmit_base(pair, director, capture, client):
    a, _ = pair
    seen = capture(client, "eth0")
    start(a, director, lines=("use_vmac", "vmac_xmit_base"))
    advert = seen.wait_advert(5, vc.VRID, "10.9.0.1")
    assert advert.packet.smac == a.mac("eth0")
    assert a.has(vc.VIP, "vrrp.51")
    assert reach(client)
    assert neighbour(client) == VMAC


def test_words(pair, director, lab):
    """Names, address, group, and addresses on interfaces of their own."""
    a, _ = pair
    lab.plug(a, "eth1", "10.8.0.1/24", switch="sw2")
    text = vc.conf(
        vc.instance("VI_1", lines=("use_vmac name vip0 02:00:00:00:11 "
                                   "netlink_notify_msg group 7",),
                    vips=("10.9.0.100", "10.9.0.101 dev eth0",
                          "10.8.0.100 dev eth1 use_vmac",
                          "10.8.0.101 dev eth1")),
        vc.instance("VI_2", vrid=52, lines=(
            "use_vmac", "use_vmac_addr", "virtual_ipaddress_excluded {",
            "fd00::52", "10.8.0.102 dev eth1", "}"), vips=("10.9.0.102",)),
        lines=("vmac_prefix vm", "vmac_addr_prefix va"))
    one = director(a, text)
    for name in ("VI_1", "VI_2"):
        one.wait_state(name, "MASTER")
    until(lambda: a.has("10.8.0.102"), 5, "all addresses")
    assert link(a, "vip0")["address"] == "02:00:00:00:11:33"
    assert link(a, "vip0")["group"] == "7"
    where = {"10.9.0.100": "vip0", "10.9.0.101": "vip0",
             "10.8.0.100": "va.51", "10.8.0.101": "eth1",
             "10.9.0.102": "vm.52", "fd00::52": "va.52",
             "10.8.0.102": "va1.52"}
    names = {x["ifname"] for x in json.loads(a.out("ip -j link"))}
    assert names == {"lo", "eth0", "eth1", "vip0", "va.51", "vm.52",
                     "va.52", "va1.52"}
    for address, name in where.items():
        assert a.has(address, name), (address, name)
    assert link(a, "va.51")["address"] == "02:00:00:00:11:33"
    assert link(a, "va.52")["address"] == "00:00:5e:00:02:34"
    assert link(a, "va1.52")["address"] == "00:00:5e:00:01:34"
    # A reload that no longer wants them takes them away, and no others.
    one.write(vc.conf(vc.instance("VI_2", vrid=52, lines=("use_vmac",),
                                  vips=("10.9.0.102",)),
                      lines=("vmac_prefix vm",)))
    one.reload()
    until(lambda: {x["ifname"] for x in json.loads(a.out("ip -j link"))} ==
          {"lo", "eth0", "eth1", "vm.52"}, 10, "the rest gone")


def test_ipv6(pair, director, capture, client):
    """§7.4: nothing is made of the virtual MAC; 8.2.2, 8.2.3."""
    a, _ = pair
    a.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/eth0/forwarding"])
    seen = capture(client, "eth0")
    start(a, director, vips=("fe80::100", "fd00::100"))
    advert = seen.wait_advert(5, vc.VRID)
    assert advert.packet.smac == VMAC6
    own = [x for x in a.addrs("eth0") if x.startswith("fe80")][0]
    assert advert.src == own.split("/")[0]
    assert a.addrs("vrrp.51") == {"fe80::100/64", "fd00::100/128"}
    client.run("ip -6 route add fd00::/64 dev eth0")
    until(lambda: reach(client, "fe80::100"), 10, "answer")
    assert neighbour(client, "fe80::100") == VMAC6
    answers = seen.select(lambda p: p.proto == 58 and p.payload[0] == 136 and
                          p.src == "fe80::100")
    assert answers and all(p.smac == VMAC6 and p.payload[4] & 0x80
                           for p in answers)


@pytest.mark.parametrize("ours_first", [True, False])
def test_with_keepalived(pair, director, client, ours_first):
    """Both with use_vmac, master and backup either way round."""
    a, b = pair
    kinds = ("duumvir", "keepalived") if ours_first else (
        "keepalived", "duumvir")
    one = director(a, vc.conf(vc.instance(priority=200, lines=LINES)),
                   kind=kinds[0])
    one.wait_state("VI_1", "MASTER")
    two = director(b, vc.conf(vc.instance(priority=100, lines=LINES)),
                   kind=kinds[1])
    two.wait_state("VI_1", "BACKUP")
    until(lambda: reach(client), 5, "answer of the first")
    holds(lambda: not b.has(vc.VIP), 1, "one master")
    one.stop()
    two.wait_state("VI_1", "MASTER")
    until(lambda: reach(client), 5, "answer of the second")
    # keepalived's kernel asks for the client from its physical MAC.
    assert ours_first or neighbour(client) == VMAC
    mark = two.log_mark()
    one.start()
    one.wait_state("VI_1", "MASTER")
    two.wait_state("VI_1", "BACKUP", since=mark)
    until(lambda: reach(client) and a.has(vc.VIP) and not b.has(vc.VIP), 5,
          "back at the first")
    assert not ours_first or neighbour(client) == VMAC
