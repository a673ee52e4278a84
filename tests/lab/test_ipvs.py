# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The ipvs engine on a real kernel: told by lines what the check engine would
say (ipvs_drive), seen by Debian's ipvsadm.

Every test has a network namespace of its own: the kernel remembers deleted
servers for two minutes, and tests must not meet in that memory."""

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

DRIVE = Path(os.environ["DUUMVIR_BUILD"]) / "tests/lab/ipvs_drive"
SPACE = "dvipvs"
VIP, VIP2, VIP6 = "tcp:80:10.9.0.1", "tcp:81:10.9.0.1", "tcp:80:fd09::1"
HEAL_SECONDS = 8  # a tick is 2 s after the last comparison


def run(*argv, check=True, stdin=None):
    done = subprocess.run(argv, capture_output=True, text=True, input=stdin,
                          timeout=60)
    if check and done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.stderr}")
    return done.stdout


def inside(*argv, **kw):
    return run("ip", "netns", "exec", SPACE, *argv, **kw)


def ipvsadm(*words):
    return inside("ipvsadm", *words)


def table():
    """ipvsadm -Sn as a sorted list of its lines."""
    return sorted(line.strip() for line in ipvsadm("-Sn").splitlines())


def until(predicate, what, seconds=HEAL_SECONDS):
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Engine:
    """The driver process, line by line."""

    def __init__(self, *argv):
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", SPACE, str(DRIVE), *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open("/tmp/ipvs-drive.log", "w+"), text=True)
        self.log_file = open("/tmp/ipvs-drive.log")

    def say(self, line):
        """Sends one line; returns what came before its ok."""
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        answer = []
        for text in self.child.stdout:
            if text == "ok\n":
                return answer
            answer.append(text.rstrip("\n"))
        raise RuntimeError(f"the engine died: {self.log()}")

    def describe(self, *lines):
        """A full description."""
        for line in ("begin", *lines, "end"):
            self.say(line)

    def figure(self, name):
        for line in self.say("stats"):
            if line.strip().startswith(name + " = "):
                return line.split(" = ")[1]
        raise RuntimeError(f"no figure {name}")

    def sent(self):
        return int(self.figure("Changes sent"))

    def repairs(self):
        return int(self.figure("Changes of others put back"))

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read()

    def stop(self, how="stop"):
        self.child.stdin.write(how + "\n")
        self.child.stdin.flush()
        self.child.wait(20)
        assert self.child.returncode == 0, self.log()

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(20)


@pytest.fixture
def engine():
    engines = []
    run("ip", "netns", "del", SPACE, check=False)
    run("modprobe", "ip_vs")
    run("ip", "netns", "add", SPACE)
    run("ip", "-n", SPACE, "link", "set", "lo", "up")

    def start(*argv):
        engines.append(Engine(*argv))
        return engines[-1]

    yield start
    for one in engines:
        if one.child.poll() is None:
            one.kill()
    run("ip", "netns", "del", SPACE)


BASIC = (f"svc {VIP} rr",
         f"dest {VIP} 10.9.1.1 80 route 1",
         f"dest {VIP} 10.9.1.2 80 route 2",
         f"svc {VIP2} wlc",
         f"dest {VIP2} 10.9.1.1 8080 masq 3")
BASIC_TABLE = sorted(["-A -t 10.9.0.1:80 -s rr",
                      "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -g -w 1",
                      "-a -t 10.9.0.1:80 -r 10.9.1.2:80 -g -w 2",
                      "-A -t 10.9.0.1:81 -s wlc",
                      "-a -t 10.9.0.1:81 -r 10.9.1.1:8080 -m -w 3"])


def test_apply_and_nothing_to_do(engine):
    e = engine()
    e.describe(*BASIC)
    assert table() == BASIC_TABLE
    assert e.sent() == 5
    e.describe(*BASIC)
    for line in BASIC:
        e.say(line)
    assert e.sent() == 5
    assert table() == BASIC_TABLE


def test_one_change_is_one_request(engine):
    e = engine()
    e.describe(*BASIC)
    e.say(f"dest {VIP} 10.9.1.2 80 route 7")
    assert e.sent() == 6
    assert "-a -t 10.9.0.1:80 -r 10.9.1.2:80 -g -w 7" in table()
    e.say(f"deldest {VIP} 10.9.1.1 80")
    assert e.sent() == 7
    e.say(f"dest {VIP} 10.9.1.1 80 route 0")
    assert e.sent() == 8
    e.say(f"delsvc {VIP2}")
    assert e.sent() == 9
    e.say(f"svc {VIP} sh")
    assert e.sent() == 10
    assert table() == sorted(["-A -t 10.9.0.1:80 -s sh",
                              "-a -t 10.9.0.1:80 -r 10.9.1.2:80 -g -w 7",
                              "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -g -w 0"])
    assert e.repairs() == 0
    # The same by a description: one difference, one request.
    e.describe(f"svc {VIP} sh", f"dest {VIP} 10.9.1.2 80 route 7",
               f"dest {VIP} 10.9.1.1 80 route 5")
    assert e.sent() == 11


def test_sync_sweeps(engine):
    e = engine()
    e.describe(*BASIC)
    e.describe(*BASIC[:2])
    assert table() == sorted(["-A -t 10.9.0.1:80 -s rr",
                              "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -g -w 1"])
    # A description that breaks off sweeps nothing.
    e.say("begin")
    e.say("gone")
    assert len(table()) == 2
    e.say("end")
    assert len(table()) == 2


@pytest.mark.parametrize("damage", [
    ["-e", "-t", "10.9.0.1:80", "-r", "10.9.1.1:80", "-g", "-w", "99"],
    ["-e", "-t", "10.9.0.1:80", "-r", "10.9.1.1:80", "-i", "-w", "1"],
    ["-d", "-t", "10.9.0.1:80", "-r", "10.9.1.1:80"],
    ["-a", "-t", "10.9.0.1:80", "-r", "10.9.1.9:80", "-g"],
    ["-D", "-t", "10.9.0.1:80"],
    ["-E", "-t", "10.9.0.1:80", "-s", "wrr", "-p", "60"],
    ["-C"],
], ids=lambda words: "".join(words[:1]) + words[-1])
def test_drift_is_put_back(engine, damage):
    e = engine()
    e.describe(*BASIC)
    ipvsadm(*damage)
    until(lambda: table() == BASIC_TABLE, "the table to be healed")
    until(lambda: e.repairs() > 0, "the repair to be counted")
    assert "changed by somebody else, put back: " in e.log()


def test_strangers_stay(engine):
    ipvsadm("-A", "-t", "10.7.0.1:25", "-s", "wrr")
    ipvsadm("-a", "-t", "10.7.0.1:25", "-r", "10.7.1.1:25", "-i", "-w", "5")
    strange = table()
    e = engine()
    e.describe(*BASIC)
    ipvsadm("-A", "-u", "10.7.0.1:53", "-s", "lc")
    strange = sorted(strange + ["-A -u 10.7.0.1:53 -s lc"])
    ipvsadm("-D", "-t", "10.9.0.1:81")
    both = sorted(BASIC_TABLE + strange)
    until(lambda: table() == both, "our part to be healed")
    e.describe(*BASIC[:2])
    assert set(strange) <= set(table())
    e.stop()
    assert table() == strange


def counters():
    """Packets in per virtual service, from ipvsadm's statistics."""
    found = {}
    for line in ipvsadm("-Ln", "--stats", "--exact").splitlines():
        words = line.split()
        if words and words[0] in ("TCP", "UDP", "SCTP", "FWM"):
            found[words[1]] = int(words[3])
    return found


