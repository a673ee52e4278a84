# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Many virtual routers on many interfaces, many addresses of one, and adverts
while the machine is busy; beside keepalived."""

from __future__ import annotations

import subprocess
import time

import confs
from figures import Figures, percentile
from world import IFNAME, Capture, Daemon, World, wait_until

LINKS = 250
OWNER = 255
VIPS = 500
NEVER = float("inf")


def conf_many(names: list[str], each: int) -> str:
    """On each interface `each` IPv4 and as many IPv6 routers."""
    parts = [confs.global_defs()]
    for i, name in enumerate(names):
        for vrid in range(1, each + 1):
            for family in (4, 6):
                vip = (f"10.{200 + i // 250}.{i % 250}.{vrid}/32"
                       if family == 4 else f"fe80::b:{i + 1:x}:{vrid:x}/64")
                parts.append(confs.instance_text(
                    f"V{family}_{name}_{vrid}", name, vrid, OWNER, "1",
                    [vip]))
    return "".join(parts)


def masters(wire: Capture, since: int) -> dict[tuple[str, int], int]:
    """(source, vrid) -> its first advert."""
    firsts: dict[tuple[str, int], int] = {}
    for s in wire.poll():
        if s.kind == "A" and s.ns >= since:
            firsts.setdefault((s.source, s.vrid), s.ns)
    return firsts


def longest_gap(wire: Capture, since: int, until: int) -> float:
    """ms between two adverts of one router, the ends of the time included."""
    last: dict[tuple[str, int], int] = {
        key: since for key in masters(wire, 0)}
    worst = 0
    for s in wire.poll():
        if s.kind == "A" and since <= s.ns <= until:
            worst = max(worst, s.ns - last[(s.source, s.vrid)])
            last[(s.source, s.vrid)] = s.ns
    return max([worst, *(until - at for at in last.values())]) / 1e6


def start_many(world: World, wire: Capture, subject: str, text: str,
               count: int, seconds: float) -> tuple[Daemon, float]:
    """The running daemon, and ms until all advertise; inf: they do not."""
    daemon = world.daemon(subject, "a", text)
    try:
        wait_until(lambda: len(masters(wire, daemon.exec_ns)) >= count,
                   seconds, "all masters", 0.1)
    except TimeoutError:
        return daemon, NEVER
    firsts = masters(wire, daemon.exec_ns)
    return daemon, (max(firsts.values()) - daemon.exec_ns) / 1e6


def scale(world: World, figures: Figures, quick: bool) -> None:
    """1,000 and 4,000 routers of both families on 250 interfaces."""
    names = world.add_links(LINKS)
    for each, row in ((2, "scale.1000"), (8, "scale.4000")):
        count = LINKS * each * 2
        text = conf_many(names, each)
        for subject in world.subjects():
            with Capture(world, "b", "any") as wire:
                daemon, ms = start_many(world, wire, subject, text, count,
                                        20 if quick else 40)
                figures.add(row, subject, ms)
                if ms != NEVER:
                    hold_and_reload(figures, subject, row, wire, daemon)
                daemon.kill()
            for name in names:
                world.ip("a", "addr", "flush", "dev", name, "to",
                         "10.200.0.0/13")
                world.ip("a", "addr", "flush", "dev", name, "to",
                         "fe80::b:0:0/90")


def hold_and_reload(figures: Figures, subject: str, row: str, wire: Capture,
                    daemon: Daemon) -> None:
    time.sleep(3)  # past the second burst of gratuitous ARPs
    daemon.wait_quiet(20, 0.2, 150_000_000)
    since, cpu = time.time_ns(), daemon.cpu_ns()
    time.sleep(4)
    until = time.time_ns()
    figures.add(row + ".cpu", subject,
                (daemon.cpu_ns() - cpu) / (until - since) * 100)
    figures.add(row + ".gap", subject, longest_gap(wire, since, until))
    since = time.time_ns()
    daemon.conf.write_text(daemon.conf.read_text().replace(
        "vrrp_garp_master_delay 1", "vrrp_garp_master_delay 2"))
    daemon.signal(1)
    time.sleep(3)
    figures.add(row + ".reload", subject,
                longest_gap(wire, since, time.time_ns()))


def takeover(world: World, figures: Figures, quick: bool) -> None:
    """One router with 500 addresses: the backup takes over at 100 ms."""
    vips = [f"{confs.VRRP_NET}.{2 + i // 250}.{1 + i % 250}/32"
            for i in range(VIPS)]
    text = confs.global_defs() + confs.instance_text(
        "V", IFNAME, 7, 100, "0.1", vips[:1], vips[1:])
    for _ in range(1 if quick else 3):
        for subject in world.subjects():
            with Capture(world) as wire:
                master = world.daemon(subject, "a",
                                      text.replace("priority 100",
                                                   "priority 200"))
                wire.wait_masters("a", 1, 10)
                backup = world.daemon(subject, "b", text)
                time.sleep(2)
                master.kill()
                since = time.time_ns()
                first = wire.wait_masters("b", 1, 10, since)[7].ns
                time.sleep(2)
                takeover_note(figures, subject, wire, first)
                backup.kill()
            for side in "ab":
                world.ip(side, "addr", "flush", "dev", IFNAME, "to",
                         f"{confs.VRRP_NET}.2.0/23")


def takeover_note(figures: Figures, subject: str, wire: Capture,
                  first: int) -> None:
    garps: dict[str, int] = {}
    for s in wire.garps(first):
        garps.setdefault(s.source, s.ns)
    figures.add("takeover.500", subject,
                (max(garps.values()) - first) / 1e6
                if len(garps) >= VIPS else NEVER)
    stamps = [s.ns for s in wire.adverts("b", first)]
    figures.add("takeover.500.gap", subject,
                max(b - a for a, b in zip(stamps, stamps[1:])) / 1e6)


def busy(world: World, figures: Figures, quick: bool) -> None:
    """50 routers at 10 ms while both cores and the disk are busy: with
    real-time priority, as somebody who needs this would configure it."""
    text = confs.vrrp(50, IFNAME, OWNER, "0.01").replace(
        "router_id bench", "router_id bench\n    vrrp_rt_priority 20\n"
        "    vrrp_rlimit_rttime 500000")
    for subject in world.subjects():
        hogs = [subprocess.Popen(["sh", "-c", "while :; do :; done"])
                for _ in range(2)]
        hogs.append(subprocess.Popen(
            ["dd", "if=/dev/zero", f"of={world.directory}/hog", "bs=1M",
             "count=2000", "oflag=dsync"], stderr=subprocess.DEVNULL))
        try:
            with Capture(world) as wire:
                daemon = world.daemon(subject, "a", text)
                wire.wait_masters("a", 50, 20)
                time.sleep(1.5)
                since = time.time_ns()
                time.sleep(2 if quick else 5)
                busy_note(figures, subject, wire, since)
                daemon.kill()
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        world.flush_vips("a")


def busy_note(figures: Figures, subject: str, wire: Capture,
              since: int) -> None:
    stamps: dict[int, list[int]] = {}
    for s in wire.adverts("a", since):
        stamps.setdefault(s.vrid, []).append(s.ns)
    off = [abs(b - a - 10_000_000) for line in stamps.values()
           for a, b in zip(line, line[1:])]
    figures.add("busy.gap", subject, percentile(off, 0.99) / 1e6)


CASES = {"scale": scale, "takeover": takeover, "busy": busy}
