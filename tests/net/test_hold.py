# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What a master holds besides its adverts: routes, rules, static things and
lifetimes, seen in the kernel.  Every word of a route and of a rule stands in
the lists here; what keepalived makes of the same words is the measure, and
where it makes nothing of them, what `ip` shows is."""

import json
import os
import re
import signal
import time

import pytest

import vrrp_conf as vc
from netlab import _kill, holds, until

ROUTES = """
10.70.1.0/24 via 10.9.0.9 dev eth0
10.70.2.0/24 dev eth0
to 10.70.3.0/24 via 10.9.0.9
src 10.9.0.1 to 10.70.4.0/24 via 10.9.0.9 dev eth0
multicast 239.1.0.0/24 dev eth0
throw 10.70.9.0/24 table 200
unreachable 10.70.10.0/24
prohibit 10.70.11.0/24
blackhole 10.70.12.0/24
unicast 10.70.13.0/24 via 10.9.0.9 dev eth0
10.70.14.0/24 via 10.9.0.9 dev eth0 tos 0x10
10.70.15.0/24 via 10.9.0.9 dev eth0 dsfield 8
10.70.16.0/24 via 10.9.0.9 dev eth0 table 70000
10.70.17.0/24 via 10.9.0.9 dev eth0 table default
10.70.18.0/24 via 10.9.0.9 dev eth0 protocol 99 no_track
10.70.19.0/24 dev eth0 scope link
10.70.20.0/24 dev eth0 scope host
10.70.21.0/24 via 10.9.0.9 dev eth0 metric 17
10.70.22.0/24 via 10.9.0.9 oif eth0 priority 18
10.70.23.0/24 via 10.9.0.9 oif eth0 preference 19
10.70.24.0/24 via 10.200.0.9 dev eth0 onlink
10.70.25.0/24 via 10.9.0.9 dev eth0 mtu 1000
10.70.26.0/24 via 10.9.0.9 dev eth0 mtu lock 1001 hoplimit 100 advmss 101 \
window 105 cwnd 106 ssthresh lock 107 rto_min 208 initcwnd 109 initrwnd 110 \
features ecn reordering 104 rtt 2000 rttvar 1000
10.70.27.0/24 via 10.9.0.9 dev eth0 rtt 1s rttvar 500ms rto_min 300ms \
advmss lock 99 reordering lock 9 rtt lock 3sec
10.70.28.0/24 via 10.9.0.9 dev eth0 realms 3/4
10.70.29.0/24 via 10.9.0.9 dev eth0 realms 5
10.70.30.0/24 via 10.9.0.9 dev eth0 quickack 1
10.70.31.0/24 via 10.9.0.9 dev eth0 congctl cubic
10.70.32.0/24 via 10.9.0.9 dev eth0 congctl lock reno
10.70.33.0/24 via 10.9.0.9 dev eth0 fastopen_no_cookie 1
10.70.34.0/24 via 10.9.0.9 dev eth0 add
10.70.35.0/24 via 10.9.0.9 dev eth0 append
10.70.36.0/24 via 10.9.0.9 dev eth0 prepend
10.70.37.0/24 nexthop via 10.9.0.9 dev eth0 weight 2 nexthop via 10.8.0.9 \
dev eth1 weight 5
10.70.38.0/24 nexthop via 10.200.0.9 dev eth0 onlink weight 3 realms 1/2 \
nexthop via 10.8.0.9 dev eth1
10.70.39.0/24 dev eth0 encap ip id 100 dst 10.9.0.9 src 10.9.0.1 tos 4 ttl 33
10.70.40.0/24 via 10.9.0.9 gw 10.9.0.8 dev eth0
10.70.45.0/24 via 10.9.0.9 dev eth0 ttl-propagate enabled
10.70.46.0/24 as to 10.9.0.3 via inet 10.9.0.9 dev eth0
default via 10.9.0.9 dev eth0 table 201
10.70.44.1 via 10.9.0.9 dev eth0
fd70:1::/64 via fd09::9 dev eth0
fd70:2::/64 dev eth0
default6 via fd09::9 dev eth0 table 202
fd70:3::/64 via fd09::9 dev eth0 from fd00:5::/64
fd70:4::/64 via fd09::9 dev eth0 expires 3000
fd70:5::/64 via inet6 fd09::9 dev eth0 pref low
fd70:6::/64 via fd09::9 dev eth0 pref high metric 55
fd70:7::/64 via fd09::9 dev eth0 pref medium mtu 1400 hoplimit 12
fd70:8::/64 nexthop via fd09::9 dev eth0 weight 2 nexthop via fd08::9 dev \
eth1 weight 3
unreachable fd70:a::/64
blackhole fd70:b::/64
prohibit fd70:c::/64
throw fd70:d::/64 table 204
fd70:e::/64 dev eth0 src fd09::1
""".strip().splitlines()

# keepalived 2.2.7 loses these on the way, or the kernel refuses what it says:
# words, and what `ip -d route` must show.
OUR_ROUTES = [
    ("local 10.71.5.0/24 dev lo", r"^local 10\.71\.5\.0/24 dev lo .*host"),
    ("broadcast 10.71.6.0/24 dev eth0", r"^broadcast 10\.71\.6\.0/24 .*link"),
    ("brd 10.71.7.0/24 dev eth0", r"^broadcast 10\.71\.7\.0/24 .*link"),
    ("anycast 10.71.8.0/24 dev eth0", r"^anycast 10\.71\.8\.0/24 .*link"),
    ("10.71.41.0/24 via 10.9.0.9 or 10.9.0.8 dev eth0",
     r"10\.71\.41\.0/24 .*via 10\.9\.0\.9 dev eth0 .*via 10\.9\.0\.8 dev eth0"),
    ("10.71.42.0/24 nexthop via 10.9.0.9 dev eth0 encap ip id 7 dst 10.9.0.8 "
     "nexthop via 10.8.0.9 dev eth1", r"10\.71\.42\.0/24 .*encap ip id 7 "),
    ("fd71:9::/64 dev eth0 encap ip6 id 100 dst fd09::9 src fd09::1 tc 4 "
     "hoplimit 33", r"fd71:9::/64 +encap ip6 id 100 src fd09::1 dst fd09::9 "
     r"hoplimit 33 tc 4"),
    ("inet6 to default via fd09::9 dev eth0 table 203",
     r"default via fd09::9 dev eth0 table 203"),
    ("inet 10.71.43.0/24 via 10.9.0.9 dev eth0", r"10\.71\.43\.0/24 via"),
    ("10.71.44.0/24 dev eth0 encap ip dst 10.9.0.9 flags 0",
     r"10\.71\.44\.0/24 +encap ip id 0 "),
]

# This kernel has no such module: the refusal is said, all else goes on.
REFUSED = [
    "10.72.1.0/24 dev eth0 encap mpls 100/200",
    "fd72:1::/64 dev eth0 encap ila 1:2:3:4",
    "nat 10.72.2.0/24 dev eth0",
    "xresolve 10.72.3.0/24 dev eth0",
    "10.72.4.0/24 via 10.250.0.1 dev eth0",
]

RULES = """
from 10.60.1.0/24 table 100 preference 1001
to 10.60.2.0/24 table 100 preference 1002
from 10.60.3.0/24 to 10.61.0.0/16 lookup main preference 1003
not from 10.60.4.0/24 table 100 preference 1004
from 10.60.5.0/24 table 70000 order 1005
from 10.60.6.0/24 table 100 priority 1006
from 10.60.7.0/24 tos 0x10 table 100 preference 1007
from 10.60.8.0/24 dsfield 8 table 100 preference 1008
fwmark 24 table 100 preference 1009
fwmark 0x18/0xff table 100 preference 1010
from 10.60.9.0/24 realms 3/4 table 100 preference 1011
from 10.60.10.0/24 table main suppress_prefixlength 0 preference 1012
from 10.60.11.0/24 table main sup_pl 8 preference 1013
from 10.60.12.0/24 table main suppress_ifgroup 5 preference 1014
from 10.60.13.0/24 table main sup_group 6 preference 1015
iif eth0 table 100 preference 1016
dev eth1 table 100 preference 1017
oif eth1 table 100 preference 1018
tunnel-id 2 table 100 preference 1019
uidrange 1000-2000 table 100 preference 1020
l3mdev preference 1021
from 10.60.14.0/24 table 100 preference 1022 protocol 99 no_track
ipproto 6 table 100 preference 1023
ipproto udp sport 10-20 dport 20-30 table 100 preference 1024
from 10.60.15.0/24 goto 1100 preference 1025
from 10.60.16.0/24 nop preference 1026
from 10.60.17.0/24 blackhole preference 1027
from 10.60.18.0/24 unreachable preference 1028
from 10.60.19.0/24 prohibit preference 1029
from 10.60.20.0/24 type blackhole preference 1030
from fd60:1::/64 to fd61::/32 table 100 preference 1031
from 10.60.21.0/24 table 100
from 10.60.22.0/24 table 100
from 10.60.23.0/24 table 100 preference 0x40f
""".strip().splitlines()

OUR_RULES = [
    ("inet6 iif eth0 table 100 preference 1032", r"^1032:.* iif eth0 lookup"),
    ("inet iif eth0 table 100 preference 1033", r"^1033:.* iif eth0 lookup"),
]

ADDRESSES = [
    "10.9.0.101/24", "10.9.0.102", "10.9.0.103/24 brd + scope link",
    "10.9.0.104/24 broadcast 10.9.0.250 label eth0:x", "10.8.0.105/24 dev eth1",
    "10.9.0.106 peer 10.9.0.107", "10.9.0.108/24 brd - noprefixroute",
    "10.9.0.109/24 preferred_lft forever", "fd09::101/64", "fd09::102",
    "fd09::103/64 home -nodad noprefixroute", "fd09::104/64 mngtmpaddr",
    "fd09::105/128 preferred_lft forever no_track",
]


def block(name, lines):
    return "%s {\n%s}\n" % (name, "".join("    %s\n" % l for l in lines))


def prepared(lab, name="a"):
    """A node with two interfaces in both families."""
    node = lab.node(name)
    for dev, net in (("eth0", "9"), ("eth1", "8")):
        lab.plug(node, dev, "10.%s.0.1/24" % net, switch=name + dev)
        node.run("ip addr add fd0%s::1/64 dev %s nodad" % (net, dev))
    return node


def conf(blocks=(), lines=(), priority=255, vips=(vc.VIP,), rest="", **kw):
    inner = list(lines)
    for name, content in blocks:
        inner += [name + " {"] + ["    " + l for l in content] + ["}"]
    return vc.conf(vc.instance(priority=priority, vips=vips, lines=inner, **kw),
                   rest)


def seen(node, what):
    """Lines of `ip -d WHAT` in both families, each object on one line."""
    text = "".join(node.out("ip -d %s %s" % (family, what)) + "\n"
                   for family in ("-4", "-6"))
    text = re.sub(r"\n[ \t]+", " ", text)
    text = re.sub(r" expires \d+sec", " expires Nsec", text)
    return sorted(re.sub(r"\s+$", "", line) for line in text.splitlines()
                  if line.strip() and "proto kernel" not in line and
                  "fe80:" not in line and "ff00::" not in line)


def routes(node):
    return seen(node, "route show table all")


def rules(node):
    return seen(node, "rule")


def addresses(node):
    found = []
    for link in json.loads(node.out("ip -j -d addr show")):
        for info in link["addr_info"]:
            if not info["local"].startswith("fe80"):
                info.pop("protocol", None)
                found.append(dict(info, dev=link["ifname"]))
    return sorted(found, key=lambda info: (info["dev"], info["local"]))


def wait_master(one, since=0):
    one.wait_state("VI_1", "MASTER", since=since)


# ---- words ----
def test_words_are_what_keepalived_makes_of_them(lab, director):
    result = {}
    for kind in ("keepalived", "duumvir"):
        node = prepared(lab, kind[0])
        before = routes(node) + rules(node)
        one = director(node, conf([("virtual_routes", ROUTES),
                                   ("virtual_rules", RULES)]), kind=kind)
        wait_master(one)
        until(lambda: any("10.60.23.0" in r for r in rules(node)), 10,
              "the last rule")
        result[kind] = routes(node), rules(node)
        one.stop()
        assert routes(node) + rules(node) == before
    assert result["duumvir"][0] == result["keepalived"][0]
    assert result["duumvir"][1] == result["keepalived"][1]
    assert len(result["duumvir"][0]) >= len(ROUTES)
    assert len(result["duumvir"][1]) >= len(RULES)


def test_addresses_are_what_keepalived_makes_of_them(lab, director):
    result = {}
    for kind in ("keepalived", "duumvir"):
        node = prepared(lab, kind[0])
        one = director(node, conf([("virtual_ipaddress_excluded", ADDRESSES)]),
                       kind=kind)
        wait_master(one)
        until(lambda: node.has("fd09::105"), 10, "the last address")
        result[kind] = addresses(node)
    assert result["duumvir"] == result["keepalived"]
    assert len(result["duumvir"]) > len(ADDRESSES)


def test_autojoin_needs_a_group(lab, director):
    """The kernel takes autojoin for multicast addresses."""
    node = prepared(lab)
    wait_master(director(node, conf([("virtual_ipaddress_excluded",
                                      ["239.9.0.1/32 autojoin"])])))
    until(lambda: "autojoin" in node.out("ip -d addr show"), 5, "autojoin")


def test_words_that_keepalived_loses(lab, director):
    node = prepared(lab)
    wait_master(director(node, conf(
        [("virtual_routes", [words for words, _ in OUR_ROUTES]),
         ("virtual_rules", [words for words, _ in OUR_RULES])])))
    for _, pattern in OUR_ROUTES:
        until(lambda: any(re.search(pattern, r) for r in routes(node)), 5,
              lambda: "%s in\n%s" % (pattern, "\n".join(routes(node))))
    for _, pattern in OUR_RULES:
        until(lambda: any(re.search(pattern, r) for r in rules(node)), 5,
              lambda: "%s in\n%s" % (pattern, "\n".join(rules(node))))


def test_what_the_kernel_refuses_is_said_and_tried_again(lab, director):
    node = prepared(lab)
    one = director(node, conf([("virtual_routes",
                                REFUSED + ["10.72.9.0/24 dev eth0"])]))
    wait_master(one)
    for words in REFUSED:
        one.wait_log(r'\(VI_1\) cannot add route "%s": ' % re.escape(words))
    assert "this kernel does not know how" in one.log()
    assert "its gateway is not reachable" in one.log()
    assert any("10.72.9.0/24" in r for r in routes(node))
    # What becomes possible comes, without a reload.
    node.run("ip addr add 10.250.0.2/24 dev eth0")
    until(lambda: any("10.72.4.0/24 via 10.250.0.1" in r
                      for r in routes(node)), 5, "the refused route")
    one.wait_log(r"is there now")
    for words in REFUSED[:-1]:
        assert one.log().count('cannot add route "%s"' % words) == 1


def test_tables_have_names(lab, director, tmp_path):
    etc = tmp_path / "iproute2"
    etc.mkdir()
    (etc / "rt_tables").write_text("4321 shop\n")
    node = prepared(lab)
    text = conf([("virtual_routes", ["10.70.1.0/24 dev eth0 table shop"]),
                 ("virtual_rules", ["from 10.9.0.100 lookup shop priority 9"])])
    text = text.replace("global_defs {", "global_defs {\n"
                        "    iproute_etc_dir %s" % etc)
    wait_master(director(node, text))
    until(lambda: any("table 4321" in r for r in routes(node)), 5, "table")
    until(lambda: any("lookup 4321" in r for r in rules(node)), 5, "rule")


# ---- kept true ----
HELD = [("virtual_routes", ["10.70.1.0/24 via 10.9.0.9 dev eth0",
                            "fd70:8::/64 nexthop via fd09::9 dev eth0 nexthop "
                            "via fd08::9 dev eth1",
                            "10.70.2.0/24 dev eth0 no_track"]),
        ("virtual_rules", ["from 10.9.0.100 table 100 preference 1001"])]


def has_route(node, text):
    return any(text in r for r in routes(node))


def has_rule(node, text):
    return any(text in r for r in rules(node))


def timed(condition, limit):
    """Polls as fast as it can: how long it took."""
    start = time.monotonic()
    until(condition, limit, "put back", every=0.001)
    return time.monotonic() - start


@pytest.mark.alone
def test_what_others_delete_is_put_back(lab, director):
    node = prepared(lab)
    one = director(node, conf(HELD))
    wait_master(one)
    until(lambda: has_rule(node, "1001:"), 5, "rule")
    watch = node.popen("ip -ts monitor route rule",
                       stdout=open(os.path.join(lab.dir, "monitor"), "w"))
    time.sleep(0.2)
    node.run("ip route del 10.70.1.0/24")
    until(lambda: has_route(node, "10.70.1.0/24"), 1, "route")
    node.run("ip rule del preference 1001")
    until(lambda: has_rule(node, "1001:"), 1, "rule")
    node.run("ip -6 route del fd70:8::/64")
    until(lambda: has_route(node, "fd70:8::/64"), 1, "IPv6 route")
    # One leg of it: the whole is there again.
    node.run("ip -6 route del fd70:8::/64 via fd08::9 dev eth1")
    until(lambda: node.out("ip -6 route show fd70:8::/64").count("via") == 2,
          1, "both legs")
    # Not tracked: not put back, as keepalived has it.
    node.run("ip route del 10.70.2.0/24")
    holds(lambda: not has_route(node, "10.70.2.0/24"), 0.5, "no_track")
    watch.terminate()
    watch.wait(5)
    with open(os.path.join(lab.dir, "monitor")) as f:
        text = f.read()
    assert back_after(text, "10.70.1.0/24") < 0.1
    one.signal(signal.SIGUSR2)
    assert one.log().count("was gone, put back") >= 3


def back_after(text, what):
    """Seconds from the deletion to the return, by the kernel's own word."""
    stamp, gone = None, None
    for line in text.splitlines():
        found = re.match(r"\[(\d+-\d+-\d+T)?(\d+):(\d+):(\d+\.\d+)\](.*)", line)
        if found:
            stamp = (int(found[2]) * 60 + int(found[3])) * 60 + float(found[4])
            line = found[5]
        if what in line and "Deleted" in line:
            gone = stamp
        elif what in line and gone is not None:
            return stamp - gone
    raise AssertionError("not in the monitor's words:\n" + text)


