# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Who may answer for a virtual address: nft, iptables and ipset are the
witnesses of what stands in the kernel, a third host of what it does."""

import re
import shutil
import socket
import struct
import time

import pytest

import vrrp_conf as vc
from netlab import holds, until

VIP6, LINK6 = "2001:db8::100", "fe80::100"
OTHER = "10.9.0.101"
WAYS = {
    "nft": (),
    "nft-index": ("nftables mine", "nftables_ifindex", "nftables_counters",
                  "nftables_priority 7"),
    "iptables-sets": ("vrrp_iptables",),
    "iptables-rules": ("vrrp_iptables IN OUT", "vrrp_ipsets"),
}


@pytest.fixture
def trio(pair, lab):
    """The pair's first node as director, the second as client."""
    a, b = pair
    for node, n in ((a, 1), (b, 2)):
        node.run("ip addr add 2001:db8::%d/64 dev eth0 nodad" % n)
    return a, b


def text(*lines, top=(), accept="no_accept", vips=(vc.VIP,)):
    return vc.conf(
        vc.instance(vips=vips, lines=(accept, *lines)),
        vc.instance("VI_6", vrid=52, vips=(LINK6, VIP6),
                    lines=(accept, *lines)), lines=top)


def start(director, node, conf):
    d = director(node, conf)
    d.wait_state("VI_1", "MASTER")
    if "VI_6" in conf:
        d.wait_state("VI_6", "MASTER")
        until(lambda: node.has(VIP6), 5, "the IPv6 address")
    until(lambda: node.has(vc.VIP), 5, "the address")
    return d


def pings(node, addr, tries=3):
    """Whether an echo request to the address is answered."""
    def body():
        six = ":" in addr
        to = socket.getaddrinfo(addr, 0)[0][4]
        kind, reply = (128, 129) if six else (8, 0)
        sum16 = 0 if six else ~(kind << 8) & 0xffff  # the kernel's for six
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                           socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if six
                           else socket.IPPROTO_ICMP) as s:
            for _ in range(tries):
                s.sendto(struct.pack("!BBHI", kind, 0, sum16, 0), to)
                until_t = time.monotonic() + 0.3
                while time.monotonic() < until_t:
                    s.settimeout(max(until_t - time.monotonic(), 0.001))
                    try:
                        data, who = s.recvfrom(2048)
                    except OSError:
                        break
                    got = data if six else data[(data[0] & 15) * 4:]
                    if got[0] == reply and who[0].partition("%")[0] == \
                            addr.partition("%")[0]:
                        return True
        return False
    return node.call(body)


def knock(node, addr):
    """TCP to a closed port: "refused" (somebody answers) or "silence"."""
    def body():
        family = socket.AF_INET6 if ":" in addr else socket.AF_INET
        with socket.socket(family) as s:
            s.settimeout(0.4)
            try:
                s.connect(socket.getaddrinfo(addr, 81, family)[0][4])
            except ConnectionRefusedError:
                return "refused"
            except OSError:
                return "silence"
            return "open"
    return node.call(body)


def neighbour(node, addr):
    """Whether the address has an answered neighbour entry."""
    out = node.out("ip neigh show to %s dev eth0" % addr)
    return "lladdr" in out


def chains(node):
    """The user's chains that vrrp_iptables names."""
    for tool in ("iptables", "ip6tables"):
        for own, hook in (("IN", "INPUT"), ("OUT", "OUTPUT")):
            node.run("%s -N %s" % (tool, own))
            node.run("%s -A %s -j %s" % (tool, hook, own))


def tables(node):
    """What nft has of ours, with handles: another one is another table."""
    return "".join(
        node.run("nft -a list table %s %s" % (family, name),
                 check=False).stdout
        for family in ("ip", "ip6") for name in ("keepalived", "mine"))


