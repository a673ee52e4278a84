# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Checks by datagrams against real servers: DNS_CHECK, UDP_CHECK.  Each breaks in
every way that it can, and comes back."""

import socket
import struct
import threading

import pytest

from checklab import checker, server, service
from netlab import holds, until

DNS_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16,
             "AAAA": 28, "RRSIG": 46, "DNSKEY": 48}
ASK = ("type A", "name www.test", "connect_timeout 1")


class UdpPeer:
    """A UDP server in a node.  handler(data, sender, peer) answers with
    peer.send(data, sender); all that came is in peer.seen."""

    def __init__(self, node, port, handler, address="0.0.0.0"):
        self.handler, self.seen = handler, []
        self._end = threading.Event()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = node.call(lambda: self._open(family, address, port))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        node.lab.closers.append(self.close)

    @staticmethod
    def _open(family, address, port):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((address, port))
        sock.settimeout(0.05)
        return sock

    def send(self, data, to):
        self._socket.sendto(data, to)

    def _run(self):
        while not self._end.is_set():
            try:
                data, sender = self._socket.recvfrom(65535)
            except OSError:
                continue  # nobody within the time-out
            self.seen.append(data)
            if self.handler is not None:
                self.handler(data, sender, self)

    def close(self):
        if self._end.is_set():
            return
        self._end.set()
        self._thread.join()
        self._socket.close()


def udp_service(servers):
    return service(servers, port=53, protocol="UDP")


def dnsmasq(node, lines):
    """dnsmasq with this configuration only; stop it with .terminate()."""
    child = node.popen(["dnsmasq", "--keep-in-foreground", "--conf-file=-",
                        "--no-hosts", "--no-resolv", "--pid-file=",
                        "--user=root", "--bind-interfaces",
                        "--log-facility=/dev/null"], stdin=-1)
    child.stdin.write("\n".join(lines).encode() + b"\n")
    child.stdin.close()

    def answers():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            sock.settimeout(0.1)
            sock.connect(("127.0.0.1", 53))
            try:
                sock.send(struct.pack("!6H", 1, 0x100, 1, 0, 0, 0) +
                          b"\3www\4test\0\0\1\0\1")
                return sock.recv(512)
            except OSError:
                return b""
    until(lambda: child.poll() is None and node.call(answers), 10,
          "dnsmasq answers")
    return child


def answer(query, flags=0x8180, tail=b"", id_xor=0):
    """The query's own question back, with these flags."""
    number = struct.unpack_from("!H", query)[0] ^ id_xor
    return struct.pack("!HH", number, flags) + query[4:] + tail


# ---- DNS_CHECK ----

def test_dnsmasq_stops_and_starts(checks):
    """A real server: one that knows the name, and one that refuses."""
    lines = ["address=/www.test/10.0.0.1", "local=/test/"]
    good, bad = checks.server(), checks.server()
    first = dnsmasq(good, lines)
    dnsmasq(bad, lines)
    checks.start(udp_service([
        server(good.v4, 53, checker("DNS_CHECK", ASK)),
        server(bad.v4, 53, checker("DNS_CHECK", (
            "type A", "name other.test", "connect_timeout 1")))]))
    checks.wait_log(r"DNS_CHECK \(\[%s\]:udp:53\) read error occurred. "
                    r"\(rcode = 3\) .*NXDOMAIN" % bad.v4)
    checks.wait_down(bad.v4, 53)
    checks.wait_log(r"DNS query to \[%s\]:udp:53 success" % good.v4)
    first.terminate()
    first.wait(10)
    checks.wait_log(r"DNS_CHECK \(\[%s\]:udp:53\) failed to read socket"
                    ".*refused" % good.v4)
    checks.wait_down(good.v4, 53)
    dnsmasq(good, lines)
    checks.wait_up(good.v4, 53)


