# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What the RFCs ask for that shows on the wire only: the packets of the live
daemon, read byte by byte.  doc/conformance.md lists every item and its tests;
what shows in state and timing is in tests/conformance."""

import ipaddress
import socket
import struct

import pytest

import vrrp_conf as vc
from netlab import holds, until
from wirefeed import Feed, send_once

PROFILES = {
    "v2": {"version": 2, "advert": 1},
    "v3-5798": {"version": 3, "lines": ["lower_prio_no_advert"]},
    "v3-9568": {"version": 3},
}
profiles = pytest.mark.parametrize("profile", PROFILES)
version_3 = pytest.mark.parametrize("profile", ["v3-5798", "v3-9568"])


def instance(profile, name="VI_1", lines=(), **kw):
    words = dict(PROFILES[profile])
    words["lines"] = [*words.get("lines", ()), *lines]
    return vc.instance(name, **{**words, **kw})


def internet_sum(data):
    """0 where the checksum in the data is right (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(packet):
    """The pseudo-header of RFC 9568 §5.2.8 (RFC 8200 §8.1 for IPv6)."""
    ends = b"".join(ipaddress.ip_address(x).packed
                    for x in (packet.src, packet.dst))
    size = len(packet.payload)
    return ends + (struct.pack("!II", size, 112) if ":" in packet.src
                   else struct.pack("!BBH", 0, 112, size))


@pytest.fixture
def scene(lab):
    """b with a director, x who watches; both families."""
    b, x = lab.node("b"), lab.node("x")
    for i, node in enumerate((b, x)):
        node.sysctl("ipv6/conf/default/accept_dad", 0)
        node.sysctl("ipv6/conf/default/addr_gen_mode", 1)
        lab.plug(node, "eth0", ["10.9.0.%d/24" % (i + 2),
                                "fe80::%d/64" % (i + 2),
                                "2001:db8:9::%d/64" % (i + 2)])
    return b, x


@pytest.fixture
def first_advert(scene, director, capture):
    """Factory: the first advert of an instance, as seen by x."""
    def see(text, **kw):
        seen = capture(scene[1], "eth0")
        director(scene[0], vc.conf(text))
        return seen.wait_advert(15, **kw)
    return see


@profiles
def test_item_1_ipv4_header(first_advert, profile):
    p = first_advert(instance(profile)).packet
    assert (p.proto, p.dst, p.ttl) == (112, "224.0.0.18", 255)
    assert p.dmac == "01:00:5e:00:00:12"


@version_3
def test_item_2_ipv6_header(first_advert, profile):
    p = first_advert(instance(profile, vips=["fe80::100"])).packet
    assert (p.proto, p.dst, p.ttl) == (112, "ff02::12", 255)
    assert p.src == "fe80::2" and p.dmac == "33:33:00:00:00:12"


@profiles
def test_item_3_source_is_the_primary_address(scene, first_advert, profile):
    for extra in ("10.9.0.77/24", "10.8.0.1/16"):
        scene[0].run("ip addr add %s dev eth0" % extra)
    assert first_advert(instance(profile)).src == "10.9.0.2"


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_item_5_adverts_are_not_forwarded(lab, scene, capture, family):
    """A director that forwards, with a network on either side: what is sent
    to the far host arrives there, what is sent to the group does not."""
    from scapy.all import Ether, IP, IPv6, Raw
    b, x = scene
    far = lab.node("far")
    lab.plug(b, "eth1", ["10.7.0.2/24", "2001:db8:7::2/64",
                            "fe80::72/64"], switch="sw2")
    lab.plug(far, "eth0", ["10.7.0.9/24", "2001:db8:7::9/64"], switch="sw2")
    b.sysctl("ipv4/ip_forward", 1)
    b.sysctl("ipv6/conf/all/forwarding", 1)
    seen = capture(far, "eth0")
    if family == "ipv4":
        src, host, group = "10.9.0.3", "10.7.0.9", vc.GROUP
        group_mac = vc.GROUP_MAC
        head = IP(src=src, dst=host, proto=112, ttl=255)
    else:
        src, host, group = "2001:db8:9::3", "2001:db8:7::9", "ff02::12"
        group_mac = "33:33:00:00:00:12"
        head = IPv6(src=src, dst=host, nh=112, hlim=255)
    body = Raw(b"\x31\x33\x64\x01" + bytes(8))
    good = bytes(Ether(src=x.mac("eth0"), dst=b.mac("eth0")) / head / body)
    head.dst = group
    send_once(x, "eth0", bytes(Ether(src=x.mac("eth0"), dst=group_mac) /
                               head / body), times=5)
    until(lambda: send_once(x, "eth0", good) or seen.select(
        lambda p: p.proto == 112 and p.dst == host), 15, "forwarding",
        every=0.2)
    assert not seen.select(lambda p: p.dst == group)


@version_3
@pytest.mark.parametrize("vip", ["10.9.0.100", "fe80::100"])
def test_item_7_reserved_nibble_is_sent_0(first_advert, profile, vip):
    assert first_advert(instance(profile, vips=[vip])).packet.payload[4] < 16


@version_3
def test_item_8_longest_interval(first_advert, profile):
    """40.95 s is 4095 hundredths: twelve bits, all set."""
    advert = first_advert(instance(profile, priority=255, advert=40.95))
    assert advert.packet.payload[4:6] == b"\x0f\xff"


@profiles
def test_item_9_and_10_addresses(first_advert, profile):
    """The count is the list's, and one family is in it."""
    vips = ["10.9.0.%d" % n for n in range(100, 105)]
    text = instance(profile, vips=vips, lines=[
        "virtual_ipaddress_excluded {", "2001:db8:9::99", "10.9.0.200", "}"])
    advert = first_advert(text)
    assert advert.count == 5 and advert.addrs == vips
    size = 8 + 4 * 5 + (8 if advert.version == 2 else 0)
    assert len(advert.packet.payload) == size


@version_3
def test_item_11_link_local_comes_first(first_advert, profile):
    advert = first_advert(instance(profile, vips=[
        "2001:db8:9::100", "fe80::100", "2001:db8:9::101"]))
    assert advert.addrs == ["fe80::100", "2001:db8:9::100",
                            "2001:db8:9::101"]


def test_item_12_no_authentication_is_all_zero(first_advert):
    advert = first_advert(instance("v2"))
    assert advert.auth_type == 0
    assert advert.packet.payload[-8:] == bytes(8)


def test_item_13_version_2_sums_the_message(first_advert):
    advert = first_advert(instance("v2"))
    assert internet_sum(advert.packet.payload) == 0


@version_3
def test_item_14_ipv6_sums_the_pseudo_header(first_advert, profile):
    p = first_advert(instance(profile, vips=["fe80::100"])).packet
    assert internet_sum(pseudo(p) + p.payload) == 0
    assert internet_sum(p.payload) != 0


@version_3
@pytest.mark.parametrize("plain", [False, True], ids=["pseudo", "message"])
def test_item_15_ipv4_sum_by_the_knob(first_advert, profile, plain):
    p = first_advert(instance(
        profile, lines=["v3_checksum_as_v2"] if plain else [])).packet
    assert (internet_sum(p.payload) == 0) is plain
    assert (internet_sum(pseudo(p) + p.payload) == 0) is not plain


@profiles
def test_item_19_ethernet_padding_is_tolerated(scene, director, profile):
    """A short advert is padded to 60 bytes; what the IP header counts is
    what counts."""
    b, x = scene
    one = director(b, vc.conf(instance(profile, lines=["nopreempt"])))
    one.wait_state("VI_1", "MASTER", timeout=15)
    version = PROFILES[profile]["version"]
    frame = vc.frame("10.9.0.3", vc.message(
        "10.9.0.3", version=version, priority=200,
        interval=1 if version == 2 else 0.1))
    send_once(x, "eth0", frame + b"\xa5" * 30)
    one.wait_state("VI_1", "BACKUP")


@version_3
def test_item_32_one_vrid_in_both_families(scene, director, capture, profile):
    seen = capture(scene[1], "eth0")
    director(scene[0], vc.conf(
        instance(profile, "VI_4"),
        instance(profile, "VI_6", vips=["fe80::100"])))
    for src in ("10.9.0.2", "fe80::2"):
        seen.wait_advert(10, vrid=vc.VRID, src=src)


@profiles
def test_item_33_owner_and_range(first_advert, director, scene, profile):
    """255 is said and acted on; 0 is no priority to configure."""
    assert first_advert(instance(profile, priority=255)).priority == 255
    bad = director(scene[1], vc.conf(instance(profile, priority=0)),
                   start=False)
    done = bad.check_config()
    assert done.returncode != 0
    assert "'0' outside range [1, 255]" in done.stderr + done.stdout


@profiles
def test_item_42_gratuitous_arp(scene, director, capture, profile):
    seen = capture(scene[1], "eth0")
    director(scene[0], vc.conf(instance(profile)))
    garp = until(lambda: seen.garps(vc.VIP), 15, "a gratuitous ARP")[0]
    assert garp.dmac == "ff:ff:ff:ff:ff:ff"
    assert garp.arp.sender_mac == garp.smac == scene[0].mac("eth0")
    advert = seen.adverts()[0]
    assert advert.time <= garp.time


@version_3
def test_item_42_unsolicited_na(scene, director, capture, profile):
    """R=1 S=0 O=1, to all nodes, with the link-layer address; before it the
    solicited-node group has been joined (MLD says so)."""
    seen = capture(scene[1], "eth0")
    scene[0].sysctl("ipv6/conf/all/forwarding", 1)
    director(scene[0], vc.conf(instance(profile, vips=["fe80::100"])))

    def advertisements():
        return seen.select(lambda p: p.proto == 58 and p.payload[:1] ==
                           b"\x88" and p.payload[8:24] ==
                           ipaddress.ip_address("fe80::100").packed)
    na = until(advertisements, 15, "a neighbour advertisement")[0]
    assert na.payload[4] & 0xe0 == 0xa0
    assert (na.dst, na.ttl) == ("ff02::1", 255)
    assert na.payload[24:26] == b"\x02\x01"
    assert na.payload[26:32].hex(":") == scene[0].mac("eth0")
    groups = scene[0].out("ip -6 maddr show dev eth0")
    assert "ff02::1:ff00:100" in groups


@profiles
def test_item_44_backup_is_silent(scene, director, capture, profile):
    """No advert, no answer for the virtual address while another leads."""
    b, x = scene
    version = PROFILES[profile]["version"]
    pause = 1 if version == 2 else 0.1
    seen = capture(x, "eth0")
    frame = vc.frame("10.9.0.3", vc.message("10.9.0.3", version=version,
                                            priority=200, interval=pause))
    with Feed(x, "eth0", frame, every=pause / 4):
        one = director(b, vc.conf(instance(profile)))
        one.wait_state("VI_1", "BACKUP")
        x.call(lambda: socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM).sendto(b"?", (vc.VIP, 9)))
        holds(lambda: not b.has(vc.VIP), 1)
    assert seen.select(lambda p: p.arp and p.arp.target == vc.VIP)
    assert not seen.adverts(src="10.9.0.2")
    assert not seen.select(lambda p: p.arp and p.arp.sender == vc.VIP)