def test_a_fight_is_not_fought_without_end(lab, director):
    node = prepared(lab)
    one = director(node, conf(HELD))
    wait_master(one)
    until(lambda: has_route(node, "10.70.1.0/24"), 5, "route")
    mark = one.log_mark()
    for _ in range(60):
        node.run("ip route del 10.70.1.0/24", check=False)
    assert one.log()[mark:].count("was gone, put back") <= 30
    until(lambda: has_route(node, "10.70.1.0/24"), 5, "route in the end")


def test_a_foreign_route_is_never_deleted(lab, director):
    node = prepared(lab)
    node.run("ip route add 10.70.1.0/24 via 10.9.0.7 dev eth0 metric 5 "
             "proto static")
    node.run("ip rule add from 10.9.0.100 table 100 preference 1001")
    one = director(node, conf(HELD))
    wait_master(one)
    until(lambda: has_route(node, "10.70.1.0/24 via 10.9.0.9"), 5, "ours")
    one.stop()
    assert has_route(node, "10.70.1.0/24 via 10.9.0.7")
    assert not has_route(node, "10.70.1.0/24 via 10.9.0.9")
    assert has_rule(node, "1001:")


def test_left_by_a_crash_is_adopted_or_goes(lab, director):
    node = prepared(lab)
    one = director(node, conf(HELD))
    wait_master(one)
    until(lambda: has_rule(node, "1001:"), 5, "rule")
    before = routes(node), rules(node)
    watch = node.popen("ip monitor route rule",
                       stdout=open(os.path.join(lab.dir, "monitor"), "w"))
    time.sleep(0.2)
    mark = one.log_mark()
    one.kill_engine("vrrp")
    wait_master(one, since=mark)
    until(lambda: (routes(node), rules(node)) == before, 5, "the same")
    watch.terminate()
    watch.wait(5)
    with open(os.path.join(lab.dir, "monitor")) as f:
        assert "Deleted" not in f.read()
    # The next life is a backup: what was left goes.
    one.kill_all()
    assert (routes(node), rules(node)) == before
    one.write(conf(HELD, priority=100, advert=10))
    mark = one.log_mark()
    one.start()
    one.wait_state("VI_1", "BACKUP", since=mark)
    until(lambda: not has_route(node, "10.70.1.0/24") and
          not has_rule(node, "1001:"), 5, "nothing left")