def test_every_type_on_the_wire(checks):
    """Recursion desired, the type's number, the name, another id each."""
    web = checks.server()
    peer = UdpPeer(web, 53, lambda q, who, p: p.send(answer(q), who))
    UdpPeer(web, 54, lambda q, who, p: p.send(answer(q), who))
    checks.start(*(service([server(web.v4, 53, checker("DNS_CHECK", (
        "type " + word, "name %s.example.org" % word)))],
        vip="10.9.1.%d" % number, port=53, protocol="UDP")
        for number, word in enumerate(DNS_TYPES, 1)),
        service([server(web.v4, 53, checker("DNS_CHECK", ()))],
                vip="10.9.1.99", port=53, protocol="UDP"))
    want = {b"\0\1\0\0\0\0\0\0\0\0\6\0\1"}
    for word, number in DNS_TYPES.items():
        label = word.encode()
        want.add(b"\0\1\0\0\0\0\0\0" + bytes([len(label)]) + label +
                 b"\7example\3org\0" + struct.pack("!HH", number, 1))
    until(lambda: {q[4:] for q in peer.seen} == want, 10, "all the queries",)
    until(lambda: len(peer.seen) >= 20, 10, "a second round")
    assert {q[2:4] for q in peer.seen} == {b"\1\0"}
    assert len({q[:2] for q in peer.seen}) > 15
    assert "Removing" not in checks.log()


WAYS = {
    "servfail": (lambda q: [answer(q, 0x8182)],
                 r"read error occurred. \(rcode = 2\) .*SERVFAIL"),
    "header alone": (lambda q: [q[:2] + b"\x81\x85" + bytes(8)],
                     r"\(rcode = 5\) .*REFUSED"),
    "silent": (lambda q: [], "read timeout from socket"),
    "wrong id": (lambda q: [answer(q, id_xor=1)], "read timeout"),
    "our own query": (lambda q: [q], "read timeout"),
    "five bytes": (lambda q: [answer(q)[:5]], "read timeout"),
    "nothing": (lambda q: [b""], "read timeout"),
    "another question": (
        lambda q: [answer(q).replace(b"\3www", b"\3ftp")], "read timeout"),
    "records that are not there": (
        lambda q: [answer(q)[:6] + b"\0\7" + answer(q)[8:]],
        "malformed answer: cannot read record 1 of 7"),
    "a pointer to itself": (
        lambda q: [answer(q)[:6] + b"\0\1" + answer(q, tail=b"\xc0\x1a" +
                                                    bytes(20))[8:]],
        "malformed answer"),
}


@pytest.mark.parametrize("way", WAYS)
def test_dns_ways_to_fail(checks, way):
    web = checks.server()
    broken, line = WAYS[way]
    is_good = [True]

    def serve(query, who, peer):
        for one in [answer(query)] if is_good[0] else broken(query):
            peer.send(one, who)
    UdpPeer(web, 53, serve)
    checks.start(udp_service([server(web.v4, 53, checker(
        "DNS_CHECK", ("name www.test", "connect_timeout 0.5")))]))
    checks.wait_log(r"DNS query to \[%s\]:udp:53 success" % web.v4)
    is_good[0] = False
    checks.wait_log(r"DNS_CHECK \(\[%s\]:udp:53\) .*%s" % (web.v4, line))
    checks.wait_down(web.v4, 53)
    is_good[0] = True
    checks.wait_up(web.v4, 53)


