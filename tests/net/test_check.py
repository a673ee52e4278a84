# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""TCP_CHECK against real listeners: verdicts, retries, quorum, shared probes.
This kernel may have no IPVS: checks must not mind."""

import os
import re
import socket
import struct
import threading

import pytest

import vrrp_conf as vc
from netlab import until

SERVER = "10.9.0.2"
SYN, ACK = 2, 16


class Listener:
    """A TCP listener in a node that treats each client in one way:
    "hold" accepts and never answers, "reset" accepts and resets."""

    def __init__(self, node, port, manner="hold"):
        self.manner, self.held, self.count = manner, [], 0
        self._end = threading.Event()
        self._socket = node.call(lambda: self._open(port))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        node.lab.closers.append(self.close)

    @staticmethod
    def _open(port):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", port))
        sock.listen(128)
        sock.settimeout(0.05)
        return sock

    def _run(self):
        while not self._end.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                continue  # nobody within the time-out
            self.count += 1
            if self.manner == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
                client.close()
            else:
                self.held.append(client)

    def close(self):
        if self._end.is_set():
            return
        self._end.set()
        self._thread.join()
        for one in [self._socket, *self.held]:
            one.close()


def server(port=80, check="", address=SERVER, weight=1):
    return ("    real_server %s %d {\n        weight %d\n"
            "        TCP_CHECK {\n            connect_timeout 1\n%s"
            "        }\n    }\n" % (address, port, weight, "".join(
                "            %s\n" % line for line in check)))


def service(vip, servers, lines=("delay_loop 1",)):
    return ("virtual_server %s 80 {\n    lvs_sched rr\n    lvs_method NAT\n"
            "    protocol TCP\n%s%s}\n" % (
                vip, "".join("    %s\n" % x for x in lines),
                "".join(servers)))


FAST = ("retry 1", "delay_before_retry 0.2")
ADDING = r"Adding service \[10.9.0.2\]:tcp:80 to VS \[10.9.1.1\]:tcp:80"
REMOVING = r"Removing service \[10.9.0.2\]:tcp:80 from VS \[10.9.1.1\]:tcp:80"


def syns(seen, port=80, dst=SERVER, since=0):
    """Connection attempts: SYNs by distinct source port, in order."""
    found = {}
    for p in seen.select(lambda p: p.proto == 6 and p.dst == dst, since):
        sport, dport = struct.unpack_from("!HH", p.payload)
        if dport == port and p.payload[13] & (SYN | ACK) == SYN:
            found.setdefault(sport, p.time)
    return list(found)


def test_down_and_up_again(pair, director):
    a, b = pair
    web = Listener(b, 80)
    one = director(a, vc.conf(service("10.9.1.1", [server(check=FAST)])),
                   options=["-C"])
    one.wait_log(r"Gained quorum .*VS \[10.9.1.1\]:tcp:80")
    until(lambda: web.count >= 2, 10, "checks")
    assert "Removing" not in one.log()
    web.close()
    one.wait_log(REMOVING)
    one.wait_log(r"Lost quorum .*VS \[10.9.1.1\]:tcp:80")
    mark = one.log_mark()
    Listener(b, 80)
    one.wait_log(ADDING, since=mark)
    one.wait_log(r"Gained quorum .*VS \[10.9.1.1\]:tcp:80", since=mark)
    assert len(re.findall(REMOVING, one.log())) == 1


def test_refused_counts_its_retries(pair, director, capture):
    """retry 3: the fourth attempt decides, no more and no less."""
    a, b = pair
    seen = capture(b, "eth0")
    web = Listener(b, 80)
    check = ("retry 3", "delay_before_retry 0.3")
    one = director(a, vc.conf(service("10.9.1.1", [server(check=check)],
                                      ("delay_loop 2",))), options=["-C"])
    until(lambda: web.count >= 1, 10, "a good check")
    web.close()
    mark = seen.mark()
    begin = len(syns(seen))
    one.wait_log(REMOVING, timeout=20)
    assert len(syns(seen)) - begin == 4
    assert len(syns(seen, since=mark)) == 4


@pytest.mark.parametrize("manner", ["hold", "reset"])
def test_connect_is_enough(pair, director, manner):
    """A server that accepts and then never answers, or resets, is up: a TCP
    check asks no more than a connection."""
    a, b = pair
    web = Listener(b, 80, manner)
    one = director(a, vc.conf(service("10.9.1.1", [server(check=FAST)])),
                   options=["-C"])
    until(lambda: web.count >= 4, 15, "four checks")
    assert "Removing" not in one.log()


def test_black_hole_is_down_and_delays_nothing(pair, director, capture):
    """One server swallows every packet; the other keeps its own pace."""
    a, b = pair
    a.run("ip neigh add 10.9.0.66 lladdr 02:00:00:00:00:66 dev eth0")
    seen = capture(a, "eth0")
    web = Listener(b, 80)
    servers = [server(check=FAST), server(check=FAST, address="10.9.0.66")]
    one = director(a, vc.conf(service("10.9.1.1", servers)), options=["-C"])
    one.wait_log(r"Removing service \[10.9.0.66\]:tcp:80", timeout=20)
    before = web.count
    until(lambda: web.count >= before + 3, 10, "checks of the good one")
    assert len(syns(seen, dst="10.9.0.66")) >= 2
    assert not re.search(REMOVING, one.log())
    assert "Lost quorum" not in one.log()


def test_unreachable(pair, director):
    """Nobody has the address: the neighbour search fails."""
    a, _b = pair
    one = director(a, vc.conf(service("10.9.1.1", [
        server(check=FAST, address="10.9.0.77")])), options=["-C"])
    one.wait_log(r"Removing service \[10.9.0.77\]:tcp:80", timeout=20)
    one.wait_log("Lost quorum")


def test_services_share_one_probe(pair, director, capture):
    """Ten services with the same server and the same check: one connection
    per interval, ten verdicts."""
    a, b = pair
    seen = capture(b, "eth0")
    web = Listener(b, 80)
    text = vc.conf(*(service("10.9.1.%d" % i, [server(check=FAST)])
                     for i in range(1, 11)))
    one = director(a, text, options=["-C"])
    until(lambda: web.count >= 4, 15, "four checks")
    times = sorted(p.time for p in seen.select(
        lambda p: p.proto == 6 and p.dst == SERVER
        and p.payload[13] & (SYN | ACK) == SYN))
    spans = [y - x for x, y in zip(times, times[1:])]
    # One a second, not ten: the median span is near the whole interval.
    assert sorted(spans)[len(spans) // 2] > 0.5
    web.close()
    for i in range(1, 11):
        one.wait_log(r"Removing service \[10.9.0.2\]:tcp:80 from VS "
                     r"\[10.9.1.%d\]:tcp:80" % i)


def test_different_parameters_are_not_shared(pair, director, capture):
    a, b = pair
    seen = capture(b, "eth0")
    Listener(b, 80)
    b.run("ip addr add 10.9.0.3/24 dev eth0")
    other = server(check=(*FAST, "connect_ip 10.9.0.3"))
    one = director(a, vc.conf(
        service("10.9.1.1", [server(check=FAST)]),
        service("10.9.1.2", [other])), options=["-C"])
    until(lambda: len(syns(seen)) >= 2, 10, "checks of the server")
    until(lambda: len(syns(seen, dst="10.9.0.3")) >= 2, 10,
          "checks of connect_ip")
    assert one.running()


def test_connect_port_and_bindto(pair, director, capture):
    a, b = pair
    a.run("ip addr add 10.9.0.50/24 dev eth0")
    seen = capture(b, "eth0")
    web = Listener(b, 8080)
    director(a, vc.conf(service("10.9.1.1", [server(
        check=(*FAST, "connect_port 8080", "bindto 10.9.0.50"))])),
        options=["-C"])
    until(lambda: web.count >= 2, 10, "checks")
    sources = {p.src for p in seen.select(
        lambda p: p.proto == 6 and p.dst == SERVER)}
    assert sources == {"10.9.0.50"}
    assert not syns(seen, port=80)


def test_quorum_of_two(pair, director):
    """quorum 2 of three servers: one may go, the second takes it away."""
    a, b = pair
    webs = [Listener(b, port) for port in (81, 82, 83)]
    one = director(a, vc.conf(service(
        "10.9.1.1", [server(port, FAST) for port in (81, 82, 83)],
        ("delay_loop 1", "quorum 2"))), options=["-C"])
    one.wait_log("Gained quorum")
    until(lambda: all(w.count for w in webs), 10, "checks of all")
    webs[0].close()
    one.wait_log(r"Removing service \[10.9.0.2\]:tcp:81")
    assert "Lost quorum" not in one.log()
    webs[1].close()
    one.wait_log(r"Removing service \[10.9.0.2\]:tcp:82")
    one.wait_log("Lost quorum")
    mark = one.log_mark()
    Listener(b, 81)
    one.wait_log(r"Adding service \[10.9.0.2\]:tcp:81", since=mark)
    one.wait_log("Gained quorum", since=mark)


def test_alpha_starts_down(pair, director):
    """alpha: a server is out until its first good check; without a listener
    it never comes in."""
    a, b = pair
    one = director(a, vc.conf(service(
        "10.9.1.1", [server(check=FAST)], ("delay_loop 1", "alpha"))),
        options=["-C"])
    one.wait_log("(?i)fail")
    assert not re.search(ADDING, one.log())
    Listener(b, 80)
    one.wait_log(ADDING)


def test_reload_keeps_a_verdict(pair, director):
    """A dead server stays dead over a reload that leaves it as it was, even
    when another is added."""
    a, b = pair
    web = Listener(b, 80)
    first = service("10.9.1.1", [server(check=FAST)])
    one = director(a, vc.conf(first), options=["-C"])
    until(lambda: web.count, 10, "a check")
    web.close()
    one.wait_log(REMOVING)
    mark = one.log_mark()
    Listener(b, 81)
    one.write(vc.conf(first, service("10.9.1.2", [server(81, FAST)])))
    one.reload()
    one.wait_log(r"Gained quorum .*VS \[10.9.1.2\]:tcp:80", since=mark)
    log = one.log()[mark:]
    assert not re.search(ADDING, log)
    assert not re.search(r"Gained quorum .*\[10.9.1.1\]", log)


def test_no_ipvs_is_said_once_and_vrrp_goes_on(pair, director):
    a, b = pair
    web = Listener(b, 80)
    text = vc.conf(vc.instance(priority=200),
                   service("10.9.1.1", [server(check=FAST)]))
    one = director(a, text)
    one.wait_state("VI_1", "MASTER")
    until(lambda: a.has(vc.VIP), 5, "the address")
    until(lambda: web.count >= 3, 10, "checks")
    if not os.path.exists("/proc/net/ip_vs"):
        one.wait_log("no IPVS")
        found = re.findall("no IPVS", one.log())
        assert len(found) == 1
    mark = one.log_mark()
    web.close()
    one.wait_log(REMOVING, since=mark)
    assert one.running() and a.has(vc.VIP)
    assert one.stop() == 0
