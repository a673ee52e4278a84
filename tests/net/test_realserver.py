# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""duumvir --realserver: what direct routing needs, kept and taken back.

Tunnels need modules that this kernel may not have: tests/lab/test_seed_tun.py.
"""

import os
import socket

import pytest

from director import Director
from netlab import until

VIP, VIP6 = "10.0.0.100", "2001:db8::100"
READY = "Real server for [0-9]+ virtual"
CONF = """
vrrp_instance VI_1 {
    interface none_like_this
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.0.0.100
    }
}
virtual_server 10.0.0.100 80 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 10.0.0.2 80 {
        weight 1
    }
    real_server 10.0.0.3 80 {
        weight 1
    }
}
virtual_server 2001:db8::100 80 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 2001:db8::2 80 {
        weight 1
    }
}
virtual_server 10.0.0.101 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 10.0.0.2 80 {
        weight 1
    }
}
"""


@pytest.fixture
def server(lab):
    """A real server, ready to be prepared, and a client beside it."""
    node = lab.node("rs")
    lab.plug(node, "eth0", ["10.0.0.2/24", "2001:db8::2/64"])
    lab.plug(lab.node("client"), "eth0", ["10.0.0.50/24", "2001:db8::50/64"])
    # LeakSanitizer would trace the process at its end, which its privileges
    # forbid; unit tests look for leaks of the same code.
    return Director(node, CONF, options=["--realserver"],
                    env={"ASAN_OPTIONS": "detect_leaks=0"})


def start(server):
    mark = server.log_mark() if server.process else 0
    server.start()
    server.wait_log(READY, 10, mark)


def number(node, path):
    return int(node.out("cat /proc/sys/net/ipv4/conf/" + path))


def state(node):
    numbers = [number(node, "%s/arp_%s" % (where, what))
               for where in ("all", "lo", "eth0")
               for what in ("ignore", "announce")]
    return numbers, sorted(node.addrs("lo")), node.out("ip -o link show lo")


def check(server):
    return server.node.run(server.argv("--check"), check=False)


def send(client, address):
    """One datagram from a client."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def body():
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"?", (address, 7777))
    client.call(body)


def is_known(client, address):
    """Does a neighbour answer for the address?"""
    send(client, address)
    words = until(lambda: {"FAILED", "lladdr"} &
                  set(client.out("ip neigh show " + address).split()), 10,
                  "an answer, or none")
    return "lladdr" in words


def takes(client, node, address):
    """Does a datagram to the address arrive?"""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def listen():
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((address, 7777))
        sock.settimeout(3)
        return sock
    with node.call(listen) as sock:
        send(client, address)
        return sock.recv(10) == b"?"


def test_addresses_are_held_in_silence(lab, server):
    node, client = server.node, lab.node("client")
    start(server)
    assert node.addrs("lo") >= {VIP + "/32", VIP6 + "/128"}
    assert not node.has("10.0.0.101")
    assert is_known(client, "10.0.0.2") and is_known(client, "2001:db8::2")
    assert not is_known(client, VIP) and not is_known(client, VIP6)
    # A packet that comes all the same is taken.
    mac = node.mac("eth0")
    for address in (VIP, VIP6):
        client.run("ip neigh replace %s lladdr %s dev eth0" % (address, mac))
        assert takes(client, node, address)
    # And nothing of its own leaves with such an address.
    for to in ("10.0.0.50", "2001:db8::50", "2001:db8::77"):
        route = node.out("ip route get " + to)
        assert VIP not in route and VIP6 not in route, route


def test_all_is_undone(server):
    node = server.node
    before = state(node)
    start(server)
    assert state(node) != before
    assert server.stop() == 0
    assert state(node) == before
    assert not os.path.exists(os.path.join(server.dir, "main.state"))


def test_what_was_there_stays(server):
    node = server.node
    node.run("ip addr add %s/32 dev lo" % VIP)
    node.sysctl("ipv4/conf/all/arp_announce", 2)
    before = state(node)
    start(server)
    assert server.stop() == 0
    assert state(node) == before


def test_a_killed_one_is_succeeded(server):
    node = server.node
    before = state(node)
    start(server)
    held = state(node)
    server.kill_all()
    assert state(node) == held
    mark = server.log_mark()
    start(server)
    assert "added" not in server.log()[mark:], "it was there all the time"
    assert state(node) == held
    assert server.stop() == 0
    assert state(node) == before


