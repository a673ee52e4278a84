# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What happens in years, in seconds: interfaces that come, go, are renamed and
change address, processes killed one after the other, reloads all the while, with
everything in use that holds something.  Nothing may crash, grow, or be left
over, and the end is the same as without all that.

CHURN_SECONDS (8) is how long each goes on; CHURN_SEED makes a run come again."""

import os
import random
import signal
import time

import vrrp_conf as vc
from director import _title
from netlab import _kill, until

SECONDS = float(os.environ.get("CHURN_SECONDS", "8"))
SEED = int(os.environ.get("CHURN_SEED", str(os.getpid())))
LINKS = ("eth1", "eth2", "eth3")
NET = {"eth0": 9, "eth1": 11, "eth2": 12, "eth3": 13}


def _conf(folder, priority, generation=0):
    """An instance on each link, with all that an instance may hold."""
    def one(number, *lines, vips=(), link=None):
        link = link or "eth%d" % number
        own = "10.%d.0.100" % NET[link]
        return vc.instance("VI_%d" % number, priority + number % 2,
                           vrid=60 + number, interface=link,
                           vips=(own,) + vips, lines=lines)

    held = ("virtual_routes {", "  10.70.1.0/24 via 10.11.0.9 dev eth1",
            "  10.70.%d.0/24 dev eth1 table 300" % (2 + generation % 3), "}",
            "virtual_rules {", "  from 10.70.1.0/24 table 300 priority 500",
            "}")
    text = vc.conf(
        """vrrp_script ok {
    script "/bin/true"
    interval 1
    weight 2
    user root
}
track_file level {
    file %s/level
    weight 1
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
    track_script {
        ok
    }
}
""" % folder,
        one(0, "use_vmac rv.0", "track_file {", "  level", "}", "no_accept"),
        one(1, *held, "notify /bin/true"),
        one(2, "track_interface {", "  eth1", "}"),
        one(3, "use_vmac rv.3", "vmac_xmit_base", "strict_mode off",
            vips=("10.13.0.%d" % (101 + generation % 5),)),
        lines=("script_user root", "enable_script_security off",
               "dynamic_interfaces", "vrrp_garp_master_delay 1"))
    return text


def _make(node, link):
    node.lab.plug(node, link, "10.%d.0.%d/24" % (
        NET[link], node.name == "a" and 1 or 2), switch="s" + link)


def _nodes(lab):
    a, b = lab.node("a"), lab.node("b")
    for node in (a, b):
        for link in ("eth0",) + LINKS:
            _make(node, link)
    with open(os.path.join(lab.dir, "level"), "w") as f:
        f.write("1\n")
    return a, b


def _start(lab, director, *nodes):
    found = []
    for node, priority in zip(nodes, (150, 100)):
        one = director(node, _conf(lab.dir, priority))
        found.append(one)
    return found


VIPS = tuple("10.%d.0.100" % net for net in NET.values())


def _wait_held(one, generation=0, timeout=30):
    """The director's node holds all, each thing once."""
    node = one.node

    def missing():
        text = node.out("ip -4 -o addr") + node.out("ip route show table all") \
            + node.out("ip rule")
        want = ["inet %s/32" % vip for vip in VIPS] + [
            "inet 10.13.0.%d/32" % (101 + generation % 5),
            "10.70.1.0/24 via 10.11.0.9",
            "10.70.%d.0/24 dev eth1 table 300" % (2 + generation % 3),
            "500:"]
        return ["%s x %d" % (w, text.count(w)) for w in want
                if text.count(w) != 1] + [
            "too many: " + w for w in ("10.70.%d.0/24" % n for n in (2, 3, 4))
            if w not in " ".join(want) and w in text]

    until(lambda: not missing(), timeout,
          lambda: "all held once: %s\n%s" % (missing(), one.log()[-3000:]))


def _fds(one):
    """How many descriptors each process has, by its title's first word."""
    return {_title(pid).split()[0] + ("" if pid != one.pid else "(main)"):
            len(os.listdir("/proc/%d/fd" % pid)) for pid in _daemons(one)}


def _daemons(one):
    return [pid for pid in one.pids()
            if "duumvir" in _title(pid) or pid == one.pid]


def _no_reports(one):
    for word in ("AddressSanitizer", "LeakSanitizer", "runtime error",
                 "assert", "died", "dumped core", "SIGSEGV", "SIGABRT"):
        assert word not in one.log(), word


