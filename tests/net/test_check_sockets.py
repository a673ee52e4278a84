# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Probe sockets in all their forms, and what outlives a check engine.

The engine has no privilege: a mark or a low source port comes from the
supervisor, whatever the probe."""

import signal
import socket
import struct

import vrrp_conf as vc
from netlab import holds, until
from test_check import FAST, REMOVING, SYN, Listener, server, service


def sources(seen, since=0):
    """Source ports of the SYNs so far."""
    return [struct.unpack_from("!H", p.payload)[0]
            for p in seen.select(lambda p: p.proto == 6, since)
            if p.payload[13] & 0x12 == SYN]


class Listener6(Listener):
    @staticmethod
    def _open(port):
        sock = socket.socket(socket.AF_INET6)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::", port))
        sock.listen(128)
        sock.settimeout(0.05)
        return sock


def test_fwmark_chooses_the_route(pair, director):
    """Only marked packets have a route to this server."""
    a, b = pair
    b.run("ip addr add 10.77.0.2/32 dev lo")
    a.run("ip rule add fwmark 7 table 100")
    a.run("ip route add 10.77.0.0/24 via 10.9.0.2 table 100")
    web = Listener(b, 80)
    one = director(a, vc.conf(
        service("10.9.1.1", [server(check=(*FAST, "fwmark 7"),
                                    address="10.77.0.2")]),
        service("10.9.1.2", [server(check=FAST, address="10.77.0.2")])),
        options=["-C"])
    one.wait_log(r"from VS \[10.9.1.2\]:tcp:80 .*network unreachable")
    until(lambda: web.count >= 3, 10, "marked checks")
    assert r"from VS [10.9.1.1]" not in one.log()


def test_low_source_port_again_and_again(pair, director, capture):
    """A fixed source port below 1024: no privilege, no TIME_WAIT."""
    a, b = pair
    seen = capture(b, "eth0")
    web = Listener(b, 80)
    one = director(a, vc.conf(service("10.9.1.1", [server(
        check=(*FAST, "bind_port 700"))])), options=["-C"])
    until(lambda: web.count >= 4, 15, "four checks")
    assert set(sources(seen)) == {700}
    assert "not possible" not in one.log()
    assert "Removing" not in one.log()


def test_missing_source_address_is_no_verdict(pair, director):
    """bindto an address that this machine does not have: said, and the
    server keeps its place."""
    a, b = pair
    Listener(b, 80)
    one = director(a, vc.conf(service("10.9.1.1", [server(
        check=(*FAST, "bindto 10.9.0.99"))])), options=["-C"])
    one.wait_log(r"\[10.9.0.2\]:tcp:80 not possible \(local: source address")
    holds(lambda: "Removing" not in one.log(), 1.5, "no verdict")
    a.run("ip addr add 10.9.0.99/24 dev eth0")
    one.wait_log(r"TCP connection to \[10.9.0.2\]:tcp:80 success")


def test_ipv6_and_link_local(pair, director):
    """A global address, and one that needs bind_if."""
    a, b = pair
    for node, host in ((a, 1), (b, 2)):
        node.run("ip addr add fd00:9::%d/64 dev eth0 nodad" % host)
        node.run("ip addr add fe80::9:%d/64 dev eth0 nodad" % host)
    web = Listener6(b, 80)
    one = director(a, vc.conf(
        service("fd00:9:1::1", [server(check=FAST, address="fd00:9::2")]),
        service("fd00:9:1::2", [server(
            check=(*FAST, "connect_ip fe80::9:2", "bind_if eth0"),
            address="fd00:9::3")])), options=["-C"])
    one.wait_log(r"TCP connection to \[fd00:9::2\]:tcp:80 success")
    one.wait_log(r"TCP connection to \[fe80::9:2\]:tcp:80 success")
    web.close()
    one.wait_log(r"Removing service \[fd00:9::2\]:tcp:80 from VS "
                 r"\[fd00:9:1::1\]:tcp:80")
    one.wait_log(r"Removing service \[fd00:9::3\]:tcp:80 from VS "
                 r"\[fd00:9:1::2\]:tcp:80")


def test_dead_server_stays_out_over_a_respawn(pair, director):
    """The engine dies while one of two servers is dead: its successor knows,
    and one lost answer from the live one does not count."""
    a, b = pair
    dead, live = Listener(b, 81), Listener(b, 82)
    one = director(a, vc.conf(service(
        "10.9.1.1", [server(81, FAST), server(82, FAST)])), options=["-C"])
    until(lambda: dead.count and live.count, 10, "checks of both")
    dead.close()
    one.wait_log(r"Removing service \[10.9.0.2\]:tcp:81")
    mark, old = one.log_mark(), one.kill_engine("check")
    until(lambda: one.engine("check") not in (None, old), 5, "respawn")
    before = live.count
    until(lambda: live.count >= before + 3, 15, "checks of the live one")
    log = one.log()[mark:]
    assert "Adding service" not in log and "Removing service" not in log
    assert "quorum" not in log
    Listener(b, 81)
    one.wait_log(r"Adding service \[10.9.0.2\]:tcp:81", since=mark)


def test_unchanged_reload_disturbs_no_check(pair, director):
    """Twenty reloads in a row: the checks keep their own pace."""
    a, b = pair
    web = Listener(b, 80)
    one = director(a, vc.conf(service(
        "10.9.1.1", [server(check=FAST)], ("delay_loop 2",))),
        options=["-C"])
    until(lambda: web.count >= 2, 10, "two checks")
    before = web.count
    for _ in range(20):
        mark = one.log_mark()
        one.reload()
        one.wait_log("Reload complete", since=mark)
    # However long that took: not one check for each reload.
    assert web.count - before <= 4
    until(lambda: web.count >= before + 2, 10, "checks go on")
    assert "Removing" not in one.log()


def test_dump_says_why(pair, director, tmp_path):
    """SIGUSR1: the state, and why the last check failed."""
    a, b = pair
    web = Listener(b, 80)
    dump = tmp_path / "dump"
    dump.mkdir(mode=0o755)
    one = director(a, vc.conf(service("10.9.1.1", [server(check=FAST)])),
                   options=["-C"], env={"TMPDIR": str(dump)})
    until(lambda: web.count, 10, "a check")
    web.close()
    one.wait_log(REMOVING)
    one.signal(signal.SIGUSR1)
    path = dump / "keepalived_check.data"
    until(lambda: path.exists() and "last failure: connection refused"
          in path.read_text(), 5, "the dump")
    assert "[10.9.0.2]:tcp:80: DOWN since" in path.read_text()