def test_reload_changes_by_difference(lab, director):
    node = prepared(lab)
    static = block("static_routes", ["10.75.1.0/24 dev eth1",
                                     "10.75.2.0/24 dev eth1"])
    one = director(node, conf(HELD, rest=static))
    wait_master(one)
    until(lambda: has_rule(node, "1001:") and
          has_route(node, "10.75.2.0/24"), 5, "all")
    watch = node.popen("ip monitor route rule",
                       stdout=open(os.path.join(lab.dir, "monitor"), "w"))
    time.sleep(0.2)
    held = [(HELD[0][0], HELD[0][1][:2] + ["10.70.3.0/24 dev eth0"]), HELD[1]]
    static = block("static_routes", ["10.75.1.0/24 dev eth1",
                                     "10.75.3.0/24 dev eth1"])
    one.write(conf(held, rest=static))
    one.reload()
    until(lambda: has_route(node, "10.75.3.0/24") and
          has_route(node, "10.70.3.0/24"), 5, "new ones")
    until(lambda: not has_route(node, "10.75.2.0/24") and
          not has_route(node, "10.70.2.0/24"), 5, "old ones gone")
    watch.terminate()
    watch.wait(5)
    with open(os.path.join(lab.dir, "monitor")) as f:
        text = f.read()
    for kept in ("10.70.1.0/24", "fd70:8::", "10.75.1.0/24", "10.9.0.100"):
        assert kept not in text
    one.stop()
    assert not has_route(node, "10.75")


