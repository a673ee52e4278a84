# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The lab's world, made once per scenario and healed before each test, so
that tests run alone and in any order."""

import os
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from world import World  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--director", default="duumvir",
                     help="the daemon to try: duumvir or keepalived")


@pytest.fixture(scope="module")
def machines(request):
    with tempfile.TemporaryDirectory(prefix="dvlab") as directory:
        os.chmod(directory, 0o755)
        world = World(directory, request.config.getoption("--director"))
        yield world
        world.close()


@pytest.fixture
def world(machines):
    machines.heal()
    return machines


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    machines = item.funcargs.get("machines")
    if report.failed and machines is not None:
        report.sections.append(("directors", machines.logs()))