def test_dns_answers_that_are_good_enough(checks):
    """Truncated, without the question, in capitals, longer than 512 bytes,
    or behind a crowd of wrong ones."""
    web = checks.server()
    ways = [
        lambda q: [answer(q, 0x8380)[:6] + b"\0\7" + answer(q)[8:]],
        lambda q: [q[:2] + b"\x81\x80" + bytes(8)],
        lambda q: [answer(q).upper().replace(answer(q).upper()[:4],
                                             answer(q)[:4])],
        lambda q: [answer(q)[:6] + b"\0\1" + answer(q, tail=(
            b"\xc0\x0c\0\x10\0\1\0\0\0\0" + struct.pack("!H", 9000) +
            b"\0" * 9000))[8:]],
        lambda q: [answer(q, id_xor=1 + i % 1000) for i in range(60)] +
        [b"", b"x", q] * 20 + [answer(q)],
    ]
    for n, way in enumerate(ways):
        UdpPeer(web, 60 + n, lambda q, who, p, way=way: [
            p.send(one, who) for one in way(q)])
    checks.start(udp_service([server(web.v4, 60 + n, checker(
        "DNS_CHECK", ASK)) for n in range(len(ways))]))
    for n in range(len(ways)):
        checks.wait_log(r"DNS query to \[%s\]:udp:%d success" % (web.v4,
                                                                 60 + n))
    assert "Removing" not in checks.log()


def test_dns_spoofed_flood(checks):
    """A stranger guesses: neither its answers nor their number decide."""
    web = checks.server()
    seen = []

    def serve(query, who, peer):
        seen.append(query)
        for guess in range(1, 150):  # fewer than the kernel keeps for us
            peer.send(answer(query, 0x8182, id_xor=guess), who)
        peer.send(answer(query), who)
    UdpPeer(web, 53, serve)
    checks.start(udp_service([server(web.v4, 53, checker("DNS_CHECK", ASK))]))
    until(lambda: len(seen) >= 4, 15, "four checks")
    assert "Removing" not in checks.log()


def test_dns_defaults_and_ipv6(checks):
    """retry is 3 and each attempt delay_loop apart, unless told; over IPv6;
    an unreachable host is told by the network before the time is over."""
    web = checks.server()
    peer = UdpPeer(web, 53, None, "::")
    text = service([server(web.v6, 53, (
        "        DNS_CHECK {\n            connect_timeout 0.2\n"
        "        }\n"))], vip="fd09::1:1", port=53, protocol="UDP",
        lines=("delay_loop 0.5",))
    checks.start(text)
    checks.wait_log(r"DNS_CHECK on service \[%s\]:udp:53 failed: .*"
                    "1 of 1 attempts" % web.v6)
    checks.wait_down(web.v6, 53)
    peer.handler = lambda q, who, p: p.send(answer(q), who)
    checks.wait_up(web.v6, 53)
    mark = checks.mark()
    peer.handler = None
    checks.wait_log(r"failed after 3 retries: .* 4 of 4 attempts",
                    since=mark)
    peer.handler = lambda q, who, p: p.send(answer(q), who)
    checks.wait_up(web.v6, 53, since=mark)


def test_dns_nobody_there(checks):
    """The neighbour search ends before the time does: said as what it is."""
    checks.start(udp_service([server("10.9.0.77", 53, checker(
        "DNS_CHECK", ("connect_timeout 8",)))]))
    checks.wait_log(r"DNS_CHECK \(\[10.9.0.77\]:udp:53\) failed to read "
                    r"socket \(host unreachable", timeout=7)


def test_dns_shared(checks):
    """Equal questions are one probe, different ones are not."""
    web = checks.server()
    peer = UdpPeer(web, 53, lambda q, who, p: p.send(answer(q), who))
    checks.start(*(service([server(web.v4, 53, checker("DNS_CHECK", (
        "name %s.test" % name,)))], vip="10.9.1.%d" % n, port=53,
        protocol="UDP") for n, name in enumerate("aaaaab", 1)),
        lines=())
    checks.wait_dump(r"^ Probes 2,")
    until(lambda: len(peer.seen) >= 6, 10, "queries")
    holds(lambda: "Removing" not in checks.log(), 0.5, "all are up")


# ---- UDP_CHECK ----

def udp_server(address, port, lines=()):
    return server(address, port, checker("UDP_CHECK", (
        "connect_timeout 0.6", *lines)))