def test_interfaces_may_come_late(lab, director):
    node = prepared(lab)
    text = vc.conf(vc.instance(priority=255, lines=[
        "virtual_routes {", "10.76.1.0/24 dev late0 no_track", "}"]),
        block("static_routes", ["10.76.2.0/24 dev late0"]),
        block("static_ipaddress", ["10.76.3.1/24 dev late0"]),
        lines=["dynamic_interfaces"])
    one = director(node, text)
    wait_master(one)
    node.run("ip link add late0 type veth peer name late1")
    node.run("ip link set late1 up")
    node.run("ip link set late0 up")
    for prefix in ("10.76.1.0/24", "10.76.2.0/24"):
        until(lambda: has_route(node, prefix), 5, prefix)
    until(lambda: node.has("10.76.3.1"), 5, "static address")
    node.run("ip link del late0")
    until(lambda: not node.has("10.76.3.1"), 5, "gone")
    node.run("ip link add late0 type veth peer name late1")
    node.run("ip link set late1 up")
    node.run("ip link set late0 up")
    until(lambda: node.has("10.76.3.1") and has_route(node, "10.76.2.0/24"), 5,
          "back with the interface")


def test_a_tracked_route_follows_its_interface(lab, director):
    node = prepared(lab)
    one = director(node, conf([("virtual_routes", ["10.70.1.0/24 dev eth1"])]))
    wait_master(one)
    mark = one.log_mark()
    node.link("eth1", up=False)
    one.wait_state("VI_1", "FAULT", since=mark)
    assert "eth1" in one.log()[mark:]
    node.link("eth1")
    wait_master(one, since=mark)
    until(lambda: has_route(node, "10.70.1.0/24"), 5, "route")