def send_packets():
    """A connection attempt to the service from the machine itself."""
    inside("/usr/bin/python3", "-c", """
import socket
for _ in range(3):
    s = socket.socket()
    s.settimeout(0.1)
    try:
        s.connect(("10.9.0.1", 80))
    except OSError:
        pass
""")


def test_kill_and_respawn_adopts(engine):
    inside("ip", "addr", "add", "10.9.0.1/32", "dev", "lo")
    e = engine()
    e.describe(f"svc {VIP} rr", f"dest {VIP} 127.0.0.1 80 masq 1")
    send_packets()
    until(lambda: counters()["10.9.0.1:80"] > 0, "the packets in the figures")
    before = counters()["10.9.0.1:80"]
    e.kill()
    assert len(table()) == 2
    e = engine("respawn")
    e.say("conf lvs_flush")  # lvs_flush is for a start, not for a respawn
    e.describe(f"svc {VIP} rr", f"dest {VIP} 127.0.0.1 80 masq 4")
    assert e.sent() == 1
    assert counters()["10.9.0.1:80"] >= before
    assert "-a -t 10.9.0.1:80 -r 127.0.0.1:80 -m -w 4" in table()
    e.stop()
    assert table() == []


def test_flush_options(engine):
    ipvsadm("-A", "-t", "10.7.0.1:25", "-s", "wrr")
    e = engine()
    e.say("conf lvs_flush")
    e.describe(*BASIC)
    assert table() == BASIC_TABLE
    # A reload is no start.
    ipvsadm("-A", "-t", "10.7.0.1:25", "-s", "wrr")
    e.say("conf lvs_flush / lvs_flush_on_stop")
    e.describe(*BASIC)
    assert len(table()) == len(BASIC_TABLE) + 1
    e.stop("stop keep")
    assert len(table()) == len(BASIC_TABLE) + 1
    e = engine()
    e.say("conf lvs_flush_on_stop")
    e.describe(*BASIC)
    assert e.sent() == 0
    e.stop()
    assert table() == []


