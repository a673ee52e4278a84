# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The kernel's virtual server table: first apply, reloads and stop, beside
keepalived and a bare loop of pipelined requests.  Needs a kernel with IPVS,
so it runs in the guest where this one has none."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import confs
from figures import BARE, Figures
from world import Daemon, World, read_text, run, wait_until

EACH = 10
LIMIT_SECONDS = 120


def table_counts(pid: int | str) -> tuple[int, int]:
    """(services, destinations) in the namespace of a process."""
    lines = read_text(f"/proc/{pid}/net/ip_vs").splitlines()
    services = sum(line.startswith(("TCP", "UDP", "SCTP", "FWM"))
                   for line in lines)
    dests = sum(line.startswith("  ->") for line in lines)
    return services, max(dests - 1, 0)  # the heading has an arrow as well


def settle_s(daemon: Daemon, begin: float) -> float:
    """Seconds from begin until the daemon came to rest: the last moment at
    which it used more than a tenth of a CPU."""
    last, cpu = begin, daemon.cpu_ns()
    while time.monotonic() < min(last + 2, begin + LIMIT_SECONDS):
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


def weight_is(pid: int, weight: int) -> bool:
    """Whether some destination of the table has this weight."""
    return any(line.startswith("  ->") and line.split()[3] == str(weight)
               for line in read_text(f"/proc/{pid}/net/ip_vs").splitlines())


def weight_s(daemon: Daemon, conf: str, witness: int, weight: int) -> float:
    """SIGHUP -> the new weight in the kernel's table."""
    daemon.conf.write_text(conf)
    begin = time.monotonic()
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: weight_is(witness, weight), LIMIT_SECONDS,
               "the weight to change", 0.02)
    return time.monotonic() - begin


def stop_s(daemon: Daemon, witness: int) -> float:
    """SIGTERM -> table empty; infinite if it stays."""
    begin = time.monotonic()
    daemon.signal(signal.SIGTERM)

    def is_over() -> bool:
        return (table_counts(witness) == (0, 0)
                or daemon.child.poll() is not None)

    wait_until(is_over, LIMIT_SECONDS, "the daemon to stop")
    spent = time.monotonic() - begin
    daemon.child.wait(LIMIT_SECONDS)
    return spent if table_counts(witness) == (0, 0) else math.inf


@contextmanager
def fresh(world: World) -> Iterator[str]:
    """A namespace for one life.  The kernel keeps deleted servers for two
    minutes, per namespace, and searches them for each one that is added: in a
    common one whoever comes later would pay for who came before."""
    side = "i"
    run("ip", "netns", "add", world.netns(side))
    try:
        run("ip", "-n", world.netns(side), "link", "set", "lo", "up")
        yield side
    finally:
        run("ip", "netns", "del", world.netns(side))


def life(world: World, figures: Figures, subject: str, count: int,
         tail: str) -> None:
    """One daemon from start to stop."""
    with fresh(world) as side:
        witness = world.spawn(side, ["sleep", "900"])
        conf = confs.virtual_servers(count, EACH, "")
        begin = time.monotonic()
        daemon = world.daemon(subject, side, conf, "-C")
        wait_until(lambda: table_counts(witness.pid) == (count, count * EACH),
                   LIMIT_SECONDS, "the table to be whole", 0.05)
        figures.add(f"ipvs.apply{tail}", subject, time.monotonic() - begin)
        settle_s(daemon, time.monotonic())
        figures.add(f"ipvs.noop{tail}", subject, reload_s(daemon, conf))
        changed = confs.virtual_servers(count, EACH, "", first_weight=7)
        figures.add(f"ipvs.weight{tail}", subject,
                    weight_s(daemon, changed, witness.pid, 7))
        settle_s(daemon, time.monotonic())
        figures.add(f"ipvs.stop{tail}", subject, stop_s(daemon, witness.pid))
        witness.kill()
        witness.wait()


def lives(world: World, figures: Figures, count: int, tail: str,
          times: int) -> None:
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