def test_udp_silence_is_up_a_closed_port_is_down(checks):
    web = checks.server()
    peer = UdpPeer(web, 70, None)
    checks.start(udp_service([udp_server(web.v4, 70)]))
    checks.wait_log(r"UDP connection to \[%s\]:udp:70 success" % web.v4)
    until(lambda: len(peer.seen) >= 3, 10, "datagrams")
    assert {len(data) for data in peer.seen} == {32}
    assert len(set(peer.seen)) == len(peer.seen)
    peer.close()
    checks.wait_log(r"UDP_CHECK on service \[%s\]:udp:70 failed: .*"
                    "connection refused" % web.v4)
    checks.wait_down(web.v4, 70)
    UdpPeer(web, 70, None)
    checks.wait_up(web.v4, 70)


def test_udp_silence_of_what_was_never_sent(checks):
    """Nobody has the address, and the time is over before the neighbour
    search is: keepalived says up."""
    checks.start(udp_service([udp_server("10.9.0.77", 70)]))
    checks.wait_log(r"UDP_CHECK on service \[10.9.0.77\]:udp:70 failed: .*"
                    "host unreachable: nobody has its address")
    checks.wait_down("10.9.0.77", 70)


REPLIES = [  # require_reply ..., what comes, what is said of it
    ((), b"anything", None),
    ((), b"", None),
    (("01 xx 0x",), b"\1\2\3", None),
    (("01 xx 0x",), b"\1\2\3 and more", None),
    (("01 xx 0x",), b"\1", None),
    (("01 xx 0x",), b"\1\2\x33", "wrong answer: byte 3 is 33"),
    (("01",), b"\2", "wrong answer: byte 1 is 02"),
    (("01", "min_reply_length 5"), b"\1abc",
     "wrong answer: 4 bytes, at least 5 wanted"),
    (("01", "max_reply_length 5"), b"\1abcde",
     "wrong answer: 6 bytes, at most 5 wanted"),
    (("01", "max_reply_length 300"), b"\1" + b"x" * 299, None),
    (("01",), b"\1" + b"x" * 8000,
     "wrong answer: 8001 bytes, at most 255 wanted"),
    ((), None, "timed out"),
]


def test_udp_replies(checks):
    """All kinds of answers at once, one server's port for each."""
    web = checks.server()
    servers = []
    for n, (words, reply, _said) in enumerate(REPLIES):
        first = ["require_reply " + words[0]] if words else ["require_reply"]
        servers.append(udp_server(web.v4, 100 + n, [
            "payload 01 0203 a", *first, *words[1:]]))
        UdpPeer(web, 100 + n, lambda q, who, p, reply=reply: reply is None or
                p.send(reply if q == b"\1\2\3\x0a" else b"\xff", who))
    checks.start(udp_service(servers))
    for n, (_words, _reply, said) in enumerate(REPLIES):
        name = r"\[%s\]:udp:%d" % (web.v4, 100 + n)
        if said is None:
            checks.wait_log("UDP connection to %s success" % name)
        else:
            checks.wait_log(r"UDP_CHECK on service %s failed: .*\(%s" %
                            (name, said))
            checks.wait_down(web.v4, 100 + n)


def test_udp_a_strangers_datagrams(checks):
    """From another port of the server, and from another machine that guesses
    the port: no answer."""
    web, other = checks.server(), checks.server()
    stranger = UdpPeer(other, 70, None)
    second = UdpPeer(web, 71, None)

    def serve(query, who, peer):
        second.send(b"\1", who)
        stranger.send(b"\1", who)
    UdpPeer(web, 70, serve)
    checks.start(udp_service([udp_server(web.v4, 70, ["require_reply"])]))
    checks.wait_log(r"UDP_CHECK on service \[%s\]:udp:70 failed: .*"
                    "timed out" % web.v4)


def test_udp_ipv6(checks):
    web = checks.server()
    peer = UdpPeer(web, 70, lambda q, who, p: p.send(q, who), "::")
    checks.start(service([udp_server(web.v6, 70, ["payload 41 42",
                                                  "require_reply 4142"])],
                         vip="fd09::1:1", port=53, protocol="UDP"))
    checks.wait_log(r"UDP connection to \[%s\]:udp:70 success" % web.v6)
    peer.close()
    checks.wait_log("failed: .*connection refused")
    checks.wait_down(web.v6, 70)


