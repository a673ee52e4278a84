# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario fire: whatever happens to the kernel's table, the daemon or its
configuration, soon after it the table is what the configuration says, a
stranger's services are as the stranger left them, and what was right all the
time has kept its counters.

A seed is a history; `SEED=7 STEPS=50 tests/lab/run fire -k random` plays it
again exactly.  When it fails, seed and history are told."""

import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

import fire
from director import Director
from netlab import _kill, holds, until
from world import need_ipvs

SEEDS = [int(word) for word in os.environ.get("SEED", "1 2").split()]
STEPS = int(os.environ.get("STEPS", "12"))
# A comparison every 2 s; the rest is this guest's slowness.
HEAL = 2 + float(os.environ.get("SLACK", "6"))
STATS = {"TCP": "-t", "UDP": "-u", "SCTP": "--sctp-service"}


class Fire:
    """The machines: a director, the servers' host, a client that asks."""

    def __init__(self, lab, plan):
        self.lab, self.plan = lab, plan
        self.node = lab.node("d")
        lab.plug(self.node, "eth0", ["10.8.1.254/24", "10.6.0.254/24",
                                     "fd08:1::fe/64"])
        self.node.sysctl("ipv4/ip_forward", 1)
        self.node.run("ip route add local 10.9.0.0/16 dev lo")
        self.servers = lab.node("rs")
        lab.plug(self.servers, "eth0",
                 [a + "/24" for a in fire.SERVERS4] +
                 [a + "/64" for a in fire.SERVERS6])
        self.client = lab.node("client")
        lab.plug(self.client, "eth0", "10.6.0.1/24")
        self.client.run("ip route add 10.9.0.0/16 via 10.6.0.254")
        self.listener, self.down = {}, set()
        for address in fire.CHECKED:
            self.listen(address)
        self.strange = {}
        self.director = Director(self.node, plan.text())
        self.asking = Asking(self.client)
        lab.closers.append(self.asking.stop)

    def listen(self, address):
        self.listener[address] = self.servers.call(
            lambda: socket.create_server((address, fire.CHECK_PORT),
                                         backlog=4096))  # nobody accepts

    def ipvsadm(self, words, check=False, stdin=None):
        """As anybody would; refused is fine."""
        return subprocess.run(self.node.argv(["ipvsadm"] + words.split()),
                              input=stdin, text=True, check=check,
                              capture_output=True, timeout=30).stdout

    def table(self):
        return sorted(line.strip() for line in
                      self.ipvsadm("-Sn", check=True).splitlines())

    def intent(self):
        return sorted(self.plan.lines(self.down) +
                      [line for lines in self.strange.values()
                       for line in lines])

    def await_table(self, timeout):
        def difference():
            want, have = set(self.intent()), set(self.table())
            return "missing %s, too much %s" % (sorted(want - have),
                                                sorted(have - want))
        until(lambda: self.table() == self.intent(), timeout, difference,
              every=0.1)

    def counters(self):
        """{(service, server or ""): packets seen}, as far as traffic goes."""
        found, service = {}, None
        for line in self.ipvsadm("-Ln --stats --exact").splitlines():
            word = line.split()
            if word[0] in STATS:
                service = "%s %s" % (STATS[word[0]], word[1])
                found[service, ""] = int(word[3])
            elif word[0] == "->" and word[-1].isdigit() and service:
                found[service, word[1]] = int(word[3])
            else:
                service = None
        return found


class Asking:
    """A trickle of first packets from the client to every virtual address."""

    def __init__(self, node):
        self.node = node
        self.targets = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def aim(self, table):
        self.targets = [
            (m[1] == "-u", m[2], int(m[3])) for words in table
            for m in [re.fullmatch(r"(-[tu]) ([\d.]+):(\d+)", words)] if m]

    def _run(self):
        self.node.call(self._body)

    def _body(self):
        while not self._stop.wait(0.4):
            for is_udp, host, port in self.targets[:8]:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if is_udp
                                   else socket.SOCK_STREAM) as s:
                    s.setblocking(False)
                    s.connect_ex((host, port))
                    if is_udp:
                        try:
                            s.send(b"hello")
                        except OSError:
                            pass  # nobody there, just now

    def stop(self):
        self._stop.set()
        self._thread.join()