# ---- static ----
STATIC = (block("track_group G", ["group {", "VI_1", "}"]) +
          block("static_ipaddress", ["10.8.0.55/24 dev eth1 track_group G"]) +
          block("static_routes",
                ["10.90.0.0/24 via 10.8.0.9 dev eth1 track_group G"]) +
          block("static_rules",
                ["iif eth1 table 100 preference 1001 track_group G"]))


def test_static_things_are_there_always(lab, director):
    node = prepared(lab)
    one = director(node, conf(priority=100, advert=10, rest=STATIC))
    one.wait_state("VI_1", "BACKUP")
    until(lambda: node.has("10.8.0.55") and has_route(node, "10.90.0.0/24") and
          has_rule(node, "1001:"), 5, "static things of a backup")
    node.run("ip addr del 10.8.0.55/24 dev eth1")
    until(lambda: node.has("10.8.0.55"), 1, "address put back")
    node.run("ip route del 10.90.0.0/24")
    until(lambda: has_route(node, "10.90.0.0/24"), 1, "route put back")
    node.run("ip rule del preference 1001")
    until(lambda: has_rule(node, "1001:"), 1, "rule put back")
    one.stop()
    assert not node.has("10.8.0.55")
    assert not has_route(node, "10.90.0.0/24") and not has_rule(node, "1001:")


