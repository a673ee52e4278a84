# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The kernel's virtual server table: first apply, reloads and stop, beside
keepalived and a bare loop of pipelined requests.  Needs a kernel with IPVS,
so it runs in the guest where this one has none."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import confs
from figures import BARE, DUUMVIR, Figures
from world import Daemon, World, read_text, run, wait_until

EACH = 10
LIMIT_SECONDS = 120
REST_SECONDS = 0.3
PAUSE_SECONDS = 5


def table_counts(pid: int | str) -> tuple[int, int]:
    """(services, destinations) in the namespace of a process."""
    lines = read_text(f"/proc/{pid}/net/ip_vs").splitlines()
    services = sum(line.startswith(("TCP", "UDP", "SCTP", "FWM"))
                   for line in lines)
    dests = sum(line.startswith("  ->") for line in lines)
    return services, max(dests - 1, 0)  # the heading has an arrow as well


def settle_s(daemon: Daemon, begin: float) -> float:
    """Seconds from begin until the daemon came to rest: the last moment at
    which it used more than a tenth of a CPU.  Every two seconds ours compares
    its table with the kernel's, so the rest must be shorter than that."""
    last, cpu = begin, daemon.cpu_ns()
    while time.monotonic() < min(last + REST_SECONDS, begin + LIMIT_SECONDS):
        time.sleep(0.02)
        now = daemon.cpu_ns()
        if now - cpu > 2_000_000:
            last = time.monotonic()
        cpu = now
    return last - begin


def reload_s(daemon: Daemon, conf: str) -> float:
    daemon.conf.write_text(conf)
    begin = time.monotonic()
    daemon.signal(signal.SIGHUP)
    return settle_s(daemon, begin)


class Watch:
    """A small program that tells when the table is as it should be: reading
    /proc/net/ip_vs would cost more than what is measured."""

    def __init__(self, world: World, side: str, *wanted: object) -> None:
        self.child = world.spawn(
            side, [world.tools["ipvs_watch"], *map(str, wanted)],
            stdout=subprocess.PIPE, text=True)
        self.child.stdout.readline()  # "ready"

    def seconds(self, begin: float) -> float:
        """From begin until the table was so."""
        out, _ = self.child.communicate(timeout=2 * LIMIT_SECONDS)
        if self.child.returncode != 0:
            raise TimeoutError("the table did not become what it should")
        return float(out) - begin

    def give_up(self) -> None:
        self.child.kill()
        self.child.communicate()


def weight_s(daemon: Daemon, conf: str, watch: Watch) -> float:
    """SIGHUP -> the new weight in the kernel's table."""
    daemon.conf.write_text(conf)
    begin = time.monotonic()
    daemon.signal(signal.SIGHUP)
    return watch.seconds(begin)


def stop_s(daemon: Daemon, watch: Watch, witness: int) -> float:
    """SIGTERM -> table empty; infinite if it stays."""
    begin = time.monotonic()
    daemon.signal(signal.SIGTERM)
    daemon.child.wait(LIMIT_SECONDS)
    if table_counts(witness) == (0, 0):
        return watch.seconds(begin)
    watch.give_up()
    return math.inf


def changes_sent(daemon: Daemon) -> int:
    """Requests that the ipvs process has made in its life, by its dump."""
    path = daemon.log.with_name("keepalived_ipvs.data")
    path.unlink(missing_ok=True)
    daemon.signal(signal.SIGUSR1)

    def count() -> int:
        for line in read_text(str(path)).splitlines():
            if "Changes sent" in line:
                return int(line.split("=")[1])
        return 0

    return wait_until(count, 20, "the dump")


@contextmanager
def fresh(world: World) -> Iterator[str]:
    """A namespace for one life.  The kernel keeps deleted servers for two
    minutes, per namespace, and searches them for each one that is added: in a
    common one whoever comes later would pay for who came before.  And it goes
    on clearing a namespace away after that is gone, with memory at hand for
    who comes next: the pause makes all beginnings alike."""
    side = "i"
    run("ip", "netns", "add", world.netns(side))
    try:
        run("ip", "-n", world.netns(side), "link", "set", "lo", "up")
        yield side
    finally:
        run("ip", "netns", "del", world.netns(side))
        time.sleep(PAUSE_SECONDS)