# ---- PING_CHECK ----

def ping_server(address, lines=(), port=80):
    return server(address, port, checker("PING_CHECK", (
        "connect_timeout 0.6", *lines)))


def count_requests(seen, src=None):
    return [p for p in seen.select(lambda p: p.proto == 1)
            if p.payload[0] == 8 and src in (None, p.src)]


def test_ping_address_goes_and_comes(checks):
    """IPv4 and IPv6; the addresses of one machine are removed."""
    web = checks.server()
    checks.start(service([ping_server(web.v4)]),
                 service([ping_server(web.v6)], vip="fd09::1:1"))
    checks.wait_log(r"ICMP connection to \[%s\] success" % web.v4)
    checks.wait_log(r"ICMP connection to \[%s\] success" % web.v6)
    web.run("ip addr del %s/24 dev eth0" % web.v4)
    web.run("ip addr del %s/64 dev eth0" % web.v6)
    checks.wait_log(r"ICMP CHECK on service \[%s\] failed: "
                    "ICMP connection to .* timeout" % web.v4)
    checks.wait_log(r"ICMP CHECK on service \[%s\] failed" % web.v6)
    checks.wait_down(web.v4)
    checks.wait_down(web.v6)
    web.run("ip addr add %s/24 dev eth0" % web.v4)
    web.run("ip addr add %s/64 dev eth0 nodad" % web.v6)
    checks.wait_up(web.v4)
    checks.wait_up(web.v6)


def test_ping_errors_of_others(checks):
    """A router says that it cannot reach the server: down before the time is
    over, over IPv4 and IPv6."""
    web = checks.server()
    for path in ("ipv4.ip_forward", "ipv6.conf.all.forwarding"):
        web.sysctl(path.replace(".", "/"), 1)
    web.run("ip route add unreachable 10.77.0.0/24")
    web.run("ip -6 route add unreachable fd77::/64")
    checks.node.run("ip route add 10.77.0.0/24 via %s" % web.v4)
    checks.node.run("ip -6 route add fd77::/64 via %s" % web.v6)
    late = ("connect_timeout 20",)
    checks.start(
        service([server("10.77.0.1", 80, checker("PING_CHECK", late))]),
        service([server("fd77::1", 80, checker("PING_CHECK", late))],
                vip="fd09::1:1"))
    checks.wait_log(r"ICMP CHECK on service \[10.77.0.1\] failed: .*"
                    "host unreachable")
    checks.wait_log(r"ICMP CHECK on service \[fd77::1\] failed: .*"
                    "(host|network) unreachable")


def test_ping_one_socket_one_probe(checks, capture):
    """Five services with ten servers of five machines: a socket, five pings an
    interval."""
    web = checks.server()
    seen = capture(web, "eth0")
    for n in range(20, 25):
        web.run("ip addr add 10.9.0.%d/24 dev eth0" % n)
    checks.start(*(service([ping_server("10.9.0.%d" % n, port=port)
                            for n in range(20, 25) for port in (80, 443)],
                           vip="10.9.1.%d" % k) for k in range(5)))
    for n in range(20, 25):
        checks.wait_log(r"ICMP connection to \[10.9.0.%d\] success" % n)
    checks.wait_dump(r"^ Probes 5,")
    until(lambda: len(count_requests(seen)) >= 15, 10, "three rounds")
    requests = count_requests(seen)
    assert len({p.payload[4:6] for p in requests}) == 1
    assert len({p.payload[8:16] for p in requests}) == len(requests)
    pid = checks.director.engine("check")
    assert len(raw_sockets(checks.node)) == 1, raw_sockets(checks.node)
    assert pid and "Removing" not in checks.log()


def raw_sockets(node, family=4):
    text = node.out("cat /proc/net/raw%s" % ("" if family == 4 else "6"))
    return text.splitlines()[1:]