@pytest.mark.parametrize("kind", ["keepalived", "duumvir"])
def test_track_group_goes_with_its_interface(lab, director, kind):
    node = prepared(lab)
    one = director(node, conf(rest=STATIC), kind=kind)
    wait_master(one)
    mark = one.log_mark()
    node.link("eth1", up=False)
    one.wait_log(r"Entering FAULT STATE", since=mark)
    node.link("eth1")
    one.wait_log(r"Entering MASTER STATE", since=mark)
    until(lambda: has_route(node, "10.90.0.0/24"), 5, "static route")


def test_track_group_goes_when_it_cannot_be_put_back(lab, director):
    node = prepared(lab)
    node.run("ip addr add 10.7.0.1/24 dev eth1")
    one = director(node, conf(rest=STATIC.replace("10.8.0.9 dev",
                                                  "10.7.0.9 dev")))
    wait_master(one)
    until(lambda: has_route(node, "10.90.0.0/24"), 5, "route")
    mark = one.log_mark()
    node.run("ip addr del 10.7.0.1/24 dev eth1")  # the way to its gateway
    node.run("ip route del 10.90.0.0/24")
    one.wait_state("VI_1", "FAULT", since=mark)
    assert "track_group G cannot be there" in one.log()[mark:]
    node.run("ip addr add 10.7.0.1/24 dev eth1")
    wait_master(one, since=mark)
    assert has_route(node, "10.90.0.0/24")


