# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Network namespaces for tests: nodes, a switch, and polling.

Why: a director is tested with real packets on real interfaces, and the
machine's own network must never notice.  Everything made here lives in
namespaces named "dv<pid>-..." and is gone after Lab.close(), which also ends
every process that was started in them.

It never sleeps for a fixed time to wait for an effect: until() polls.
"""

import ctypes
import itertools
import json
import os
import signal
import subprocess
import tempfile
import threading
import time

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


class Timeout(AssertionError):
    """A condition did not come true within its deadline."""


# On a machine that is shared all waits may last so many times longer.
PATIENCE = float(os.environ.get("PATIENCE", "1"))


def until(condition, timeout, what="", every=0.02):
    """Poll condition() until it is true; return its value.

    Fails with Timeout after `timeout` seconds (times PATIENCE), saying `what`
    was awaited (a string, or a function that makes one at the time of
    failure)."""
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            text = what() if callable(what) else what
            raise Timeout("not within %g s: %s" % (timeout, text or condition))
        time.sleep(every)


def holds(condition, seconds, what="", every=0.02):
    """Check that condition() stays true for `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            text = what() if callable(what) else what
            raise AssertionError("did not hold for %g s: %s" % (seconds, text))
        time.sleep(every)


_ports = itertools.cycle(range(10000, 32000))


def fresh_port():
    """A port for a client to bind, below those that the kernel gives away,
    that none has had for long.

    The kernel's own choice begins anew every ten seconds and comes back to
    a port within minutes.  IPVS may remember the connection that had it, and
    sends the new one to the same server, unscheduled: no share is exact."""
    return next(_ports)


def in_netns(name, function):
    """Call function() in a thread that has entered the namespace; sockets
    that it opens belong to the namespace for good."""
    result = []

    def body():
        try:
            fd = os.open("/run/netns/" + name, os.O_RDONLY)
            try:
                if _libc.setns(fd, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns " + name)
            finally:
                os.close(fd)
            result.append((True, function()))
        except BaseException as error:  # handed to the caller below
            result.append((False, error))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    good, value = result[0]
    if not good:
        raise value
    return value


def _run(argv, check=True, timeout=30, **kw):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout * PATIENCE, **kw)
    if check and done.returncode != 0:
        raise AssertionError("%s: exit %d\n%s%s" % (
            " ".join(argv), done.returncode, done.stdout, done.stderr))
    return done


def open_to_all(directory):
    """Engines that are nobody read below it."""
    at = str(directory)
    while at not in (tempfile.gettempdir(), "/"):
        os.chmod(at, 0o755)
        at = os.path.dirname(at)


class Node:
    """One machine: a network namespace."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.ns = "%s-%s" % (lab.prefix, name)
        _run(["ip", "netns", "add", self.ns])
        self.run("ip link set lo up")

    def argv(self, command):
        if isinstance(command, str):
            command = command.split()
        return ["ip", "netns", "exec", self.ns] + list(command)

    def run(self, command, check=True, timeout=30):
        """Run a command (string or list) here; CompletedProcess with text."""
        return _run(self.argv(command), check=check, timeout=timeout)

    def out(self, command, **kw):
        return self.run(command, **kw).stdout

    def popen(self, command, **kw):
        """Start a command here; it is killed when the lab closes."""
        kw.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(self.argv(command), **kw)
        self.lab.children.append(child)
        return child

    def call(self, function):
        """Call a Python function inside this namespace (a thread)."""
        return in_netns(self.ns, function)

    def sysctl(self, path, value):
        """Set net.<path>, dots or slashes; only inside the namespace."""
        name = path.replace(".", "/") if "/" not in path else path
        self.run(["sh", "-c",
                  "echo %s > /proc/sys/net/%s" % (value, name)])

    def link(self, ifname, up=True):
        self.run("ip link set %s %s" % (ifname, "up" if up else "down"))

    def addrs(self, ifname=None):
        """The addresses of an interface (or all), as {"a.b.c.d/len"}."""
        argv = ["ip", "-n", self.ns, "-j", "addr", "show"]
        if ifname:
            argv += ["dev", ifname]
        done = _run(argv, check=False)
        found = set()
        for link in json.loads(done.stdout or "[]"):
            for info in link.get("addr_info", []):
                if "local" in info:
                    found.add("%s/%d" % (info["local"], info["prefixlen"]))
        return found

    def has(self, address, ifname=None):
        """Whether the address (without prefix length) is up here."""
        return any(a.split("/")[0] == address for a in self.addrs(ifname))

    def mac(self, ifname):
        done = self.out("cat /sys/class/net/%s/address" % ifname)
        return done.strip()


class Lab:
    """Namespaces, one switch per name, and everything started in them."""

    def __init__(self, directory):
        self.prefix = "dv%d%s" % (os.getpid(), chr(96 + next(_numbers) % 26))
        self.dir = str(directory)
        self.nodes = {}
        self.children = []
        self.closers = []
        self.ports = itertools.count(1)

    def node(self, name):
        if name not in self.nodes:
            self.nodes[name] = Node(self, name)
        return self.nodes[name]

    def switch(self, name="sw"):
        """A node that has one bridge br0 without spanning tree."""
        fresh = name not in self.nodes
        node = self.node(name)
        if fresh:
            node.run("ip link add br0 type bridge forward_delay 0 "
                     "stp_state 0 mcast_snooping 0")
            node.link("br0")
        return node

    def plug(self, node, ifname="eth0", address=(), switch="sw", mac=None):
        """Connect a node to the switch by an interface with addresses
        ("a.b.c.d/len", one or a list); returns the switch's port name."""
        hub = self.switch(switch)
        port = "p%d-%s" % (next(self.ports), node.name[:8])
        _run(["ip", "link", "add", port, "netns", hub.ns, "type", "veth",
              "peer", "name", ifname, "netns", node.ns])
        if mac:
            node.run("ip link set %s address %s" % (ifname, mac))
        if isinstance(address, str):
            address = [address]
        for one in address:
            extra = " nodad" if ":" in one else ""
            node.run("ip addr add %s dev %s%s" % (one, ifname, extra))
        hub.run("ip link set %s master br0 up" % port)
        node.link(ifname)
        return port

    def close(self):
        """End all processes, then the namespaces; never fails half-way."""
        for close in reversed(self.closers):
            close()
        for node in self.nodes.values():
            for pid in _pids_of(node.ns):
                _kill(pid, signal.SIGKILL)
        for child in self.children:
            try:
                child.kill()
                child.wait(10)
            except (OSError, subprocess.TimeoutExpired):
                pass  # already gone
        for node in self.nodes.values():
            _run(["ip", "netns", "del", node.ns], check=False)
        self.nodes.clear()


def _pids_of(ns):
    done = _run(["ip", "netns", "pids", ns], check=False)
    return [int(word) for word in done.stdout.split()]


def _kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