def test_what_others_take_comes_back(server):
    node = server.node
    start(server)
    held = state(node)
    node.run("ip addr del %s/32 dev lo" % VIP)
    until(lambda: node.has(VIP, "lo"), 1, "the address is back")
    node.run("ip -6 addr del %s/128 dev lo" % VIP6)
    until(lambda: node.has(VIP6, "lo"), 1, "the IPv6 address is back")
    node.sysctl("ipv4/conf/all/arp_ignore", 0)
    until(lambda: number(node, "all/arp_ignore") == 1, 5, "silence is back")
    node.run("ip addr flush dev lo")
    until(lambda: node.addrs("lo") >= {VIP + "/32"}, 2, "the address is back")
    node.run("ip link set lo down")
    until(lambda: "UP" in node.out("ip -o link show lo") and
          node.addrs("lo") >= {VIP + "/32", VIP6 + "/128"}, 2, "lo is up")
    assert state(node)[0] == held[0]


def test_what_others_write_meanwhile_stays(server):
    node = server.node
    start(server)
    assert number(node, "all/arp_announce") == 2
    node.sysctl("ipv4/conf/lo/arp_ignore", 2)
    assert server.stop() == 0
    assert number(node, "lo/arp_ignore") == 2
    assert number(node, "all/arp_announce") == 0


def test_reload_is_by_difference(server):
    node = server.node
    start(server)
    server.write(CONF.replace("10.0.0.100 80", "10.0.0.110 80"))
    mark = server.log_mark()
    server.reload()
    until(lambda: node.has("10.0.0.110", "lo") and not node.has(VIP), 5,
          "the other address")
    server.wait_log(READY, 5, mark)
    assert VIP6 not in server.log()[mark:], "nothing about what stayed"
    # A file that cannot be read changes nothing.
    os.unlink(server.conf_path)
    mark = server.log_mark()
    server.reload()
    server.wait_log("the old one stays", 5, mark)
    assert node.has("10.0.0.110", "lo")


def test_an_address_that_comes_later(lab, server):
    node = server.node
    node.run("ip addr del 10.0.0.2/24 dev eth0")
    start(server)
    assert not node.has(VIP) and node.has(VIP6, "lo")
    node.run("ip addr add 10.0.0.3/24 dev eth0")
    until(lambda: node.has(VIP, "lo"), 2, "the virtual address follows")
    node.run("ip addr del 10.0.0.3/24 dev eth0")
    until(lambda: not node.has(VIP), 2, "and goes with it")


def test_a_block_is_as_good_as_the_option(server):
    node = server.node
    server.options = []
    server.write(CONF.replace("none_like_this", "eth0") + """
realserver {
    virtual_address 10.0.0.120-122
}
""")
    start(server)
    assert node.addrs("lo") >= {"10.0.0.%d/32" % n
                                for n in (100, 120, 121, 122)}
    assert len(server.pids()) == 1, "nothing else runs"
    assert not node.has(VIP, "eth0")
    assert server.stop() == 0
    assert not node.has("10.0.0.121")


@pytest.mark.ordinary
def test_it_holds_one_capability(server):
    start(server)
    with open("/proc/%d/status" % server.pid) as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f
                      if ":\t" in line)
    assert status["CapEff"] == status["CapPrm"] == "%016x" % (1 << 12)
    assert status["CapBnd"] == status["CapInh"] == "0" * 16
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


def test_check_says_what_is_missing(server):
    node = server.node
    before = state(node)
    told = check(server)
    assert told.returncode == 1 and state(node) == before
    assert "missing: %s/32 is not on lo ([%s]:tcp:80)" % (VIP, VIP) \
        in told.stdout
    for line in told.stdout.splitlines():
        if line.startswith("\t"):
            node.run(["sh", "-c", line])
    told = check(server)
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "ready")
    # By hand or by us: it looks the same, and by hand it stays.
    by_hand = state(node)
    start(server)
    assert server.stop() == 0
    assert state(node) == by_hand


def test_check_where_nobody_is_meant(lab, server):
    lab.node("rs").run("ip addr flush dev eth0")
    told = check(server)
    assert told.returncode == 1
    assert "no virtual_server names an address of this machine" in told.stdout
    server.write("virtual_server {\n")
    assert check(server).returncode != 0


def test_check_says_who_answers(server):
    server.node.run("ip addr add %s/32 dev eth0" % VIP)
    assert "note: %s is on eth0, too" % VIP in check(server).stdout


def test_an_interface_that_answers_is_refused(server):
    server.write(CONF + "realserver {\n    interface eth0\n    director\n}\n")
    told = check(server)
    assert told.returncode == 1
    assert "wrong: interface eth0 is neither lo nor a dummy" in told.stdout
    start(server)
    server.wait_log("neither lo nor a dummy", 2)
    assert not server.node.has(VIP)


def test_thousands(server):
    node = server.node
    server.write("""
virtual_server_group G {
    10.7.0.0/20 80
}
virtual_server group G {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 10.0.0.2 80 {
        weight 1
    }
}
""")
    before = state(node)
    server.start()
    server.wait_log("Real server for 4096 virtual", 60)
    assert len(node.addrs("lo")) >= 4096
    assert server.log().count("added to lo") < 40, "in a few words"
    assert server.stop(60) == 0
    assert state(node) == before