def test_ipv6_fwmark_protocols(engine):
    e = engine()
    e.describe(f"svc {VIP6} wrr",
               f"dest {VIP6} fd09:1::1 80 route 1",
               f"dest {VIP6} fd09:1::2 80 tunnel 2",
               "svc fwm:5:4 lc",
               "dest fwm:5:4 10.9.1.1 0 route 1",
               "svc fwm:6:6 lc",
               "dest fwm:6:6 fd09:1::1 0 route 1",
               "svc udp:53:10.9.0.1 rr",
               "dest udp:53:10.9.0.1 10.9.1.1 53 masq 1",
               "svc sctp:99:10.9.0.1 rr",
               "dest sctp:99:10.9.0.1 10.9.1.1 99 route 1")
    assert e.sent() == 11
    assert table() == sorted([
        "-A -t [fd09::1]:80 -s wrr",
        "-a -t [fd09::1]:80 -r [fd09:1::1]:80 -g -w 1",
        "-a -t [fd09::1]:80 -r [fd09:1::2]:80 -i -w 2 --tun-type ipip",
        "-A -f 5 -s lc",
        "-a -f 5 -r 10.9.1.1:0 -g -w 1",
        "-A -f 6 -6 -s lc",
        "-a -f 6 -6 -r [fd09:1::1]:0 -g -w 1",
        "-A -u 10.9.0.1:53 -s rr",
        "-a -u 10.9.0.1:53 -r 10.9.1.1:53 -m -w 1",
        "-A --sctp-service 10.9.0.1:99 -s rr",
        "-a --sctp-service 10.9.0.1:99 -r 10.9.1.1:99 -g -w 1"])
    nothing_to_do(e)


def nothing_to_do(e):
    """A tick finds the kernel as wanted: what we write is what we read."""
    sent, passes = e.sent(), int(e.figure("Comparisons"))
    until(lambda: int(e.figure("Comparisons")) > passes, "a comparison")
    assert e.sent() == sent
    assert e.repairs() == 0


SCHEDULERS = sorted(
    re.fullmatch(r"ip_vs_(\w+)\.ko.*", path.name)[1]
    for path in Path("/lib/modules").glob(
        f"{os.uname().release}/kernel/net/netfilter/ipvs/ip_vs_*.ko*")
    if path.name.split(".")[0] not in ("ip_vs_ftp", "ip_vs_pe_sip"))


def test_schedulers_and_flags(engine):
    """Every scheduler module of this kernel, loaded on demand."""
    assert len(SCHEDULERS) >= 13
    e = engine()
    lines, wanted = [], []
    for i, name in enumerate(SCHEDULERS):
        flags, words = (0, "")
        if name == "sh":
            flags, words = 0x18, " -b sh-fallback,sh-port"
        if name == "mh":
            flags, words = 0x10, " -b mh-port"
        if name == "rr":
            flags, words = 0x24, " -b flag-3"
        lines.append(f"svc udp:{100 + i}:10.9.0.1 {name} {flags}")
        wanted.append(f"-A -u 10.9.0.1:{100 + i} -s {name}{words}"
                      + (" -o" if flags & 4 else ""))
    e.describe(*lines)
    found = [line.replace(" -o", "") + (" -o" if " -o" in line else "")
             for line in table()]
    assert sorted(found) == sorted(wanted)
    nothing_to_do(e)