def router_adverts(seen, since=0):
    return seen.select(lambda p: p.proto == 58 and
                       p.payload[:1] == b"\x86", since)


@version_3
def test_item_52_router_advertisements(scene, director, capture, profile):
    """From the virtual link-local address with the MAC that answers for it,
    while master; none as backup, none unless asked for."""
    b, x = scene
    seen = capture(x, "eth0")
    text = vc.conf(instance(profile, vips=["2001:db8:9::100", "fe80::100"],
                            lines=["router_advert 4",
                                   "router_advert_lifetime 30"]))
    one = director(b, text)
    one.wait_state("VI_1", "MASTER")
    until(lambda: len(router_adverts(seen)) >= 2, 15, "two of them")
    ra = router_adverts(seen)[0]
    assert (ra.src, ra.dst, ra.ttl) == ("fe80::100", "ff02::1", 255)
    assert ra.smac == b.mac("eth0") and ra.dmac == "33:33:00:00:00:01"
    assert struct.unpack("!H", ra.payload[6:8]) == (30,)
    assert ra.payload[16:] == b"\x01\x01" + bytes.fromhex(
        b.mac("eth0").replace(":", ""))
    ends = b"".join(ipaddress.ip_address(a).packed for a in (ra.src, ra.dst))
    assert internet_sum(ends + struct.pack("!II", len(ra.payload), 58) +
                        ra.payload) == 0
    # A master of higher priority: silence.
    x.run("ip addr add fe80::9/64 dev eth0 nodad")
    two = director(x, vc.conf(instance(profile, priority=200,
                                       vips=["fe80::100"])))
    two.wait_state("VI_1", "MASTER")
    one.wait_state("VI_1", "BACKUP")
    mark = seen.mark()
    holds(lambda: not router_adverts(seen, mark), 5)


