# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""via_forwarding: a server is asked by the way that its clients' packets take.
What tells it from a plain check: a server without the virtual address is down
although its own address answers."""

import fcntl
import os
import socket
import struct
import threading

import pytest

from checklab import VIP, checker, server, service
from netlab import holds, until
from test_check_dgram import raw_sockets

NAME = r"Forwarded TCP connection to \[%s\]:tcp:80"


def via(address, lines=(), method="DR", plain=False):
    words = ("connect_timeout 0.5", *lines)
    if not plain:
        words += ("via_forwarding",)
    return server(address, 80, checker("TCP_CHECK", words), [
        "lvs_method %s" % method])


def listen(checks, node):
    return checks.serve(node, 80, lambda client, peer: client.recv(1))


def give_vip(node, has=True):
    node.sysctl("ipv4/conf/all/arp_ignore", 1)
    node.sysctl("ipv4/conf/all/arp_announce", 2)
    node.run("ip addr %s %s/32 dev lo" % ("add" if has else "del", VIP))


@pytest.fixture(params=["backup", "master"])
def role(request, checks):
    """The director without and with the virtual address on its interface."""
    if request.param == "master":
        checks.node.run("ip addr add %s/32 dev eth0" % VIP)
    return request.param


def test_without_the_vip_is_down(checks, role):
    """Three servers accept connections; two have the virtual address; the
    third one's plain check does not notice."""
    good, late, plain = (checks.server() for _ in range(3))
    for node in (good, late, plain):
        listen(checks, node)
    give_vip(good)
    checks.start(service([via(good.v4), via(late.v4),
                          via(plain.v4, plain=True)]))
    checks.wait_log(NAME % good.v4 + " success")
    checks.wait_log(r"TCP_CHECK on service \[%s\]:tcp:80 failed: .*timed out: "
                    r"as \[?%s\]?:80 it does not answer" % (late.v4, VIP))
    checks.wait_down(late.v4)
    checks.wait_log(r"TCP connection to \[%s\]:tcp:80 success" % plain.v4)
    give_vip(late)
    checks.wait_up(late.v4)
    mark = checks.mark()
    give_vip(good, False)
    checks.wait_down(good.v4, since=mark)
    give_vip(good)
    checks.wait_up(good.v4, since=mark)
    assert not any("[%s]:tcp:80 failed" % plain.v4 in line
                   for line in checks.log().splitlines())


def test_refused_and_gone(checks, role):
    """It has the address but nobody listens; then the machine goes."""
    web = checks.server()
    give_vip(web)
    peer = listen(checks, web)
    checks.start(service([via(web.v4)]))
    checks.wait_log(NAME % web.v4 + " success")
    peer.close()
    checks.wait_log(r"TCP_CHECK on service \[%s\]:tcp:80 failed: .*"
                    "connection refused" % web.v4)
    listen(checks, web)
    checks.wait_up(web.v4)
    mark = checks.mark()
    web.link("eth0", False)
    checks.wait_down(web.v4, since=mark)


def test_leaves_nothing_half_open(checks, role):
    """Many checks later the server holds no connection of ours."""
    web = checks.server()
    give_vip(web)
    peer = listen(checks, web)
    checks.start(service([via(web.v4)], lines=("delay_loop 0.1",)))
    checks.wait_dump(r"ok [2-9]\d,", 15)
    assert peer.count == 0
    assert "Removing" not in checks.log()
    until(lambda: "SYN-RECV" not in web.out("ss -tan"), 5,
          "half-open connections end")


def test_forged_answers(checks, role):
    """Another machine answers as the virtual address, with every flag, for
    ports and numbers that it guesses; the server itself stays silent."""
    web, other = checks.server(), checks.server()
    sock = other.call(lambda: socket.socket(
        socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
    stop = threading.Event()

    def forge():
        n = 0
        while not stop.is_set():
            n += 1
            port = 0xc000 | n % 0x4000
            tcp = struct.pack("!HHIIBBHHH", 80, port, 1, n % 65536 << 16 | 1,
                              0x50, (0x12, 0x14)[n % 2], 1024, 0, 0)
            sock.sendto(struct.pack(
                "!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0,
                socket.inet_aton(VIP), socket.inet_aton("10.9.0.1")) + tcp,
                ("10.9.0.1", 0))
    thread = threading.Thread(target=forge, daemon=True)
    thread.start()
    try:
        checks.start(service([via(web.v4)]))
        checks.wait_log(r"TCP_CHECK on service \[%s\]:tcp:80 failed: .*"
                        "timed out" % web.v4)
        holds(lambda: "Adding" not in checks.log(), 2, "it stays down")
        give_vip(web)
        listen(checks, web)
        checks.wait_up(web.v4)
    finally:
        stop.set()
        thread.join()
        sock.close()


def test_two_sockets_for_all(checks, capture):
    """However many servers: one raw socket to send, one that listens."""
    web = checks.server()
    seen = capture(web, "eth0")
    give_vip(web)
    listen(checks, web)
    for n in range(20, 28):
        web.run("ip addr add 10.9.0.%d/24 dev eth0" % n)
    checks.start(service([via("10.9.0.%d" % n) for n in range(20, 28)]))
    for n in range(20, 28):
        checks.wait_log(NAME % ("10.9.0.%d" % n) + " success")
    assert len(raw_sockets(checks.node)) == 1
    lines = checks.node.out("cat /proc/net/packet").splitlines()[1:]
    assert len(lines) == 1, lines
    syns = [p for p in seen.select(lambda p: p.proto == 6 and p.dst == VIP)
            if p.payload[13] & 0x12 == 2]
    assert {p.src for p in syns} == {"10.9.0.1"}


class TunnelEnd:
    """Takes IPIP apart and gives what was inside to the node's own kernel,
    since this one may have no ipip module: a raw socket and a tun device."""

    def __init__(self, node):
        node.call(lambda: self._open(node))
        for name in ("all", "default", "tun0"):
            node.sysctl("ipv4/conf/%s/rp_filter" % name, 0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._end = threading.Event()
        self._thread.start()
        node.lab.closers.append(self.close)

    def _open(self, node):
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 4)
        self._raw.settimeout(0.05)
        self._tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._tun, 0x400454ca, struct.pack(
            "16sH22x", b"tun0", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
        node.run("ip link set tun0 up")

    def _run(self):
        while not self._end.is_set():
            try:
                packet = self._raw.recv(2048)
            except OSError:
                continue
            os.write(self._tun, packet[(packet[0] & 15) * 4:])

    def close(self):
        self._end.set()
        self._thread.join()
        self._raw.close()
        os.close(self._tun)


def test_tunnel(checks, role):
    """lvs_method TUN: the same inside IPIP."""
    web = checks.server()
    TunnelEnd(web)
    listen(checks, web)
    checks.start(service([via(web.v4, method="TUN")]))
    checks.wait_log(r"TCP_CHECK on service \[%s\]:tcp:80 failed: .*timed out"
                    % web.v4)
    checks.wait_down(web.v4)
    give_vip(web)
    checks.wait_up(web.v4)