class Life:
    """One seed.  Each step returns the services whose counters it may have
    reset, or None for all."""

    def __init__(self, lab, seed):
        self.rng = random.Random(seed)
        self.history = []
        self.plan = fire.Plan(self.rng)
        self.fire = Fire(lab, self.plan)
        self.kills = 0

    def tell(self, text):
        self.history.append(text)

    # ---- what operators do ----
    def reload(self):
        self.begin_reload()
        self.end_reload()
        return set()

    def begin_reload(self):
        self.next = self.plan.changed(self.rng)
        self.fire.director.write(self.next.text())
        self.tell("reload")
        self.fire.director.reload()

    def end_reload(self):
        """A reload that an engine dies over is refused: nothing changes."""
        done = self.fire.director.wait_log(
            "Reload (complete|refused)", 30, self.mark)
        self.tell(done[0])
        if done[1] == "complete":
            self.plan = self.fire.plan = self.next
        else:
            self.fire.director.write(self.plan.text())

    def restart(self):
        """Stopped in order it leaves nothing of its own."""
        self.tell("stop, start")
        assert self.fire.director.stop(30) == 0
        strange = sorted(line for lines in self.fire.strange.values()
                         for line in lines)
        assert self.fire.table() == strange
        self.start()
        return None

    def start(self):
        self.kills = 0
        self.fire.director.start()

    def toggle_server(self):
        """A server that is checked dies or comes back."""
        address = self.rng.choice(fire.CHECKED)
        if address in self.fire.down:
            self.tell("up %s" % address)
            self.fire.down.remove(address)
            self.fire.listen(address)
        else:
            self.tell("down %s" % address)
            self.fire.down.add(address)
            self.fire.listener.pop(address).close()
        # That server comes and goes, and its counters with it.
        return {key for key, lines in self.plan.table().items()
                if any(fire.at(address, 0)[:-1] in line for line in lines)}

    # ---- crashes ----
    def kill(self):
        victims = self.rng.choice([["ipvs"], ["check"], ["ipvs", "check"]])
        self.tell("kill %s" % " and ".join(victims))
        self.kills += 1
        pids = [self.fire.director.engine(name) for name in victims]
        for pid in pids:
            if pid:
                _kill(pid, signal.SIGKILL)
        return set()

    def kill_amid_reload(self):
        """What the reload removes is not forgotten with its engines."""
        self.begin_reload()
        time.sleep(self.rng.random() / 10)  # somewhere in it
        self.kill()
        self.end_reload()
        return set()

    def kill_all(self):
        """The supervisor too; its successor may have another file."""
        self.tell("kill all")
        self.fire.director.kill_all()
        if self.rng.random() < 0.7:
            self.tell("another file")
            self.plan = self.fire.plan = self.plan.changed(self.rng)
            self.fire.director.write(self.plan.text())
        hurt = self.damage() if self.rng.random() < 0.5 else set()
        self.start()
        return hurt

    # ---- others at the table ----
    def damage(self):
        """Somebody edits our services with ipvsadm."""
        hurt = set()
        for _ in range(self.rng.randrange(1, 6)):
            words, service = self._edit()
            self.tell("ipvsadm " + words)
            self.fire.ipvsadm(words)
            hurt.add(service)
        return hurt

    def _edit(self):
        table = self.plan.table()
        where = self.rng.choice(sorted(table))
        servers = [line.split(" -r ")[1].split()[0] for line in table[where]
                   if line.startswith("-a")]
        server = self.rng.choice(servers) if servers else "10.8.1.77:80"
        six = "[" in where or "-6" in where
        port = server.rsplit(":", 1)[1]
        other = fire.at("fd08:1::99" if six else "10.8.1.99", int(port))
        return self.rng.choice([
            "-D %s" % where, "-E %s -s lc" % where,
            "-E %s -s rr -p 77" % where, "-Z %s" % where,
            "-d %s -r %s" % (where, server),
            "-e %s -r %s -g -w 7" % (where, server),
            "-e %s -r %s -i -w 0" % (where, server),
            "-e %s -r %s -m -w 9 -x 20 -y 10" % (where, server),
            "-a %s -r %s -g -w 5" % (where, other)]), where

    def clear(self):
        self.tell("ipvsadm -C")
        self.fire.ipvsadm("-C")
        self.fire.strange.clear()
        return None

    def zero(self):
        self.tell("ipvsadm -Z")
        self.fire.ipvsadm("-Z")
        return None

    def restore(self):
        """Somebody clears and restores another table while we compare."""
        other = self.plan.changed(self.rng)
        mine = set(self.plan.table()) | self.owned
        lines = [line for words, all_of in other.table().items()
                 for line in all_of if words in mine]
        self.tell("ipvsadm -C, -R of %d lines" % len(lines))
        self.fire.ipvsadm("-C")
        self.fire.strange.clear()
        self.fire.ipvsadm("-R", stdin="\n".join(lines) + "\n")
        return None

    def strangers(self):
        """A stranger's own services come, change and go."""
        where = self.rng.choice(fire.STRANGERS)
        if self.fire.strange.pop(where, None) is not None:
            self.tell("stranger -D " + where)
            self.fire.ipvsadm("-D -t " + where, check=True)
            return set()
        lines = ["-A -t %s -s lc" % where] + [
            "-a -t %s -r 10.7.1.%d:25 -m -w %d" % (
                where, i, self.rng.randrange(9))
            for i in range(self.rng.randrange(3))]
        self.tell("stranger " + "; ".join(lines))
        for line in lines:
            self.fire.ipvsadm(line, check=True)
        self.fire.strange[where] = lines
        return set()

    def storm(self):
        """Somebody writes without a pause while a reload is carried out."""
        where = "10.7.9.9:99"
        many = "".join("-A -t 10.7.9.9:%d -s rr\n" % (1000 + i)
                       for i in range(60))
        gone = many.replace("-A ", "-D ").replace(" -s rr", "")
        self.tell("storm at " + where)
        for i in range(3):
            self.fire.ipvsadm("-R", stdin=many)
            if i == 0:
                self.begin_reload()
            self.fire.ipvsadm("-R", stdin=gone)
        self.end_reload()
        return set()

    def modules(self):
        """ip_vs goes and comes back, with another family number."""
        self.tell("unload ip_vs")
        engine = self.fire.director.engine("ipvs")
        if engine:
            _kill(engine, signal.SIGSTOP)
        self.fire.ipvsadm("-C")
        self.fire.strange.clear()
        loaded = [line.split()[0] for line in open("/proc/modules")
                  if line.startswith("ip_vs")]
        for _ in range(3):
            for name in sorted(loaded, reverse=True):
                subprocess.run(["modprobe", "-r", name], check=False,
                               capture_output=True, timeout=30)
        self.tell("unloaded" if not os.path.exists("/proc/net/ip_vs")
                  else "still in use")
        if engine:
            _kill(engine, signal.SIGCONT)
        return None

    WHAT = [(reload, 5), (damage, 4), (kill, 3), (kill_amid_reload, 3),
            (kill_all, 2), (toggle_server, 2), (strangers, 3), (storm, 2),
            (restart, 1), (clear, 1), (zero, 1), (restore, 1), (modules, 1)]

    def step(self):
        names, weights = zip(*self.WHAT)
        act = self.rng.choices(names, weights)[0]
        # Who dies over and over is started ever later, as is right.
        if self.kills >= 3 and act in (Life.kill, Life.kill_amid_reload):
            act = Life.restart
        self.mark = self.fire.director.log_mark()
        self.owned = set(self.plan.table())
        before = self.fire.counters()
        old = self.plan.table(self.fire.down)
        hurt = act(self)
        self.fire.await_table(HEAL + 2 * self.kills)
        now = self.plan.table(self.fire.down)
        self.fire.asking.aim(now)
        if hurt is not None:
            self.compare_counters(before, old, now, hurt)

    def compare_counters(self, before, old, now, hurt):
        after = self.fire.counters()
        for (service, server), count in before.items():
            if service in hurt or service not in old or service not in now:
                continue
            mark = " -r %s " % server if server else "-A "
            if any(not any(mark in line for line in table[service])
                   for table in (old, now)):
                continue
            assert after.get((service, server), -1) >= count, \
                "%s %s had %d packets and has %s" % (
                    service, server, count, after.get((service, server)))

    def run(self, steps):
        try:
            self.start()
            self.fire.await_table(HEAL + 5)
            self.fire.asking.aim(self.plan.table())
            for _ in range(steps):
                self.step()
            holds(lambda: self.fire.table() == self.fire.intent(), 2.5,
                  "the table stays", every=0.3)
            assert self.fire.director.stop(30) == 0
        except BaseException:
            print("history:\n  " + "\n  ".join(self.history))
            print("log:\n" + self.fire.director.log()[-6000:])
            raise


