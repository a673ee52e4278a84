# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Two duumvirs as a pair: addresses and their options, gratuitous ARPs, notify
scripts, interfaces that come and go, reloads.  Assertions are about order,
counts and states; instants belong to tests/bench."""

import json
import os

import pytest

import vrrp_conf as vc
from netlab import holds, until


def wait_owner(a, b, owner, timeout=15, vip=vc.VIP):
    until(lambda: [n for n in (a, b) if n.has(vip)] == [owner], timeout,
          "the address on %s alone" % owner.name)


def start_pair(pair, director, lines=(), options=(), **kw):
    a, b = pair
    one = director(a, vc.conf(vc.instance(priority=200, **kw), lines=lines),
                   options=options)
    one.wait_state("VI_1", "MASTER")
    two = director(b, vc.conf(vc.instance(priority=100, **kw), lines=lines),
                   options=options)
    two.wait_state("VI_1", "BACKUP")
    wait_owner(a, b, a)
    return one, two


def vip_line(node, vip=vc.VIP):
    """The address as `ip addr` has it, or None."""
    done = node.out("ip -j -d addr show")
    for link in json.loads(done):
        for info in link["addr_info"]:
            if info.get("local") == vip:
                return dict(info, dev=link["ifname"])
    return None


def test_failover_and_return(pair, director):
    a, b = pair
    one, two = start_pair(pair, director)
    assert not b.has(vc.VIP)
    mark = two.log_mark()
    one.kill_all()
    two.wait_state("VI_1", "MASTER", since=mark)
    assert "Entering MASTER STATE" in two.log()[mark:]
    until(lambda: b.has(vc.VIP), 5, "the address on b")
    # What the dead one left is taken away by its next life as a backup.
    mark = two.log_mark()
    one.start()
    two.wait_state("VI_1", "BACKUP", since=mark)
    wait_owner(a, b, a)


def test_left_over_address_goes_when_backup(pair, director):
    """A director that died as master and comes back as backup must not keep
    the address its last life left on the interface."""
    a, b = pair
    one, two = start_pair(pair, director)
    one.kill_all()
    until(lambda: b.has(vc.VIP), 10, "the address on b")
    assert a.has(vc.VIP)
    one.write(vc.conf(vc.instance(priority=50)))
    mark = one.log_mark()
    one.start()
    one.wait_state("VI_1", "BACKUP", since=mark)
    wait_owner(a, b, b)
    assert two.running()


def test_orderly_stop_removes_and_hands_over(pair, director, capture):
    a, b = pair
    one, two = start_pair(pair, director)
    seen = capture(b, "eth0")
    mark = two.log_mark()
    assert one.stop() == 0
    assert not a.has(vc.VIP)
    assert any(x.priority == 0 for x in seen.adverts(src="10.9.0.1"))
    two.wait_state("VI_1", "MASTER", since=mark)
    wait_owner(a, b, b)


def test_dont_release_vrrp(pair, director):
    a, _ = pair
    one = director(a, vc.conf(vc.instance()), options=["-V"])
    one.wait_state("VI_1", "MASTER")
    until(lambda: a.has(vc.VIP), 5, "the address")
    assert one.stop() == 0
    assert a.has(vc.VIP)


@pytest.mark.parametrize("words,expect", [
    ("10.9.0.100", {"dev": "eth0", "prefixlen": 32, "scope": "global"}),
    ("10.9.0.100/24", {"prefixlen": 24}),
    ("10.9.0.100/24 dev eth1", {"dev": "eth1", "prefixlen": 24}),
    ("10.9.0.100/24 label eth0:vip", {"label": "eth0:vip"}),
    ("10.9.0.100 scope link", {"scope": "link"}),
    ("10.9.0.100 scope host", {"scope": "host"}),
    ("10.9.0.100/24 brd 10.9.0.255", {"broadcast": "10.9.0.255"}),
    ("10.9.0.100/24 brd + dev eth1 scope link label eth1:x",
     {"dev": "eth1", "scope": "link", "label": "eth1:x",
      "broadcast": "10.9.0.255"}),
], ids=lambda x: x.replace(" ", "_") if isinstance(x, str) else "")
def test_address_options(pair, director, lab, words, expect):
    a, _ = pair
    lab.plug(a, "eth1", "10.8.0.1/24", switch="other")
    one = director(a, vc.conf(vc.instance(vips=[words])))
    one.wait_state("VI_1", "MASTER")
    info = until(lambda: vip_line(a), 5, "the address")
    assert {key: info.get(key) for key in expect} == expect
    assert one.stop() == 0
    assert vip_line(a) is None


def test_excluded_addresses_are_not_on_the_wire(pair, director, capture):
    a, b = pair
    seen = capture(b, "eth0")
    block = ("virtual_ipaddress_excluded {", "    10.9.0.150", "}")
    one = director(a, vc.conf(vc.instance(lines=block)))
    one.wait_state("VI_1", "MASTER")
    until(lambda: a.has("10.9.0.150"), 5, "the excluded address")
    advert = seen.wait_advert(5, src="10.9.0.1")
    assert advert.addrs == [vc.VIP]
    until(lambda: seen.garps("10.9.0.150"), 5, "its gratuitous ARP")
    one.stop()
    assert not a.has("10.9.0.150")


def test_gratuitous_arps_are_five_and_five(pair, director, capture):
    a, b = pair
    seen = capture(b, "eth0")
    one = director(a, vc.conf(vc.instance(), lines=[
        "vrrp_garp_master_delay 1"]))
    one.wait_state("VI_1", "MASTER")
    until(lambda: len(seen.garps(vc.VIP)) >= 5, 5, "the first five")
    until(lambda: len(seen.garps(vc.VIP)) >= 10, 5, "the second five")
    mark = seen.mark()
    until(lambda: len(seen.adverts(since=mark)) >= 15, 10, "15 adverts")
    garps = seen.garps(vc.VIP)
    assert len(garps) == 10
    assert {g.arp.sender_mac for g in garps} == {a.mac("eth0")}
    # The first comes after the address is up and the first advert is out.
    assert garps[0].time > seen.adverts(src="10.9.0.1")[0].time


def test_garp_counts_follow_the_keywords(pair, director, capture):
    a, b = pair
    seen = capture(b, "eth0")
    one = director(a, vc.conf(vc.instance(lines=[
        "garp_master_repeat 2", "garp_master_delay 1"])))
    one.wait_state("VI_1", "MASTER")
    until(lambda: len(seen.garps(vc.VIP)) >= 4, 8, "two and two")
    mark = seen.mark()
    until(lambda: len(seen.adverts(since=mark)) >= 15, 10, "15 adverts")
    assert len(seen.garps(vc.VIP)) == 4


# ---- scripts ----
def script_write(lab, name):
    """A script that notes how it was called, one line a call."""
    out = os.path.join(lab.dir, name + ".out")
    path = os.path.join(lab.dir, name)
    with open(path, "w") as f:
        f.write('#!/bin/sh\necho "$@" >>%s\n' % out)
    os.chmod(path, 0o755)
    return path, out


def lines_of(path):
    try:
        with open(path) as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return []


def test_notify_scripts_run_once_each(pair, director, lab):
    a, b = pair
    names = ("master", "backup", "fault", "stop")
    scripts = {n: script_write(lab, "notify_" + n) for n in names}
    every, every_out = script_write(lab, "notify")
    lines = ['notify_%s "%s %s-arg"' % (n, scripts[n][0], n) for n in names]
    lines.append('notify "%s"' % every)
    one = director(a, vc.conf(vc.instance(priority=200, lines=lines),
                              lines=["script_user root"]))
    one.wait_state("VI_1", "MASTER")
    until(lambda: lines_of(scripts["master"][1]), 10, "notify_master")
    a.link("eth0", up=False)
    one.wait_state("VI_1", "FAULT")
    until(lambda: lines_of(scripts["fault"][1]), 10, "notify_fault")
    mark = one.log_mark()
    a.link("eth0")
    one.wait_state("VI_1", "MASTER", since=mark)
    until(lambda: len(lines_of(scripts["master"][1])) == 2, 10, "master")
    assert one.stop() == 0
    until(lambda: lines_of(scripts["stop"][1]), 10, "notify_stop")
    calls = {n: lines_of(scripts[n][1]) for n in names}
    assert calls["master"] == ["master-arg"] * 2
    assert calls["fault"] == ["fault-arg"]
    assert calls["stop"] == ["stop-arg"]
    assert calls["backup"] == ["backup-arg"] * 2
    states = ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"]
    until(lambda: len(lines_of(every_out)) >= len(states), 10, "notify")
    # Scripts run side by side, so their order is not promised.
    assert sorted(lines_of(every_out)) == sorted(
        "INSTANCE VI_1 %s 200" % s for s in states)
    assert b.name == "b"


# ---- interfaces that come and go ----
def ops_down(a, lab):
    del lab
    a.link("eth0", up=False)


def ops_up(a, lab):
    del lab
    a.link("eth0")


def ops_addr_del(a, lab):
    del lab
    a.run("ip addr del 10.9.0.1/24 dev eth0")


def ops_addr_add(a, lab):
    del lab
    a.run("ip addr add 10.9.0.1/24 dev eth0")


def ops_rename(a, lab):
    del lab
    a.run("ip link set eth0 name eth9")


def ops_rename_back(a, lab):
    del lab
    a.run("ip link set eth9 name eth0")


def ops_delete(a, lab):
    del lab
    a.run("ip link del eth0")


def ops_create(a, lab):
    lab.plug(a, "eth0", "10.9.0.1/24")


def ops_create_bare(a, lab):
    lab.plug(a, "eth0")


ORDERS = {
    "down-up": (ops_down, ops_up),
    "addr": (ops_addr_del, ops_addr_add),
    "down-addr-up": (ops_down, ops_addr_del, ops_addr_add, ops_up),
    "addr-down-up-addr": (ops_addr_del, ops_down, ops_up, ops_addr_add),
    "down-addr-up-late": (ops_down, ops_addr_del, ops_up, ops_addr_add),
    "rename": (ops_down, ops_rename, ops_up, ops_down, ops_rename_back,
               ops_up),
    "delete": (ops_delete, ops_create),
    "delete-late-addr": (ops_delete, ops_create_bare, ops_addr_add),
}


def rename_aware(step):
    """After a rename the link is called eth9: bring that one up or down."""

    def run(a, lab):
        name = "eth9" if "eth9" in a.out("ip -o link") else "eth0"
        if step is ops_down:
            a.link(name, up=False)
        elif step is ops_up:
            a.link(name)
        else:
            step(a, lab)

    return run


@pytest.mark.parametrize("order", ORDERS)
def test_interface_orders_end_right(pair, director, lab, order):
    a, b = pair
    one, two = start_pair(pair, director, lines=["dynamic_interfaces"])
    steps = [rename_aware(step) for step in ORDERS[order]]
    mark = two.log_mark()
    steps[0](a, lab)
    two.wait_state("VI_1", "MASTER", since=mark)
    for step in steps[1:]:
        step(a, lab)
    wait_owner(a, b, a, timeout=20)
    assert vip_line(a)["dev"] == "eth0"
    assert one.running() and two.running()
    assert one.engine("vrrp") and two.engine("vrrp")


def test_interface_missing_at_start(pair, director, lab):
    a, b = pair
    a.run("ip link del eth0")
    one = director(a, vc.conf(vc.instance(priority=200),
                              lines=["dynamic_interfaces"]))
    one.wait_log("FAULT|eth0")
    assert one.running()
    lab.plug(a, "eth0", "10.9.0.1/24")
    one.wait_state("VI_1", "MASTER")
    wait_owner(a, b, a)


def test_address_deleted_by_hand_is_put_back(pair, director, capture):
    a, b = pair
    one, two = start_pair(pair, director)
    seen = capture(b, "eth0")
    for _ in range(3):
        a.run("ip addr del %s/32 dev eth0" % vc.VIP)
        until(lambda: a.has(vc.VIP), 5, "the address again")
    until(lambda: seen.garps(vc.VIP), 5, "a gratuitous ARP")
    one.wait_log("10.9.0.100.*putting it back")
    assert not b.has(vc.VIP)
    assert "Entering BACKUP" not in one.log().split("Entering MASTER")[-1]
    assert "Entering MASTER" not in two.log()


# ---- reload ----
def test_unchanged_reload_is_silent(pair, director, capture):
    a, b = pair
    one, two = start_pair(pair, director, advert=0.5,
                          lines=["vrrp_garp_master_delay 1"])
    seen = capture(b, "eth0")
    until(lambda: len(seen.garps(vc.VIP)) >= 5, 10, "the last announcement")
    mark, log = seen.mark(), one.log_mark()
    pids = one.pids()
    for _ in range(3):
        before = seen.mark()
        one.reload()
        until(lambda: len(seen.adverts(src="10.9.0.1", since=before)) >= 3,
              10, "adverts after the reload")
    adverts = seen.adverts(src="10.9.0.1", since=mark)
    gaps = [y.time - x.time for x, y in zip(adverts, adverts[1:])]
    assert max(gaps) < 2 * 0.5
    assert not seen.garps(since=mark)
    assert "Entering" not in one.log()[log:]
    assert one.pids() == pids
    assert "Entering MASTER" not in two.log()
    assert a.has(vc.VIP)


def test_reload_adds_and_removes_an_address(pair, director, capture):
    a, b = pair
    one, _two = start_pair(pair, director)
    seen = capture(b, "eth0")
    more = vc.conf(vc.instance(priority=200, vips=(vc.VIP, "10.9.0.101")))
    first, log = one.conf_text(), one.log_mark()
    mark = seen.mark()
    one.write(more)
    one.reload()
    until(lambda: a.has("10.9.0.101"), 10, "the new address")
    until(lambda: seen.garps("10.9.0.101", since=mark), 5, "its ARP")
    seen.wait_advert(5, src="10.9.0.1", since=mark, test=lambda x: x.addrs
                     == [vc.VIP, "10.9.0.101"])
    one.write(first)
    one.reload()
    until(lambda: not a.has("10.9.0.101"), 10, "the address to go")
    assert a.has(vc.VIP)
    assert "Entering" not in one.log()[log:]
    assert not b.has(vc.VIP)


def test_reload_adds_and_removes_an_instance(pair, director, capture):
    a, b = pair
    one, _two = start_pair(pair, director)
    seen = capture(b, "eth0")
    both = vc.conf(vc.instance(priority=200),
                   vc.instance("VI_2", vrid=52, vips=["10.9.0.120"]))
    first = one.conf_text()
    one.write(both)
    one.reload()
    one.wait_state("VI_2", "MASTER")
    until(lambda: a.has("10.9.0.120"), 5, "its address")
    one.write(first)
    one.reload()
    until(lambda: not a.has("10.9.0.120"), 10, "its address to go")
    seen.wait_advert(5, vrid=52, test=lambda x: x.priority == 0)
    assert a.has(vc.VIP)


def test_reload_of_the_priority_moves_the_address(pair, director):
    a, b = pair
    one, _two = start_pair(pair, director)
    one.write(vc.conf(vc.instance(priority=50)))
    one.reload()
    wait_owner(a, b, b)
    one.write(vc.conf(vc.instance(priority=200)))
    one.reload()
    wait_owner(a, b, a)


@pytest.mark.parametrize("bad", [
    "vrrp_instance VI_1 {\n    interface eth0\n    priority 200\n}\n",
    "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n",
], ids=["no-vrid", "no-brace"])
def test_refused_reload_changes_nothing(pair, director, capture, bad):
    a, b = pair
    one, two = start_pair(pair, director)
    seen = capture(b, "eth0")
    pids, log, mark = one.pids(), one.log_mark(), seen.mark()
    one.write(bad)
    one.reload()
    one.wait_log("(?i)reload.*(refused|rejected|keep|unchanged|fail)",
                 since=log)
    until(lambda: len(seen.adverts(src="10.9.0.1", since=mark)) >= 10, 10,
          "adverts as before")
    assert one.pids() == pids and a.has(vc.VIP)
    assert "Entering" not in one.log()[log:]
    assert "Entering MASTER" not in two.log()
    one.write(vc.conf(vc.instance(priority=200)))
    one.reload()
    holds(lambda: a.has(vc.VIP), 0.5, "the address stays")


def test_two_daemons_stop_together(pair, director):
    """Both ends at once: no address is left anywhere."""
    a, b = pair
    one, two = start_pair(pair, director)
    for each in (one, two):
        each.signal(15)
    assert one.process.wait(10) == 0 and two.process.wait(10) == 0
    assert not a.has(vc.VIP) and not b.has(vc.VIP)