# ---- policies ----
def test_on_address_loss_backup_resigns(lab, director, capture):
    node = prepared(lab)
    one = director(node, conf(HELD, priority=200,
                              lines=["on_address_loss backup"]))
    wait_master(one)
    until(lambda: has_rule(node, "1001:"), 5, "rule")
    for command in ("ip addr del %s/32 dev eth0" % vc.VIP,
                    "ip route del 10.70.1.0/24",
                    "ip rule del preference 1001"):
        mark = one.log_mark()
        node.run(command)
        one.wait_state("VI_1", "BACKUP", since=mark)
        wait_master(one, since=mark)
        until(lambda: node.has(vc.VIP) and has_rule(node, "1001:") and
              has_route(node, "10.70.1.0/24"), 5, "all again")


def lifetime(node, address=vc.VIP):
    for link in json.loads(node.out("ip -j addr show")):
        for info in link["addr_info"]:
            if info.get("local") == address:
                return info["valid_life_time"]
    return None


FOREVER = 4294967295


def test_vip_lifetime_is_renewed(lab, director):
    node = prepared(lab)
    vips = (vc.VIP, "10.9.0.101/24")
    one = director(node, conf(lines=["vip_lifetime 3"], vips=vips))
    wait_master(one)
    until(lambda: node.has("10.9.0.101"), 5, "address")
    holds(lambda: 0 < (lifetime(node) or 0) <= 3, 5, "renewed in time")
    # Switched off by a reload: lasts for ever, and was never away.
    one.write(conf(vips=vips))
    one.reload()
    until(lambda: lifetime(node) == FOREVER, 5, "for ever")
    one.write(conf(lines=["vip_lifetime 3"], vips=vips))
    one.reload()
    until(lambda: lifetime(node) <= 3, 5, "finite again")


@pytest.mark.parametrize("how", ["frozen", "dead"])
def test_vip_lifetime_ends_by_itself(lab, director, how):
    node = prepared(lab)
    one = director(node, conf([("virtual_ipaddress_excluded", ["fd09::99/64"])],
                              lines=["vip_lifetime 3"], priority=200))
    wait_master(one)
    until(lambda: node.has(vc.VIP) and node.has("fd09::99"), 5, "addresses")
    if how == "dead":
        one.kill_all()
    else:
        pids = one.pids()
        for pid in pids:
            _kill(pid, signal.SIGSTOP)
    until(lambda: not node.has(vc.VIP) and not node.has("fd09::99"), 8,
          "gone by themselves")
    if how == "frozen":
        mark = one.log_mark()
        for pid in pids:
            _kill(pid, signal.SIGCONT)
        until(lambda: node.has(vc.VIP) and node.has("fd09::99"), 10,
              "back after the thaw")
        assert mark <= one.log_mark()
