# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""What the lints share: the list of sources, and how a finding is shown."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources():
    """Paths of the C files, relative to the tree."""
    done = subprocess.run([os.path.join(HERE, "sources")], text=True,
                          stdout=subprocess.PIPE, check=True)
    return [os.path.relpath(p, TOP) for p in done.stdout.split()]


def lines(path):
    with open(os.path.join(TOP, path), errors="replace") as f:
        return list(enumerate(f.read().split("\n"), 1))


def includes(path):
    """(line number, '<' or '"', header) of each #include."""
    for number, text in lines(path):
        found = INCLUDE.match(text)
        if found:
            yield number, found.group(1), found.group(2)


def code(path):
    """(line number, text) without comments and strings."""
    with open(os.path.join(TOP, path), errors="replace") as f:
        text = f.read()

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text,
                  flags=re.S)
    return list(enumerate(text.split("\n"), 1))


def report(findings):
    """Print them; exit 1 if there are any."""
    for path, number, text in findings:
        print("%s:%s: %s" % (path, number, text))
    sys.exit(1 if findings else 0)