@pytest.mark.parametrize("way", WAYS)
def test_nobody_reaches_it_but_neighbours_find_it(trio, director, way):
    a, b = trio
    if way == "iptables-rules":
        chains(a)
    d = start(director, a, text(top=WAYS[way]))
    for addr in (vc.VIP, VIP6, LINK6 + "%eth0"):
        assert not pings(b, addr), addr
        assert knock(b, addr) == "silence", addr
        assert neighbour(b, addr.partition("%")[0]), addr
    # Only those: the node itself answers.
    assert pings(b, "10.9.0.1") and knock(b, "10.9.0.1") == "refused"
    assert pings(b, "2001:db8::1") and knock(b, "2001:db8::1") == "refused"
    # It is a router's address: what goes through is not touched.
    a.run("ip addr add 192.0.2.1/32 dev lo")
    b.run("ip route add 192.0.2.0/24 via %s" % vc.VIP)
    assert pings(b, "192.0.2.1")
    d.stop()
    assert not tables(a)
    assert "DROP" not in a.out("iptables -S") + a.out("ip6tables -S")
    assert "duumvir" not in a.out("iptables -S") + a.out("ip6tables -S")
    assert not a.out("ipset list -n").strip()


@pytest.mark.parametrize("line", ["accept", "priority 255"])
def test_owner_and_accept_mode_are_reached(trio, director, line):
    a, b = trio
    mode = "accept" if line == "accept" else "no_accept"
    d = start(director, a, text(line, accept=mode))
    for addr in (vc.VIP, VIP6):
        assert pings(b, addr) and knock(b, addr) == "refused"
    assert not tables(a)
    assert "firewall" not in d.log()


def test_strict_mode_blocks(trio, director):
    a, b = trio
    start(director, a, text(top=("vrrp_strict",), accept="debug 0"))
    assert not pings(b, vc.VIP) and neighbour(b, vc.VIP)
    assert vc.VIP in tables(a)


def test_table_is_as_configured(trio, director):
    a, b = trio
    start(director, a, text(top=WAYS["nft-index"]))
    have = tables(a)
    assert "table ip mine" in have and "table ip6 mine" in have
    assert "priority filter + 7" in have or "priority 7" in have
    assert "iface_index" in have and '%s . "eth0"' % LINK6 in have
    assert not pings(b, vc.VIP, 1)
    assert re.search(r"ip daddr @vips counter packets [1-9]", tables(a))


def test_foreign_flush_is_put_back(trio, director):
    a, b = trio
    d = start(director, a, text())
    for what in ("flush ruleset", "delete table ip keepalived",
                 "flush set ip keepalived vips",
                 "flush chain ip6 keepalived in",
                 "insert rule ip keepalived in accept"):
        before, mark = tables(a), d.log_mark()
        a.run("nft " + what)
        until(lambda: tables(a).count("\n") == before.count("\n"), 1,
              "put back after " + what)
        assert "putting it back" in d.log()[mark:]
    assert not pings(b, vc.VIP)
    # Other tables are nobody's business.
    mark = d.log_mark()
    a.run("nft add table ip other")
    a.run("nft delete table ip other")
    holds(lambda: "putting it back" not in d.log()[mark:], 0.3)


def test_who_undoes_without_end_is_not_followed(trio, director):
    a, _ = trio
    d = start(director, a, text())
    for _ in range(30):
        a.run("nft delete table ip keepalived", check=False)
    assert d.log().count("putting it back") <= 15
    until(lambda: vc.VIP in tables(a), 3, "the last word is ours")


def test_reload(trio, director):
    a, b = trio
    d = start(director, a, text())
    before = tables(a)

    def reload(conf):
        mark = d.log_mark()
        d.write(conf)
        d.reload()
        d.wait_log("Reload complete", since=mark)

    reload(text())
    reload(text("garp_master_delay 2"))
    assert tables(a) == before, "nothing changed, nothing done"
    reload(text(vips=(vc.VIP, OTHER)))
    until(lambda: a.has(OTHER), 5, "the new address")
    assert not pings(b, OTHER) and not pings(b, vc.VIP)
    reload(text(accept="accept"))
    assert pings(b, vc.VIP) and not tables(a)
    reload(text(vips=(vc.VIP, OTHER)))
    assert not pings(b, vc.VIP) and OTHER in tables(a)
    d.write("nonsense {\n")
    reload_mark = d.log_mark()
    before = tables(a)
    d.reload()
    d.wait_log("Reload refused", since=reload_mark)
    assert tables(a) == before


