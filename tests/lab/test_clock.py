# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Scenario clock: a director pair while the guest's wall clock is set forth and
back by a year.  Nothing may happen: no word in the logs, no move of the
address.  (In the guest, since a machine has one wall clock for all.)"""

import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "net"))
from thawlab import Pair  # noqa: E402

YEAR = 365 * 86400


def test_steps_of_a_year():
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        pair = Pair(directory, advert=0.5)
        try:
            pair.start()
            marks = [d.log_mark() for d in (pair.one, pair.two)]
            for step in (YEAR, -2 * YEAR, 2 * YEAR, -3600, 1, -YEAR):
                subprocess.run(["date", "-s", "@%d" % (time.time() + step)],
                               check=True, stdout=subprocess.DEVNULL)
                late, final = pair.watch(5)
                assert (late, final) == (0, "a"), (step, late, final)
            said = [d.log()[m:] for d, m in zip((pair.one, pair.two), marks)]
            assert "Entering" not in "".join(said), said
            assert "not let run" not in "".join(said), said
        finally:
            print(pair.logs())
            pair.close()