@pytest.mark.parametrize("seed", SEEDS)
def test_random_life(lab, seed):
    need_ipvs()
    Life(lab, seed).run(STEPS)


ONE = """
virtual_server 10.9.0.1 %d {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 10.8.1.1 %d {
        weight 1
    }
}
"""


def one(port):
    return ONE % (port, port)


def lines_of(port):
    return ["-A -t 10.9.0.1:%d -s rr" % port,
            "-a -t 10.9.0.1:%d -r 10.8.1.1:%d -g -w 1" % (port, port)]


STRANGER = ["-A -t 10.7.0.1:25 -s lc"]


@pytest.fixture
def director(lab):
    """Two services of ours and one of a stranger."""
    need_ipvs()
    node = lab.node("d")
    made = Director(node, one(80) + one(81)).start()
    made.table = lambda: sorted(
        line.strip() for line in node.out("ipvsadm -Sn").splitlines())
    made.await_lines = lambda lines: until(
        lambda: made.table() == sorted(lines), 30,
        lambda: "%s instead of %s\n%s" % (made.table(), lines,
                                          made.log()[-2000:]), every=0.1)
    made.owned = os.path.join(made.dir, "main.ipvs")
    node.run("ipvsadm " + STRANGER[0])
    made.await_lines(lines_of(80) + lines_of(81) + STRANGER)
    return made