@version_3
@pytest.mark.parametrize("vip", ["10.9.0.100", "fe80::100"],
                         ids=["ipv4", "ipv6"])
def test_item_55_silence_before_mac_and_address(lab, scene, director, capture,
                                                profile, vip):
    """A cold start of the owner, whose interface is yet to come: not one
    frame speaks for the virtual address before it and its MAC are there."""
    b, x = scene
    mac = "00:00:5e:00:0%d:33" % (2 if ":" in vip else 1)
    b.run("ip link del eth0")
    seen = capture(x, "eth0")
    one = director(b, vc.conf(instance(profile, vips=[vip], priority=255,
                                       lines=["use_vmac"])))
    one.wait_log(r"\(VI_1\) Entering FAULT STATE")
    b.sysctl("ipv6/conf/default/addr_gen_mode", 0)
    lab.plug(b, "eth0", ["10.9.0.2/24"])
    one.wait_state("VI_1", "MASTER")
    packed = ipaddress.ip_address(vip).packed

    def speaks(p):
        """For the address: ARP sender, NA target, NS source or target."""
        if p.arp:
            return p.arp.sender == vip
        return p.src == vip or (p.proto == 58 and p.payload[:1] in
                                (b"\x87", b"\x88") and
                                p.payload[8:24] == packed)
    first = until(lambda: seen.select(speaks), 10, "an announcement")
    assert {p.smac for p in first} == {mac}
    assert [n for n in b.addrs() if n.split("/")[0] == vip]


@version_3
def test_item_56_no_identifier_from_the_virtual_mac(scene, director, profile):
    """Neither the base nor the virtual interface has fe80::200:5eff:fe00:…."""
    b, _ = scene
    b.sysctl("ipv6/conf/default/addr_gen_mode", 0)
    one = director(b, vc.conf(
        instance(profile, vips=["fe80::100"], lines=["use_vmac"]),
        instance(profile, "VI_4", lines=["use_vmac"], vrid=52)))
    for name in ("VI_1", "VI_4"):
        one.wait_state(name, "MASTER")
    assert "00:00:5e:00:02:33" in b.out("ip link show")
    holds(lambda: not [a for a in b.addrs() if "5eff:fe00" in a], 2)
