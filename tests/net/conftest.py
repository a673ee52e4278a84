# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Fixtures for tests in network namespaces; tests/lab uses them too.

    def test_master(lab, director, capture):
        a = lab.node("a")
        lab.plug(a, "eth0", "10.0.0.1/24")
        d = director(a, CONF)
        d.wait_state("VI_1", "MASTER")
        assert a.has("10.0.0.100")

`director(node, conf, kind="keepalived")` starts Debian's keepalived instead.
All is torn down after each test; on failure the daemons' logs are shown.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import capture as capture_module  # noqa: E402
import checklab  # noqa: E402
from director import Director  # noqa: E402
from netlab import Lab, open_to_all  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: measures times so short that "
                            "no test may run beside it")
    config.addinivalue_line("markers", "ordinary: about memory functions that "
                            "are a sanitizer's own in its build")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for one in getattr(item, "directors", []):
        report.sections.append((
            "log of %s on %s" % (one.kind, one.node.name),
            one.log()[-6000:]))


@pytest.fixture
def lab(tmp_path):
    open_to_all(tmp_path)
    new = Lab(tmp_path)
    yield new
    new.close()


@pytest.fixture
def director(request, lab):
    """Factory: director(node, conf, kind=..., options=...) starts one."""
    request.node.directors = []

    def make(node, conf, kind="duumvir", options=(), start=True, env=None):
        one = Director(node, conf, kind, options, env)
        request.node.directors.append(one)
        return one.start() if start else one

    return make


@pytest.fixture
def capture(lab):
    """Factory: capture(node, ifname) records from now on."""
    return capture_module.Capture


@pytest.fixture
def checks(lab, director):
    """A director and servers for health checks; see checklab.py."""
    return checklab.CheckLab(lab, director)


@pytest.fixture
def pair(lab):
    """Two nodes a and b with eth0 in 10.9.0.0/24 on one switch."""
    a, b = lab.node("a"), lab.node("b")
    lab.plug(a, "eth0", "10.9.0.1/24")
    lab.plug(b, "eth0", "10.9.0.2/24")
    return a, b