def test_persistence_thresholds_tunnels(engine):
    e = engine()
    e.describe(f"svc {VIP} rr 0 300",
               # netmask 255.255.255.0 in network order
               f"svc {VIP2} rr 0 50 {0x00ffffff}",
               f"svc {VIP6} rr 0 60 64",
               f"svc udp:5060:10.9.0.1 rr 0 360 {0xffffffff} sip",
               f"dest {VIP} 10.9.1.1 80 route 1 1000 900",
               f"dest {VIP} 10.9.1.2 80 tunnel 1 0 0 1 6080 0",
               f"dest {VIP} 10.9.1.3 80 tunnel 1 0 0 1 6080 1",
               f"dest {VIP} 10.9.1.4 80 tunnel 1 0 0 1 6080 2",
               f"dest {VIP} 10.9.1.5 80 tunnel 1 0 0 2 0 1",
               f"dest {VIP} fd09:1::6 80 tunnel 1")
    assert table() == sorted([
        "-A -t 10.9.0.1:80 -s rr -p 300",
        "-A -t 10.9.0.1:81 -s rr -p 50 -M 255.255.255.0",
        "-A -t [fd09::1]:80 -s rr -p 60 -M 64",
        "-A -u 10.9.0.1:5060 -s rr -p 360 --pe sip",
        "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -g -w 1",
        "-a -t 10.9.0.1:80 -r 10.9.1.2:80 -i -w 1 --tun-type gue "
        "--tun-port 6080 --tun-nocsum",
        "-a -t 10.9.0.1:80 -r 10.9.1.3:80 -i -w 1 --tun-type gue "
        "--tun-port 6080 --tun-csum",
        "-a -t 10.9.0.1:80 -r 10.9.1.4:80 -i -w 1 --tun-type gue "
        "--tun-port 6080 --tun-remcsum",
        "-a -t 10.9.0.1:80 -r 10.9.1.5:80 -i -w 1 --tun-type gre "
        "--tun-csum",
        "-a -t 10.9.0.1:80 -r [fd09:1::6]:80 -i -w 1 --tun-type ipip"])
    limits = [line.split() for line in
              ipvsadm("-Ln", "--thresholds").splitlines()]
    assert ["->", "10.9.1.1:80", "1000", "900", "0", "0"] in limits
    nothing_to_do(e)


def test_refusals_are_told_once(engine):
    e = engine()
    e.describe(f"svc {VIP} nosuch", f"dest {VIP} 10.9.1.1 80 route 1",
               f"svc {VIP2} rr", f"dest {VIP2} 224.0.0.1 80 route 1",
               f"dest {VIP2} 10.9.1.2 80 route 1")
    assert table() == sorted(["-A -t 10.9.0.1:81 -s rr",
                              "-a -t 10.9.0.1:81 -r 10.9.1.2:80 -g -w 1"])
    passes = int(e.figure("Comparisons"))
    until(lambda: int(e.figure("Comparisons")) >= passes + 2, "two ticks")
    log = e.log()
    assert log.count("virtual service [10.9.0.1]:tcp:80: the kernel has no "
                     "scheduler 'nosuch' (modprobe ip_vs_nosuch)") == 1
    assert log.count("cannot add server [224.0.0.1]:tcp:80 of "
                     "[10.9.0.1]:tcp:81: its address is not that of a "
                     "host") == 1
    assert log.count("cannot") == 2
    assert e.repairs() == 0
    # Put right, it is taken at once.
    e.say(f"svc {VIP} rr")
    until(lambda: "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -g -w 1" in table(),
          "the service and its server")


def test_race_with_another_writer(engine):
    """A server that somebody else deleted is edited: read, put back."""
    e = engine()
    e.describe(*BASIC)
    ipvsadm("-d", "-t", "10.9.0.1:80", "-r", "10.9.1.1:80")
    e.say(f"dest {VIP} 10.9.1.1 80 route 9")
    assert "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -g -w 9" in table()
    ipvsadm("-D", "-t", "10.9.0.1:80")
    e.say(f"dest {VIP} 10.9.1.2 80 route 8")
    assert "-a -t 10.9.0.1:80 -r 10.9.1.2:80 -g -w 8" in table()
    ipvsadm("-A", "-t", "10.9.0.1:82", "-s", "rr")
    e.say("svc tcp:82:10.9.0.1 wrr")
    assert "-A -t 10.9.0.1:82 -s wrr" in table()
    ipvsadm("-D", "-t", "10.9.0.1:82")
    e.say("delsvc tcp:82:10.9.0.1")
    assert "cannot" not in e.log()


def test_nothing_wanted_asks_nothing(engine):
    ipvsadm("-A", "-t", "10.7.0.1:25", "-s", "wrr")
    e = engine()
    e.describe()
    assert e.figure("Comparisons") == "0"
    e.stop()
    assert len(table()) == 1


def test_module_reload(engine):
    """The module goes and comes back with another family number."""
    e = engine()
    e.describe(*BASIC)
    modules = ["ip_vs_" + name for name in ("rr", "wlc", "wrr", "lc")]
    ipvsadm("-C")
    for name in modules + ["ip_vs"]:
        run("modprobe", "-r", name, check=False)
    until(lambda: table() == BASIC_TABLE, "the table in the new module", 20)


def timeouts():
    """tcp, tcpfin and udp as ipvsadm prints them."""
    return ipvsadm("-L", "--timeout").split()[-3:]