def life(world: World, figures: Figures, subject: str, count: int,
         tail: str) -> None:
    """One daemon from start to stop."""
    with fresh(world) as side:
        witness = world.spawn(side, ["sleep", "900"])
        conf = confs.virtual_servers(count, EACH, "")
        watch = Watch(world, side, "count", count, count * EACH)
        daemon = world.daemon(subject, side, conf, "-C")
        figures.add(f"ipvs.apply{tail}", subject,
                    watch.seconds(daemon.exec_monotonic))
        settle_s(daemon, time.monotonic())
        sent = changes_sent(daemon) if subject == DUUMVIR else 0
        figures.add(f"ipvs.noop{tail}", subject, reload_s(daemon, conf))
        if subject == DUUMVIR:
            figures.add(f"ipvs.noop.sent{tail}", subject,
                        changes_sent(daemon) - sent)
        watch = Watch(world, side, "weight", *confs.first_service(), 7)
        changed = confs.virtual_servers(count, EACH, "", first_weight=7)
        figures.add(f"ipvs.weight{tail}", subject,
                    weight_s(daemon, changed, watch))
        settle_s(daemon, time.monotonic())
        if subject == DUUMVIR:
            figures.add(f"ipvs.weight.sent{tail}", subject,
                        changes_sent(daemon) - sent)
        watch = Watch(world, side, "count", 0, 0)
        figures.add(f"ipvs.stop{tail}", subject,
                    stop_s(daemon, watch, witness.pid))
        witness.kill()
        witness.wait()


def warm(world: World, count: int) -> None:
    """What is run for the first time is read from the disk, which in the guest
    is the host's; and the kernel's first table of that size costs the bare
    loop twice as much as all that follow."""
    if "ipvs_bare" in world.tools:
        with fresh(world) as side:
            world.tool(side, "ipvs_bare", count, EACH)
    conf = confs.virtual_servers(1, 1, "")
    for subject in world.subjects():
        with fresh(world) as side:
            watch = Watch(world, side, "count", 1, 1)
            daemon = world.daemon(subject, side, conf, "-C")
            watch.seconds(0)
            daemon.stop(60)


def lives(world: World, figures: Figures, count: int, tail: str,
          times: int) -> None:
    warm(world, count)
    for _ in range(times):
        for subject in world.subjects():
            life(world, figures, subject, count, tail)
        if "ipvs_bare" in world.tools:
            with fresh(world) as side:
                words = world.tool(side, "ipvs_bare", count, EACH)
            for row, seconds in bare_read(words).items():
                figures.add(f"ipvs.{row}{tail}", BARE, seconds)


def bare_read(words: list[str]) -> dict[str, float]:
    """ipvs_bare prints "apply SECONDS stop SECONDS"."""
    return {key: float(value) for key, value in zip(words[::2], words[1::2])
            if key in ("apply", "stop")}


def ipvs(world: World, figures: Figures, quick: bool) -> None:
    lives(world, figures, 1000, "", 1 if quick else 2)


def ipvs4000(world: World, figures: Figures, quick: bool) -> None:
    if not quick:
        lives(world, figures, 4000, "4000", 1)


def reload_vs(world: World, figures: Figures, quick: bool) -> None:
    """Unchanged reload of 1,000 x 4 without checks."""
    del quick
    conf = confs.virtual_servers(1000, 4, "")
    for subject in world.subjects():
        daemon = world.daemon(subject, "a", conf, "-C")
        wait_until(lambda d=daemon: table_counts(d.child.pid) == (1000, 4000),
                   LIMIT_SECONDS, "the table to be whole", 0.05)
        settle_s(daemon, time.monotonic())
        cpu = daemon.cpu_ns()
        reload_s(daemon, conf)
        figures.add("reload.vs1000", subject, (daemon.cpu_ns() - cpu) / 1e6)
        daemon.stop(60)
        world.spawn("a", ["ipvsadm", "-C"]).wait(60)


def guest_argv(guest: Path, binds: list[Path], out: Path,
               command: list[str]) -> list[str]:
    argv = [str(guest), "-t", "900", "-o", str(out)]
    for path in binds:
        argv += ["-b", str(path)]
    return argv + command


def guest_samples(out: Path) -> dict | None:
    try:
        return json.loads((out / "bench.json").read_text())
    except (OSError, ValueError):
        return None


CASES = {"ipvs": ipvs, "reloadvs": reload_vs}
LARGE_CASES = {"ipvs4000": ipvs4000}
