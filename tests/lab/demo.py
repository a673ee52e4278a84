#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The demo: what a director pair is for, told to a human being while it
happens.  The set-up is that of scenario seed-dr; every sentence is checked
before it is printed, so a wrong one ends the demo with an exit status."""

import os
import sys
import tempfile
import time

from world import DIRECTORS, SERVERS, VIP, Load, World, until
from netlab import Timeout

START = time.monotonic()


def tell(text):
    print("%5.1f s  %s" % (time.monotonic() - START, text), flush=True)


def show_table(world, name):
    for rs, address in SERVERS.items():
        weight = (world.table(name) or {}).get(address)
        tell("           %s:80 (%s)  %s" % (
            address, rs, "absent" if weight is None else
            "weight %d" % weight))


def spread(world, count=20):
    tally = world.share(count)
    tell("The client asks %s %d times: %s" % (VIP, count, ", ".join(
        "%s answered %d" % pair for pair in sorted(tally.items()))))
    return tally


def log_line(world, name, words, since):
    """Quote the director's own line about it."""
    found = world.director[name].wait_log(
        "^.*?(\\S*%s.*)$" % words, 5, since).group(1)
    tell("The %s logs: %s" % (name, found.strip()))


def begin(world):
    tell("Two web servers: %s." % ", ".join(
        "%s at %s" % pair for pair in SERVERS.items()))
    tell("Two directors: %s." % ", ".join(
        "%s at %s" % pair for pair in DIRECTORS.items()))
    world.heal()
    tell("The master holds the address %s and its kernel's table says:" % VIP)
    show_table(world, "master")
    if spread(world) != {"rs1": 10, "rs2": 10}:
        raise AssertionError("the requests are not spread evenly")


def server_dies(world):
    tell("")
    tell("1. rs2's web server dies.  (Checked every 6 s, 3 retries 3 s apart.)")
    mark = world.director["master"].log_mark()
    world.stop_web("rs2")
    until(lambda: world.active("master") == {"rs1"}, 20, "rs2 removed")
    log_line(world, "master", "Removing service .*192.168.3.120", mark)
    if spread(world, 10) != {"rs1": 10}:
        raise AssertionError("requests went to the dead server")
    world.start_web("rs2")
    until(lambda: world.active("master") == set(SERVERS), 10, "rs2 is back")
    tell("It is started again, and found:")
    show_table(world, "master")


def director_dies(world):
    tell("")
    tell("2. kill -9 of every process of the master, under load.")
    mark = world.director["backup"].log_mark()
    load = Load(world)
    world.director["master"].kill_all()
    until(lambda: "backup" in world.holders(), 6, "backup took over")
    until(lambda: world.fetch() != "", 3, "service by the backup")
    until(lambda: load.answers and load.answers[-1][1], 3, "answers")
    load.stop()
    log_line(world, "backup", "VI_1\\) Entering MASTER STATE", mark)
    tell("The backup holds %s now and told the client so.  The longest wait "
         "for an answer was %.1f s." % (VIP, load.gap()))
    tell("(The dead director's kernel went on forwarding until then.)")
    spread(world, 10)


def director_returns(world):
    tell("")
    tell("3. The master is started again: it has the better priority.")
    world.director["master"].start()
    until(lambda: world.holders() == ["master"], 12, "VIP returned")
    until(lambda: world.active("master") == set(SERVERS), 12, "its table")
    tell("It holds %s again, and nobody else does." % VIP)
    if spread(world, 10) != {"rs1": 5, "rs2": 5}:
        raise AssertionError("the requests are not spread evenly")


def stop(world):
    tell("")
    tell("4. Orderly stop of the master, under load.")
    load = Load(world)
    if world.director["master"].stop() != 0:
        raise AssertionError("the master's exit status")
    until(lambda: world.holders() == ["backup"], 3, "VIP moved")
    until(lambda: world.fetch() != "", 3, "service by the backup")
    load.stop()
    tell("The backup took over at once; the longest wait was %.2f s." %
         load.gap())


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "duumvir"
    with tempfile.TemporaryDirectory(prefix="dvdemo") as directory:
        os.chmod(directory, 0o755)
        world = World(directory, kind)
        try:
            for part in (begin, server_dies, director_dies,
                         director_returns, stop):
                part(world)
        except (Timeout, AssertionError) as error:
            tell("WRONG: %s" % error)
            print(world.logs())
            return 1
        finally:
            world.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