def test_timeouts(engine):
    e = engine()
    ipvsadm("--set", "111", "22", "33")
    e.say("conf lvs_timeouts tcp 700 udp 44")
    assert timeouts() == ["111", "22", "33"]  # nobody wants a service yet
    e.describe(*BASIC)
    assert timeouts() == ["700", "22", "44"]
    assert e.say("conf lvs_timeouts tcp 700 tcpfin 55 udp 44") == ["changed 1"]
    assert timeouts() == ["700", "55", "44"]
    ipvsadm("--set", "111", "22", "33")
    e.say("conf")
    assert timeouts() == ["111", "22", "33"]


class Life:
    """Random wishes, and what the kernel must hold because of them."""

    PORTS, HOSTS = range(80, 88), range(1, 6)

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.wanted = {}  # port -> (scheduler, {host: weight})

    def table(self):
        lines = []
        for port, (sched, servers) in self.wanted.items():
            lines.append(f"-A -t 10.9.0.1:{port} -s {sched}")
            lines += [f"-a -t 10.9.0.1:{port} -r 10.9.1.{host}:80 -g -w {w}"
                      for host, w in servers.items()]
        return sorted(lines)

    def describe(self):
        lines = []
        for port, (sched, servers) in self.wanted.items():
            lines.append(f"svc tcp:{port}:10.9.0.1 {sched}")
            lines += [f"dest tcp:{port}:10.9.0.1 10.9.1.{host} 80 route {w}"
                      for host, w in servers.items()]
        return lines

    def change(self):
        """One random wish, as the driver's line."""
        pick = self.random
        port, host = pick.choice(self.PORTS), pick.choice(self.HOSTS)
        what = pick.randrange(10)
        if port not in self.wanted or what == 0:
            sched = pick.choice(["rr", "wrr", "wlc"])
            self.wanted[port] = (sched, self.wanted.get(port, ("", {}))[1])
            return f"svc tcp:{port}:10.9.0.1 {sched}"
        if what == 1:
            del self.wanted[port]
            return f"delsvc tcp:{port}:10.9.0.1"
        servers = self.wanted[port][1]
        if what < 4:
            servers.pop(host, None)
            return f"deldest tcp:{port}:10.9.0.1 10.9.1.{host} 80"
        servers[host] = pick.randrange(1, 9)
        return (f"dest tcp:{port}:10.9.0.1 10.9.1.{host} 80 route "
                f"{servers[host]}")

    def damage(self):
        """What somebody else does to one of our services, if any."""
        pick = self.random
        if not self.wanted:
            return
        where = f"10.9.0.1:{pick.choice(sorted(self.wanted))}"
        server = f"10.9.1.{pick.choice(self.HOSTS)}:80"
        words = pick.choice([
            ["-D", "-t", where], ["-E", "-t", where, "-s", "sed"],
            ["-d", "-t", where, "-r", server],
            ["-a", "-t", where, "-r", server, "-m", "-w", "7"],
            ["-e", "-t", where, "-r", server, "-i", "-w", "6"]])
        inside("ipvsadm", *words, check=False)  # refused is fine


@pytest.mark.parametrize("seed", range(1, 5))
def test_random_life(engine, seed):
    """Wishes, other writers and kill -9 in random order: each time the kernel
    soon holds what is wanted, and the stranger's service is as it was."""
    ipvsadm("-A", "-t", "10.7.0.1:25", "-s", "wrr")
    stranger = table()
    life = Life(seed)
    e = engine()
    e.describe()
    for _ in range(6):
        for _ in range(life.random.randrange(1, 30)):
            e.say(life.change())
            if life.random.random() < 0.1:
                life.damage()
        if life.random.random() < 0.4:
            e.kill()
            e = engine("respawn")
            e.describe(*life.describe())
        elif life.random.random() < 0.5:
            e.describe(*life.describe())
        until(lambda: table() == sorted(life.table() + stranger),
              "the table as wanted")
    sent = e.sent()
    nothing = int(e.figure("Comparisons"))
    until(lambda: int(e.figure("Comparisons")) > nothing, "a comparison")
    assert e.sent() == sent
    e.stop()
    assert table() == stranger


def test_large_and_stop(engine):
    e = engine()
    e.say("fill 1000 10 1")
    assert e.sent() == 11000
    assert ipvsadm("-Ln").count("->") == 10001
    sent = e.sent()
    e.say("fill 1000 10 1")
    assert e.sent() == sent
    e.say("dest tcp:80:10.100.0.7 10.101.0.3 80 route 5")
    assert e.sent() == sent + 1
    begin = time.monotonic()
    e.stop()
    assert time.monotonic() - begin < 1
    assert table() == []