def test_take_over_and_crash_need_no_transaction(trio, director):
    a, b = trio
    vips = ["10.9.%d.%d" % (1 + i // 250, 1 + i % 250) for i in range(500)]
    d = start(director, a, text(vips=(vc.VIP, *vips)))
    assert tables(a).count("10.9.1.") == 250
    until(lambda: a.has(vips[-1]), 5, "all of them")
    before = tables(a)
    old = d.kill_engine("vrrp")
    until(lambda: d.engine("vrrp") not in (None, old), 5, "a new engine")
    d.wait_log(r"\(VI_1\) .*MASTER", since=d.log_mark() - 2000)
    assert not pings(b, vc.VIP) and a.has(vc.VIP)
    # A stronger one takes over, and lets go again.
    mark = d.log_mark()
    peer = director(b, vc.conf(vc.instance(
        priority=200, vips=(vc.VIP, *vips), lines=("no_accept",))))
    d.wait_state("VI_1", "BACKUP", since=mark)
    mark = d.log_mark()
    peer.stop()
    d.wait_state("VI_1", "MASTER", since=mark)
    assert tables(a) == before


@pytest.mark.parametrize("way", ["nft", "iptables-sets"])
def test_what_a_crash_left_is_taken_over(trio, director, way):
    a, b = trio
    d = start(director, a, text(top=WAYS[way]))
    d.kill_all()
    assert not pings(b, vc.VIP)
    start(director, a, text(top=WAYS[way], vips=(OTHER, vc.VIP)))
    assert not pings(b, vc.VIP) and not pings(b, OTHER)
    if way == "nft":
        assert tables(a).count("chain in") == 2
    else:
        assert a.out("iptables -S INPUT").count("-j duumvir") == 1
        assert OTHER in a.out("ipset list keepalived")


def test_nobody_wants_what_a_crash_left(trio, director):
    a, b = trio
    start(director, a, text()).kill_all()
    a.run("nft add table ip mine")
    d = start(director, a, text(accept="accept"))
    assert pings(b, vc.VIP)
    assert tables(a).count("table ") == 1 and "table ip mine" in tables(a)
    d.stop()


def test_addresses_that_stay_stay_blocked(trio, director):
    a, b = trio
    d = director(a, text(), options=["--dont-release-vrrp"])
    until(lambda: a.has(vc.VIP), 5, "the address")
    d.stop()
    assert a.has(vc.VIP) and not pings(b, vc.VIP)


def test_iptables_by_name(trio, director):
    a, _ = trio
    chains(a)
    start(director, a, text(top=("vrrp_iptables IN OUT",
                                 "vrrp_ipsets four six links")))
    rules = a.out("iptables -S")
    assert "-A IN -j duumvir_four_in" in rules
    assert "--match-set four dst -j DROP" in rules
    assert "--match-set four src -j DROP" in rules
    assert "--match-set links dst,src -j DROP" in a.out("ip6tables -S")
    assert vc.VIP in a.out("ipset list four")
    assert VIP6 in a.out("ipset list six")
    assert "%s,eth0" % LINK6 in a.out("ipset list links")


def test_missing_chain_is_told(trio, director):
    a, _ = trio
    d = director(a, text(top=("vrrp_iptables NOWHERE",)))
    d.wait_log("iptables-restore failed")
    d.wait_state("VI_1", "MASTER")
    # As soon as it is there, it is used.
    for tool in ("iptables", "ip6tables"):
        a.run(tool + " -N NOWHERE")
    until(lambda: "DROP" in a.out("iptables -S"), 5, "rules")


def test_without_iptables_nftables(trio, director, tmp_path):
    a, b = trio
    few = tmp_path / "bin"
    few.mkdir()
    (few / "ip").symlink_to(shutil.which("ip"))
    d = director(a, text(top=("vrrp_iptables",)), env={"PATH": str(few)})
    d.wait_log("there is no iptables-restore, using nftables")
    d.wait_state("VI_1", "MASTER")
    assert vc.VIP in tables(a)
    assert not pings(b, vc.VIP)


@pytest.mark.alone
def test_a_slow_transaction_of_others_delays_no_advert(trio, director,
                                                       capture, tmp_path):
    """A foreign firewall reload holds the kernel's lock for long; ours waits
    behind it, adverts do not."""
    a, b = trio
    d = start(director, a, text())
    big = tmp_path / "big.nft"
    big.write_text("flush ruleset\ntable ip big {\n set s { type ipv4_addr;"
                   " elements = { %s } }\n}\n" % ", ".join(
                       "11.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255)
                       for i in range(150000)))
    seen = capture(b, "eth0")
    seen.wait_advert(3, vrid=51)
    a.run("nft -f %s" % big, timeout=60)
    until(lambda: vc.VIP in tables(a), 1, "put back")
    mark = len(seen.adverts(vrid=51))
    until(lambda: len(seen.adverts(vrid=51)) > mark + 3, 5, "adverts")
    stamps = [p.time for p in seen.adverts(vrid=51)]
    gaps = [y - x for x, y in zip(stamps, stamps[1:])]
    assert max(gaps) < 0.2, max(gaps)
    seen.stop()
    assert d.running()


def from_virtual_mac(seen, test):
    return seen.select(lambda p: p.frame[6:10] == b"\0\0\x5e\0" and test(p))


def is_igmp(p):
    return p.frame[12:14] == b"\x08\0" and p.frame[23] == 2


def is_icmp6(p, *kinds):
    """Also behind a hop-by-hop header, as in MLD."""
    f = p.frame
    if f[12:14] != b"\x86\xdd":
        return False
    at = 54 + (8 + f[55] * 8 if f[20] == 0 else 0)
    proto = f[54] if f[20] == 0 else f[20]
    return proto == 58 and f[at] in kinds


@pytest.mark.parametrize("way", ["nft", "iptables-sets", "iptables-rules"])
def test_vmac_is_quiet(trio, director, capture, way):
    """What the kernel says by itself does not leave with the virtual MAC;
    with nftables it leaves by the interface below."""
    a, b = trio
    if way == "iptables-rules":
        chains(a)
    d = start(director, a, text("use_vmac", top=WAYS[way]))
    want = "2 interfaces with a virtual MAC"
    d.wait_log(want)
    vmac = a.out("ip -o link show type macvlan").split(": ")[1].split("@")[0]
    if way == "nft":
        until(lambda: '"%s" : "eth0"' % vmac in tables(a), 2, "the map")
    seen = capture(b, "eth0")
    seen.wait_advert(3, vrid=51)

    def join(index):
        """Makes the kernel report a new membership on an interface."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, \
                socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                         socket.inet_aton("239.1.2.3") + bytes(4) +
                         struct.pack("i", index))
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                           socket.inet_pton(socket.AF_INET6, "ff05::77") +
                           struct.pack("i", index))
            time.sleep(1.2)  # as long as the kernel takes to report
    a.call(lambda: join(socket.if_nametoindex(vmac)))
    assert not from_virtual_mac(seen, is_igmp)
    assert not from_virtual_mac(
        seen, lambda p: is_icmp6(p, 131, 132, 143, 133))
    if way == "nft":
        assert seen.select(lambda p: is_igmp(p) and
                           socket.inet_aton("239.1.2.3") in p.frame)
    assert not pings(b, vc.VIP) and neighbour(b, vc.VIP)
    assert not pings(b, LINK6 + "%eth0")
    # The interface is made anew with another number: the map follows.
    if way == "nft":
        mark = d.log_mark()
        a.run("ip link del " + vmac)
        until(lambda: a.run("ip link show " + vmac,
                            check=False).returncode == 0, 5, "a new one")
        until(lambda: '"%s" : "eth0"' % vmac in tables(a), 2, "the map")
        assert "firewall: table" not in d.log()[mark:]
    d.stop()
    assert not tables(a)


def test_disable_local_igmp(trio, director):
    a, _ = trio
    start(director, a, text(top=("disable_local_igmp",)))
    path = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"
    assert a.call(lambda: open(path).read()).strip() == "0"
