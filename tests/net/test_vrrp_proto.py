# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Where adverts go, with which checksum, from whom they are taken, and what
neighbours are told: on the wire, with Debian's keepalived where it knows the
keyword."""

import ctypes
import ipaddress
import os
import re
import socket
import stat
import struct

import pytest

import vrrp_conf as vc
from netlab import holds, until
from test_interop import start_pair, wait_owner
from wirefeed import send_once

FAKE = "10.9.0.9"
OWN = {"a": "10.9.0.1", "b": "10.9.0.2"}


def unicast(own, peers, *lines):
    return ["unicast_src_ip " + own, "unicast_peer {",
            *("    " + peer for peer in peers), "}", *lines]


def sum_of(packet, dst=None):
    """0 if the checksum is right with dst in the pseudo header; None: no
    pseudo header at all."""
    body = packet.payload
    if dst is None:
        return vc._sum(body)
    return vc._sum(vc._addr(packet.src) + vc._addr(dst) +
                   struct.pack("!BBH", 0, 112, len(body)) + body)


# ---- checksums ----
@pytest.mark.parametrize("lines,form", [
    ((), "224.0.0.18"), (("v3_checksum_as_v2",), None)],
    ids=["pseudo", "plain"])
def test_version_3_checksum_is_the_configured_one(pair, director, capture,
                                                  lines, form):
    """Two of ours that differ in it still understand each other."""
    a, b = pair
    seen = capture(b, "eth0")
    one = director(a, vc.conf(vc.instance(priority=150, lines=lines)))
    one.wait_state("VI_1", "MASTER")
    packet = seen.wait_advert(5).packet
    assert sum_of(packet, form) == 0
    assert sum_of(packet, None if form else "224.0.0.18") != 0
    two = director(b, vc.conf(vc.instance(priority=100)))
    two.wait_state("VI_1", "BACKUP")
    mark = seen.mark()
    until(lambda: len(seen.adverts(since=mark)) > 10, 10, "adverts")
    assert "Entering MASTER" not in two.log()


def test_old_unicast_checksum_of_keepalived_is_learnt(pair, director, capture):
    """Told with the old form, heard with it: a keepalived that only sends it
    stays master, and one that takes over from it is answered in kind."""
    a, b = pair
    old = vc.conf(vc.instance(priority=150, lines=unicast(
        OWN["a"], [OWN["b"]], "old_unicast_checksum")))
    new = vc.conf(vc.instance(priority=100, lines=unicast(
        OWN["b"], [OWN["a"]])))
    seen = capture(a, "eth0")
    one, two = start_pair(pair, director, ("keepalived", "duumvir"), old, new)
    two.wait_log("sends old unicast checksums")
    assert sum_of(seen.adverts(src=OWN["a"])[-1].packet, "224.0.0.18") == 0
    one.stop()
    two.wait_state("VI_1", "MASTER")
    packet = seen.wait_advert(5, src=OWN["b"]).packet
    assert sum_of(packet, "224.0.0.18") == 0
    mark = two.log_mark()
    one.write(old.replace("old_unicast_checksum", "old_unicast_checksum never"))
    one.start()
    two.wait_log("sends current checksums", since=mark)
    two.wait_state("VI_1", "BACKUP", since=mark)


def test_old_unicast_checksum_never(pair, director):
    a, b = pair
    director(a, vc.conf(vc.instance(priority=150, lines=unicast(
        OWN["a"], [OWN["b"]], "old_unicast_checksum"))), kind="keepalived")
    two = director(b, vc.conf(vc.instance(priority=100, lines=unicast(
        OWN["b"], [OWN["a"]], "old_unicast_checksum never"))))
    two.wait_log("bad checksum")
    two.wait_state("VI_1", "MASTER")


# ---- unicast ----
def test_same_file_on_all_nodes(pair, director, capture):
    """Our own address among the peers is skipped."""
    a, b = pair
    seen = capture(a, "eth0")
    peers = ["unicast_peer {", "    10.9.0.1", "    10.9.0.2",
             "    10.9.0.3", "}"]
    one, two = start_pair(pair, director, ("duumvir", "duumvir"),
                          vc.conf(vc.instance(priority=150, lines=peers)),
                          vc.conf(vc.instance(priority=100, lines=peers)))
    seen.wait_advert(5, src=OWN["a"])
    one.stop()
    two.wait_state("VI_1", "MASTER")
    seen.wait_advert(5, src=OWN["b"])
    for advert in seen.adverts():
        assert advert.packet.dst in ("10.9.0.1", "10.9.0.2", "10.9.0.3")
        assert advert.packet.dst != advert.src


@pytest.mark.parametrize("lines", [
    ["unicast_peer {", "}"], ["unicast_peer {", "    10.9.0.2", "}"]],
    ids=["empty", "only-ourselves"])
def test_no_peer_is_no_multicast(pair, director, capture, lines):
    a, b = pair
    seen = capture(a, "eth0")
    one = director(b, vc.conf(vc.instance(lines=lines)))
    one.wait_state("VI_1", "MASTER")
    until(lambda: seen.garps(vc.VIP), 5, "a gratuitous ARP")
    holds(lambda: not seen.adverts(), 0.5, "silence")


TTL = [(64, "min_ttl 64", True), (63, "min_ttl 64", False),
       (64, "max_ttl 64", True), (65, "max_ttl 64", False)]


@pytest.mark.parametrize("ttl,words,is_taken", TTL)
def test_ttl_of_a_peer(pair, director, ttl, words, is_taken):
    a, b = pair
    director(a, vc.conf(vc.instance(priority=150, lines=unicast(
        OWN["a"], [OWN["b"]], "unicast_ttl %d" % ttl))))
    two = director(b, vc.conf(vc.instance(priority=100, lines=unicast(
        OWN["b"], ["%s %s" % (OWN["a"], words)]))))
    two.wait_state("VI_1", "BACKUP")
    if is_taken:
        wait_owner(a, b, a)
        holds(lambda: not b.has(vc.VIP), 1, "a backup")
    else:
        two.wait_log("TTL or hop limit out of range")
        two.wait_state("VI_1", "MASTER")


@pytest.mark.parametrize("checks", [True, False])
def test_unicast_from_a_stranger(lab, director, checks):
    b, x = lab.node("b"), lab.node("x")
    lab.plug(b, "eth0", "10.9.0.2/24")
    lab.plug(x, "eth0", FAKE + "/24")
    lines = unicast(OWN["b"], [OWN["a"]],
                    *(["check_unicast_src"] if checks else []))
    two = director(b, vc.conf(vc.instance(priority=100, version=2, advert=1,
                                          lines=lines)))
    two.wait_state("VI_1", "MASTER")
    mark = two.log_mark()
    body = vc.message(FAKE, version=2, interval=1, priority=200)
    mac = re.search("link/ether ([0-9a-f:]+)",
                    b.run("ip link show eth0").stdout).group(1)
    frame = bytearray(vc.frame(FAKE, body))
    frame[0:6] = vc._mac(mac)
    frame[24:26] = b"\0\0"
    frame[30:34] = vc._addr(OWN["b"])
    frame[24:26] = struct.pack("!H", vc._sum(bytes(frame[14:34])))
    send_once(x, "eth0", bytes(frame))
    if checks:
        two.wait_log("sender is not a configured peer", since=mark)
        assert b.has(vc.VIP)
    else:
        two.wait_state("VI_1", "BACKUP", since=mark)


def test_without_interface(pair, director, capture):
    """unicast_src_ip alone says where the instance lives."""
    a, b = pair
    text = vc.conf(vc.instance(priority=150, vips=(vc.VIP + " dev eth0",),
                               lines=unicast(OWN["a"], [OWN["b"]])))
    text = text.replace("    interface eth0\n", "")
    one = director(a, text)
    one.wait_state("VI_1", "MASTER")
    two = director(b, vc.conf(vc.instance(priority=100, lines=unicast(
        OWN["b"], [OWN["a"]]))))
    two.wait_state("VI_1", "BACKUP")
    wait_owner(a, b, a)
    seen = capture(b, "eth0")
    seen.wait_advert(5, src=OWN["a"])
    one.stop()
    two.wait_state("VI_1", "MASTER")


# ---- multicast ----
@pytest.mark.parametrize("lines,own,group", [
    ((), ("mcast_dst_ip 224.0.0.77",), "224.0.0.77"),
    (("vrrp_mcast_group4 224.0.0.88",), (), "224.0.0.88")],
    ids=["mcast_dst_ip", "vrrp_mcast_group4"])
def test_other_group_with_keepalived(pair, director, capture, lines, own,
                                     group):
    a, b = pair
    if own:  # not in 2.2.7
        kinds = ("duumvir", "duumvir")
    else:
        kinds = ("duumvir", "keepalived")
    seen = capture(b, "eth0")
    start_pair(pair, director, kinds,
               vc.conf(vc.instance(priority=150, lines=own), lines=lines),
               vc.conf(vc.instance(priority=100, lines=own), lines=lines))
    assert seen.wait_advert(5).packet.dst == group
    assert {x.packet.dst for x in seen.adverts()} == {group}


def test_source_address_and_its_loss(pair, director, capture):
    """mcast_src_ip is in each advert; with track_src_ip its loss is a fault."""
    a, _ = pair
    a.run("ip addr add 10.9.0.77/32 dev eth0")
    seen = capture(a, "eth0")
    one = director(a, vc.conf(vc.instance(lines=[
        "mcast_src_ip 10.9.0.77", "track_src_ip"])))
    one.wait_state("VI_1", "MASTER")
    assert seen.wait_advert(5).src == "10.9.0.77"
    a.run("ip addr del 10.9.0.77/32 dev eth0")
    one.wait_state("VI_1", "FAULT")
    a.run("ip addr add 10.9.0.77/32 dev eth0")
    one.wait_state("VI_1", "MASTER", since=one.log().index("FAULT STATE"))


# ---- neighbours ----
def test_neighbour_advertisement_in_every_field(pair, director, capture):
    a, b = pair
    vip = "2001:db8::100"
    seen = capture(b, "eth0")
    one = director(a, vc.conf(vc.instance(
        vips=("fe80::9:100", vip), lines=["accept"])))
    one.wait_state("VI_1", "MASTER")
    mac = re.search("link/ether ([0-9a-f:]+)",
                    a.run("ip link show eth0").stdout).group(1)

    def announced():
        return seen.select(lambda p: p.proto == 58 and p.src == vip and
                           p.payload[0] == 136)

    packet = until(announced, 5, "a neighbour advertisement")[0]
    assert packet.dst == "ff02::1" and packet.dmac == "33:33:00:00:00:01"
    assert packet.smac == mac and packet.ttl == 255
    assert packet.payload[1] == 0
    flags, = struct.unpack("!I", packet.payload[4:8])
    assert flags == 0xa0000000  # router, not solicited, override
    assert ipaddress.ip_address(packet.payload[8:24]) == \
        ipaddress.ip_address(vip)
    assert packet.payload[24:26] == b"\x02\x01"
    assert packet.payload[26:32].hex(":") == mac
    pseudo = vc._addr(packet.src) + vc._addr(packet.dst) + struct.pack(
        "!II", len(packet.payload), 58)
    assert vc._sum(pseudo + packet.payload) == 0
    # who asks for it is heard: the solicited-node group
    assert "ff02::1:ff00:100" in a.run("ip maddr show dev eth0").stdout


def test_gratuitous_arp_in_every_field(pair, director, capture):
    """As keepalived sends them, byte for byte but for the hardware address."""
    a, b = pair
    frames = {}
    for kind in ("keepalived", "duumvir"):
        seen = capture(b, "eth0")
        one = director(a, vc.conf(vc.instance()), kind=kind)
        frames[kind] = until(lambda: seen.garps(vc.VIP), 10,
                             "a gratuitous ARP")[0]
        one.stop()
        seen.stop()
    ours, theirs = frames["duumvir"], frames["keepalived"]
    assert ours.frame[:42] == theirs.frame[:42]
    assert ours.arp.op == 1 and ours.dmac == "ff:ff:ff:ff:ff:ff"


def test_garp_group_paces_on_the_wire(pair, director, capture):
    a, b = pair
    seen = capture(b, "eth0")
    vips = tuple("10.9.0.%d" % n for n in range(100, 106))
    text = vc.conf("garp_group {\n    interface eth0\n"
                   "    garp_interval 0.1\n}\n",
                   vc.instance(vips=vips, lines=["garp_master_repeat 1",
                                                 "garp_master_delay 0"]))
    one = director(a, text)
    one.wait_state("VI_1", "MASTER")
    until(lambda: len(seen.garps()) >= 6, 10, "six announcements")
    times = [x.time for x in seen.garps()]
    gaps = [y - x for x, y in zip(times, times[1:])]
    assert min(gaps) > 0.095, gaps
    assert [x.arp.sender for x in seen.garps()] == list(vips)


# ---- buffers ----
PIDFD_GETFD = 438


def raw_buffers(pid):
    """SO_RCVBUF of the IPv4 raw sockets of a process."""
    found = []
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    for fd in os.listdir("/proc/%d/fd" % pid):
        own = libc.syscall(PIDFD_GETFD, pidfd, int(fd), 0)
        if own < 0:
            continue
        if not stat.S_ISSOCK(os.fstat(own).st_mode):
            os.close(own)
            continue
        with socket.socket(fileno=own) as sock:
            if (sock.family, sock.type) == (socket.AF_INET, socket.SOCK_RAW):
                found.append(sock.getsockopt(socket.SOL_SOCKET,
                                             socket.SO_RCVBUF))
    os.close(pidfd)
    return found


def test_receive_buffer_sizes(pair, director):
    """Adds up for all instances; the kernel doubles what it is told."""
    a, _ = pair

    blocks = [vc.instance("VI_%d" % n, vrid=n, vips=("10.9.0.10%d" % n,),
                          lines=["kernel_rx_buf_size %d" % (n * 100000)])
              for n in (1, 2)]
    one = director(a, vc.conf(*blocks))
    one.wait_state("VI_1", "MASTER")
    assert 2 * 300000 in raw_buffers(one.engine("vrrp"))
    one.write(vc.conf(vc.instance(), lines=["vrrp_rx_bufs_policy 150000"]))
    one.reload()
    until(lambda: 2 * 150000 in raw_buffers(one.engine("vrrp")), 5,
          lambda: str(raw_buffers(one.engine("vrrp"))))
