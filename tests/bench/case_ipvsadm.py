# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A whole table from a file of rules and back into one: duumvir-ipvsadm beside
Debian's ipvsadm (in keepalived's column) and a bare loop of as many requests.
Needs a kernel with IPVS."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import case_ipvs
from figures import BARE, DUUMVIR, KEEPALIVED, Figures
from world import World

SERVICES, SERVERS = 500, 99  # 50,000 lines
LIMIT_SECONDS = 600


def rules() -> str:
    lines = []
    for i in range(SERVICES):
        vip = f"10.{100 + i // 250}.{i % 250}.1:80"
        lines.append(f"-A -t {vip} -s rr")
        lines += [f"-a -t {vip} -r 10.1.{k}.{i % 250 + 1}:80 -m -w {k + 1}"
                  for k in range(SERVERS)]
    return "\n".join(lines) + "\n"


def timed(world: World, side: str, argv: list[str], text: str) -> tuple:
    """(seconds, output) of a command that must succeed."""
    begin = time.monotonic()
    child = world.spawn(side, argv, stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, text=True)
    out, _ = child.communicate(text, timeout=LIMIT_SECONDS)
    took = time.monotonic() - begin
    if child.returncode != 0:
        raise RuntimeError(f"{argv}: status {child.returncode}")
    return took, out


def ipvsadm(world: World, figures: Figures, quick: bool) -> None:
    del quick
    text = rules()
    programs = {DUUMVIR: str(Path(world.binary[DUUMVIR]).with_name("duumvir-ipvsadm")),
                KEEPALIVED: shutil.which("ipvsadm", path="/usr/sbin:/sbin")}
    saved = {}
    for subject, program in programs.items():
        if program is None:
            print(" (no ipvsadm)", end="")
            continue
        with case_ipvs.fresh(world) as side:  # read from the disk
            timed(world, side, [program, "-R"],
                  "".join(text.splitlines(True)[:200]))
            timed(world, side, [program, "-Sn"], "")
        with case_ipvs.fresh(world) as side:
            took, _ = timed(world, side, [program, "-R"], text)
            figures.add("ipvsadm.restore", subject, took)
            took, saved[subject] = timed(world, side, [program, "-Sn"], "")
            figures.add("ipvsadm.save", subject, took)
            witness = saved[subject].count("\n")
            if witness != SERVICES * (SERVERS + 1):
                raise RuntimeError(f"{subject}: {witness} rules are there")
    if len(set(saved.values())) > 1:
        raise RuntimeError("the two tables differ")
    if "ipvs_bare" in world.tools:
        with case_ipvs.fresh(world) as side:
            words = world.tool(side, "ipvs_bare", SERVICES, SERVERS)
        figures.add("ipvsadm.restore", BARE,
                    case_ipvs.bare_read(words)["apply"])


CASES = {"ipvsadm": ipvsadm}