def test_ping_bound(checks, capture):
    """bindto, bind_if, fwmark: each its own socket; a source that is not there
    is no verdict."""
    web = checks.server()
    seen = capture(web, "eth0")
    checks.node.run("ip addr add 10.9.0.9/24 dev eth0")
    for n in (31, 32, 33):
        web.run("ip addr add 10.9.0.%d/24 dev eth0" % n)
    web.run("ip addr add 10.77.0.2/32 dev lo")
    checks.node.run("ip rule add fwmark 7 table 100")
    checks.node.run("ip route add 10.77.0.0/24 via %s table 100" % web.v4)
    checks.start(service([
        ping_server("10.9.0.31", ["bindto 10.9.0.9"]),
        ping_server("10.9.0.32", ["bind_if eth0"]),
        ping_server("10.9.0.33", ["bindto 10.9.0.98"]),
        ping_server("10.77.0.2", ["fwmark 7"]),
        ping_server("10.9.0.34", ["bind_if nosuch0"])]))
    for address in ("10.9.0.31", "10.9.0.32", "10.77.0.2"):
        checks.wait_log(r"ICMP connection to \[%s\] success" % address)
    checks.wait_log(r"ICMP connection to \[10.9.0.33\] not possible "
                    r"\(local: source address")
    checks.wait_log(r"ICMP connection to \[10.9.0.34\] not possible "
                    r"\(local: no such interface")
    assert count_requests(seen, "10.9.0.9")
    checks.node.run("ip addr add 10.9.0.98/24 dev eth0")
    checks.wait_log(r"ICMP connection to \[10.9.0.33\] success")
    assert "Removing" not in checks.log()


def test_ping_interface_comes_back(checks):
    """bind_if of an interface that is deleted and made again."""
    web = checks.server()
    def plug():
        checks.lab.plug(checks.node, "d9", "10.99.0.1/24", "sw9")

    plug()
    checks.lab.plug(web, "d9", "10.99.0.2/24", "sw9")
    checks.start(service([ping_server("10.99.0.2", ["bind_if d9"])]))
    checks.wait_log(r"ICMP connection to \[10.99.0.2\] success")
    checks.node.run("ip link del d9")
    checks.wait_log(r"ICMP connection to \[10.99.0.2\] not possible")
    plug()
    web.run("ip addr flush dev d9")
    checks.wait_down("10.99.0.2")
    web.run("ip addr add 10.99.0.2/24 dev d9")
    checks.wait_up("10.99.0.2")


def test_ping_forged_replies(checks):
    """Another machine answers every number but the nonce, and floods."""
    web, other = checks.server(), checks.server()
    web.sysctl("ipv4/icmp_echo_ignore_all", 1)
    sock = web.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
    forger = other.call(lambda: socket.socket(
        socket.AF_INET, socket.SOCK_RAW, 1))
    stop = threading.Event()

    def forge():
        sock.settimeout(0.05)
        while not stop.is_set():
            try:
                packet = sock.recv(2048)
            except OSError:
                continue
            body = packet[20:]
            if body[0] != 8:
                continue
            for nonce, via in ((bytes(8), sock), (body[8:16], forger)):
                reply = b"\0\0\0\0" + body[4:8] + nonce + body[16:]
                total = sum(struct.unpack("!%dH" % (len(reply) // 2), reply))
                while total >> 16:
                    total = (total & 0xffff) + (total >> 16)
                reply = b"\0\0" + struct.pack("!H", ~total & 0xffff) + \
                    reply[4:]
                for _ in range(50):
                    via.sendto(reply, ("10.9.0.1", 0))
    thread = threading.Thread(target=forge, daemon=True)
    thread.start()
    try:
        checks.start(service([ping_server(web.v4)]))
        checks.wait_down(web.v4)
        web.sysctl("ipv4/icmp_echo_ignore_all", 0)
        checks.wait_up(web.v4)
    finally:
        stop.set()
        thread.join()
        sock.close()
        forger.close()
