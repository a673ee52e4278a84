# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""CPU of `-t` on large configurations, beside keepalived and a bare
tokenizer."""

from __future__ import annotations

import os
import subprocess

import confs
from figures import BARE, Figures, growth
from world import IFNAME, World

VRRP_IFS = [IFNAME, "dvb1", "dvb2", "dvb3"]


def cpu_ms(world: World, argv: list[str]) -> float:
    child = world.spawn("a", argv, stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    # keepalived answers 5 to anything it has to say about a file.
    if child.returncode not in (0, 5):
        raise RuntimeError(f"{argv[0]} -t ended with {child.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1e3


def files_write(world: World) -> dict[str, str]:
    texts = {
        "parse.empty": "\n",
        "parse.vs1000": confs.virtual_servers(1000, 4),
        "parse.vs10000": confs.virtual_servers(10000, 4),
        "parse.vrrp1020": confs.vrrp_many(VRRP_IFS, 255),
    }
    paths = {}
    for name, text in texts.items():
        path = world.directory / f"{name}.conf"
        path.write_text(text)
        paths[name] = str(path)
    return paths


def run(world: World, figures: Figures, quick: bool) -> None:
    for name in VRRP_IFS[1:]:
        world.ip("a", "link", "add", name, "type", "bridge")
    paths = files_write(world)
    small: dict[str, list[float]] = {}
    for _ in range(3 if quick else 7):
        for row, path in paths.items():
            for subject in world.subjects():
                cost = cpu_ms(world,
                              [world.binary[subject], "-t", "-f", path])
                note(figures, small, row, subject, cost)
            cost = cpu_ms(world, [world.tools["bare_tokens"], path])
            note(figures, small, row, BARE, cost)
    for subject, costs in small.items():
        empty = min(figures.samples["parse.empty"][subject])
        large = min(figures.samples["parse.vs10000"][subject])
        exponent = growth(max(min(costs) - empty, 0.1), large - empty, 10)
        figures.add("parse.growth", subject, exponent)
    for name in VRRP_IFS[1:]:
        world.ip("a", "link", "del", name)


def note(figures: Figures, small: dict[str, list[float]], row: str,
         subject: str, cost: float) -> None:
    if row == "parse.vs1000":
        small.setdefault(subject, []).append(cost)
    else:
        figures.add(row, subject, cost)