class Churn:
    """One random thing after the other, all of them undone by heal()."""

    def __init__(self, node, rng):
        self.node, self.rng = node, rng

    def run(self, command):
        self.node.run(command, check=False)

    def exists(self, link):
        return self.node.run("ip link show " + link,
                             check=False).returncode == 0

    def step(self):
        link = self.rng.choice(LINKS)
        what = self.rng.choice((self.down, self.up, self.rename, self.remove,
                                self.add, self.address, self.flush,
                                self.vmac, self.undo, self.mtu))
        what(link)

    def down(self, link):
        self.run("ip link set %s down" % link)

    def up(self, link):
        self.run("ip link set %s up" % link)

    def rename(self, link):
        if self.exists(link):
            self.run("ip link set %s down" % link)
            self.run("ip link set %s name x%s" % (link, link))
        else:
            self.run("ip link set x%s name %s" % (link, link))
            self.run("ip link set %s up" % link)

    def remove(self, link):
        self.run("ip link del " + link)

    def add(self, link):
        if not self.exists(link) and not self.exists("x" + link):
            try:
                _make(self.node, link)
            except AssertionError:
                pass  # its other end is on its way out

    def address(self, link):
        other = self.rng.randrange(3, 90)
        self.run("ip addr flush dev %s scope global" % link)
        self.run("ip addr add 10.%d.0.%d/24 dev %s" % (NET[link], other,
                                                       link))

    def flush(self, link):
        self.run("ip addr flush dev " + link)

    def vmac(self, _link):
        self.run("ip link del rv." + self.rng.choice("03"))

    def undo(self, _link):
        self.run(self.rng.choice((
            "ip rule del priority 500", "ip route flush table 300",
            "nft flush ruleset", "ip route flush 10.70.1.0/24",
            "ip link set rv.3 down", "ip addr flush dev rv.0")))

    def mtu(self, link):
        self.run("ip link set %s mtu %d" % (link, self.rng.choice((1280,
                                                                   1500))))

    def heal(self):
        """As it was in the beginning."""
        for link in LINKS:
            if self.exists("x" + link):
                self.run("ip link del x" + link)
                until(lambda: not self.exists("x" + link), 5)
            until(lambda: self.exists(link) or self.add(link), 5, link)
            self.run("ip addr flush dev %s scope global" % link)
            self.run("ip addr add 10.%d.0.1/24 dev %s" % (NET[link], link))
            self.run("ip link set %s up" % link)


def test_interfaces_and_reloads(lab, director):
    rng = random.Random(SEED)
    print("CHURN_SEED=%d" % SEED)
    a, _ = _nodes(lab)
    one, = _start(lab, director, a)
    _wait_held(one)
    churn, generation, before = Churn(a, rng), 0, None
    pids = set(_daemons(one))
    end, reload_at = time.monotonic() + SECONDS, time.monotonic() + 1
    while time.monotonic() < end:
        churn.step()
        if time.monotonic() >= reload_at:
            reload_at += 1
            generation += 1
            one.write(_conf(lab.dir, 150, generation))
            one.reload()
            if before is None:
                before = _fds(one)
    churn.heal()
    _wait_held(one, generation)
    assert pids <= set(_daemons(one)), "a process died:\n" + one.log()[-4000:]
    after = _fds(one)
    for name, count in after.items():
        assert count <= before.get(name, 0) + 4, (name, before, after)
    assert one.stop(20) == 0
    _no_reports(one)
    for link in ("rv.0", "rv.3"):
        assert not churn.exists(link), "left over: " + link
    left = a.out("ip -4 -o addr") + a.out("ip route show table all")
    assert not [w for w in VIPS + ("10.70.",) if w in left], left


def _doubles(nodes):
    """The virtual addresses that more than one node has now."""
    sets = [set(x.split("/")[0] for x in node.addrs()) for node in nodes]
    return [vip for vip in VIPS if all(vip in s for s in sets)]


def test_kill_each_in_turn(lab, director):
    """No address goes, and none is on both nodes for longer than an engine that
    dies again and again is away (1 s) and then needs to be heard."""
    last = 0
    rng = random.Random(SEED)
    print("CHURN_SEED=%d" % SEED)
    a, b = _nodes(lab)
    one, other = _start(lab, director, a, b)
    _wait_held(one)
    until(lambda: not _doubles((a, b)), 10, "one master of each")
    end, since, killed = time.monotonic() + SECONDS, {}, 0
    kill_at = time.monotonic()
    while time.monotonic() < end:
        now = time.monotonic()
        twice = _doubles((a, b))
        since = {vip: since.get(vip, now) for vip in twice}
        assert all(now - max(then, last) < 2.5 for then in since.values()), \
            (now, since, other.log()[-2000:])
        missing = [v for v in VIPS if not a.has(v) and not b.has(v)]
        assert not missing, (missing, one.log()[-4000:])
        if now < kill_at:
            continue
        kill_at = now + rng.uniform(0.3, 1.5)
        victims = [p for d in (one, other) for p in _daemons(d)
                   if p not in (one.pid, other.pid)]
        if victims:
            killed, last = killed + 1, now
            _kill(rng.choice(victims), signal.SIGKILL)
    assert killed > 2
    _wait_held(one)
    until(lambda: not _doubles((a, b)), 10, "one master of each in the end")
    for d in (one, other):
        assert d.running()
        assert d.stop(20) == 0
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error"):
            assert word not in d.log(), word


