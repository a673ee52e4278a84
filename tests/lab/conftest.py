# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The lab's world, made once per scenario and healed before each test, so
that tests run alone and in any order."""

import contextlib
import os
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from world import Lab, World  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--director", default="duumvir",
                     help="the daemon to try: duumvir or keepalived")


@contextlib.contextmanager
def a_directory():
    """One that the engines, which are nobody, can read."""
    with tempfile.TemporaryDirectory(prefix="dvlab") as directory:
        os.chmod(directory, 0o755)
        yield directory


@pytest.fixture(scope="module")
def directory():
    with a_directory() as one:
        yield one


@pytest.fixture
def lab():
    """An empty lab for a scenario without the common world."""
    with a_directory() as one:
        made = Lab(one)
        yield made
        made.close()


@pytest.fixture(scope="module")
def machines(request, directory):
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