def test_all_killed_and_another_file(director):
    """What the dead had made and the new file does not have goes; the rest
    is adopted, a stranger's stays, and a stop leaves nothing."""
    director.kill_all()
    director.write(one(80))
    director.start()
    director.await_lines(lines_of(80) + STRANGER)
    director.wait_log("that was killed left 1 virtual service ")
    assert os.path.exists(director.owned)
    assert director.stop() == 0
    assert director.table() == STRANGER
    assert not os.path.exists(director.owned)


def test_both_killed_while_a_service_leaves(director):
    """ipvs has not yet read that it shall delete when both are killed."""
    pids = [director.engine(name) for name in ("ipvs", "check")]
    _kill(pids[0], signal.SIGSTOP)
    mark = director.log_mark()
    director.write(one(80))
    director.reload()
    director.wait_log("Reload complete", 20, mark)
    assert director.table() == sorted(
        lines_of(80) + lines_of(81) + STRANGER)
    for pid in pids:
        _kill(pid, signal.SIGKILL)
    director.await_lines(lines_of(80) + STRANGER)


def test_what_stays_on_purpose_is_nobodys(director):
    """-I: the services stay, and the next start does not delete them."""
    director.stop()
    director.options = ["-I"]
    director.start()
    director.await_lines(lines_of(80) + lines_of(81) + STRANGER)
    assert director.stop() == 0
    director.write(one(80))
    director.start()
    director.wait_log("in place: virtual services 1", 20)
    holds(lambda: director.table() == sorted(
        lines_of(80) + lines_of(81) + STRANGER), 3, every=0.3)
    director.await_lines(lines_of(80) + lines_of(81) + STRANGER)


def test_first_of_two_on_one_service(director):
    """Both resolve to one service: the first has it, and when it goes the
    other, in one step."""
    second = one(80).replace("rr", "wrr").replace("10.8.1.1", "10.8.1.2")
    group = "virtual_server_group G {\n 10.9.0.1 80\n 10.9.0.1 82\n}\n" + \
        second.replace("10.9.0.1 80", "group G")
    both = [line.replace("rr", "wrr").replace("8.1.1:", "8.1.2:")
            for line in lines_of(80) + lines_of(82)]
    director.write(one(80) + group)
    director.reload()
    director.await_lines(lines_of(80) + both[2:] + STRANGER)
    director.wait_log(r"service \[10.9.0.1\]:tcp:80 is already that of")
    holds(lambda: director.table() == sorted(
        lines_of(80) + both[2:] + STRANGER), 3, every=0.3)
    director.write(group)
    director.reload()
    director.await_lines(both + STRANGER)