# ---- who undoes all the time ----
STORMS = {
    "addresses": "ip addr del 10.9.0.100/32 dev eth0; "
                 "ip addr flush dev eth0 to 10.9.0.100/32",
    "routes": "ip route flush 10.70.1.0/24; ip route flush table 300",
    "rules": "ip rule del priority 500",
    "nftables": "nft flush ruleset",
    "all": "ip addr del 10.9.0.100/32 dev eth0; ip route flush table 300; "
           "nft flush ruleset; ip rule del priority 500",
}


def _storm_conf():
    return vc.conf(vc.instance("VI_1", 150, lines=(
        "no_accept", "virtual_routes {",
        "  10.70.1.0/24 via 10.9.0.9 dev eth0",
        "  10.70.2.0/24 dev eth0 table 300", "}", "virtual_rules {",
        "  from 10.70.1.0/24 table 300 priority 500", "}")))


def test_undone_in_a_loop_delays_no_advert(lab, director, capture):
    """Three seconds each of somebody who deletes as fast as he can: adverts
    keep their time, no storm of messages follows, all is there at the end."""
    a = lab.node("a")
    lab.plug(a, "eth0", "10.9.0.1/24")
    one = director(a, _storm_conf())
    one.wait_state("VI_1", "MASTER")

    def whole():
        text = a.out("ip -o addr") + a.out("ip route show table all") + \
            a.out("ip rule") + a.out("nft list ruleset")
        return all(w in text for w in (
            "inet 10.9.0.100/32", "10.70.1.0/24 via", "table 300", "500:",
            "set vips"))

    until(whole, 10, "all in place")
    for name, command in STORMS.items():
        seen, mark = capture(a, "eth0"), one.log_mark()
        a.run(["timeout", "3", "sh", "-c",
               "while :; do %s; done >/dev/null 2>&1" % command],
              check=False)
        until(whole, 5, lambda: "put back after %s\n%s" %
              (name, one.log()[-3000:]))
        times = [p.time for p in seen.adverts(src="10.9.0.1")]
        seen.stop()
        gaps = sorted(y - x for x, y in zip(times, times[1:]))
        print(name, len(times), gaps[-3:], len(seen.packets),
              len(one.log()[mark:].splitlines()))
        assert len(times) > 20 and gaps[-1] < 0.2, (name, gaps[-3:])
        assert len(seen.garps()) < 300, name
        assert len(one.log()[mark:].splitlines()) < 60, one.log()[mark:]
    assert "FAULT" not in one.log()
    assert one.log().count("Entering MASTER") == 1


def test_all_addresses_at_once_are_back_in_100_ms(lab, director):
    """`ip addr flush` on a master with 200 of them."""
    a = lab.node("a")
    lab.plug(a, "eth0", "10.9.0.1/24")
    vips = ["10.90.0.%d" % n for n in range(1, 201)]
    one = director(a, vc.conf(vc.instance("VI_1", 150, vips=vips)))
    one.wait_state("VI_1", "MASTER")

    def count():
        return len([x for x in a.addrs("eth0") if x.startswith("10.90.")])

    until(lambda: count() == 200, 5, "all there")
    path = os.path.join(lab.dir, "monitor")
    with open(path, "w") as f:
        watch = a.popen("ip -ts -o monitor address", stdout=f)

    def listens():
        a.run("ip addr add 10.8.0.1/32 dev lo", check=False)
        a.run("ip addr del 10.8.0.1/32 dev lo", check=False)
        return os.path.getsize(path) > 0

    until(listens, 5, "the monitor listens")
    a.run("ip addr flush dev eth0 to 10.90.0.0/16")
    until(lambda: count() == 200, 5, lambda: "back: %d" % count())

    def lines():
        with open(path) as f:
            return len([x for x in f if "10.90." in x])

    until(lambda: lines() >= 400, 5, "the monitor has seen all")
    watch.terminate()
    watch.wait(5)
    gone, back = {}, {}
    with open(path) as f:
        for line in f:
            words = line.replace("[", " ").replace("]", " ").split()
            stamp = [w for w in words if w.count(":") == 2][0]
            hour, minute, second = stamp.split("T")[-1].split(":")
            at = int(hour) * 3600 + int(minute) * 60 + float(second)
            vip = [w for w in words if w.startswith("10.90.")]
            if vip:
                (gone if "Deleted" in line else back)[vip[0]] = at
    took = sorted(back[vip] - gone[vip] for vip in gone)
    print(len(took), took[:1], took[-1:])
    assert len(took) == 200
    assert took[-1] < 0.1, took[-5:]
    assert one.log().count("was deleted from eth0") <= 10
