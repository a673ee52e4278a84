# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A director pair, two web servers and a client on one switch.

The set-up of a common LVS-DR tutorial: directors 192.168.3.130 and .94, web
servers .128 and .120 that hold the VIP 192.168.3.110 on lo and keep silent
about it (duumvir --realserver reads how from the directors' own file), a
client .50.  Interfaces are named ens33 as in the tutorial's
configuration, which is used as it is.  Needs a kernel with IPVS, so it
normally runs in tests/lab/guest.  The demo tells its story with this too.
"""

import os
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "net"))

from capture import Capture  # noqa: E402
from director import Director  # noqa: E402
from netlab import Lab, fresh_port, until  # noqa: E402

VIP = "192.168.3.110"
SERVERS = {"rs1": "192.168.3.128", "rs2": "192.168.3.120"}
DIRECTORS = {"master": "192.168.3.130", "backup": "192.168.3.94"}

NGINX = """
daemon off;
master_process off;
worker_processes 1;
error_log %(dir)s/%(name)s.log;
pid %(dir)s/%(name)s.pid;
events { worker_connections 64; }
http {
    access_log off;
    client_max_body_size 8m;
    client_body_temp_path %(dir)s/%(name)s-body;
    proxy_temp_path %(dir)s/%(name)s-proxy;
    fastcgi_temp_path %(dir)s/%(name)s-fastcgi;
    uwsgi_temp_path %(dir)s/%(name)s-uwsgi;
    scgi_temp_path %(dir)s/%(name)s-scgi;
    server {
        %(listen)s
        location / { return 200 "%(answer)s"; }
    }
}
"""


def nginx_conf(directory, name, listen="listen 80;", more=""):
    """The path of the configuration of a web server, which it writes: it
    answers everything with its name, and more (nginx's variables)."""
    path = os.path.join(directory, name + ".nginx")
    with open(path, "w") as f:
        f.write(NGINX % {"dir": directory, "name": name, "listen": listen,
                         "answer": name + more})
    return path


def need_ipvs():
    """Load what the scenario stands on; say so where the kernel has none."""
    for module in ("ip_vs", "ip_vs_rr", "nlmon"):
        subprocess.run(["modprobe", "-q", module], check=False)
    if not os.path.exists("/proc/net/ip_vs"):
        raise RuntimeError("this kernel has no IPVS: use tests/lab/guest")


class World:
    """The machines; start() brings up web servers and directors."""

    def __init__(self, directory, kind="duumvir", scenario="seed-dr"):
        need_ipvs()
        self.lab = Lab(directory)
        self.kind, self.scenario = kind, scenario
        self.web, self.director, self.server = {}, {}, {}
        self.client = self.lab.node("client")
        self.lab.plug(self.client, "ens33", "192.168.3.50/24")
        for name, address in SERVERS.items():
            self._add_server(self.lab.node(name), address)
        for name, address in DIRECTORS.items():
            node = self.lab.node(name)
            self.lab.plug(node, "ens33", address + "/24")
            node.sysctl("ipv4/ip_forward", 1)
            # Else the kernel drops a client's packets for as long as it
            # remembers an old connection to a server that is gone, and a
            # client that uses a port again waits for nothing.
            node.sysctl("ipv4/vs/expire_nodest_conn", 1)
            self.director[name] = Director(node, self._conf(name), kind)

    def _add_server(self, node, address):
        self.lab.plug(node, "ens33", address + "/24")
        self.server[node.name] = Director(node, self._conf("master"),
                                          options=["--realserver"])

    def _conf(self, name):
        with open(os.path.join(HERE, self.scenario, name + ".conf")) as f:
            return f.read()

    def close(self):
        self.lab.close()

    # ---- web servers ----
    def start_web(self, name):
        node = self.lab.node(name)
        conf = nginx_conf(self.lab.dir, name)
        self.web[name] = node.popen(["nginx", "-c", conf])
        until(lambda: fetch(node, "127.0.0.1") == name, 20,
              "nginx on " + name)

    def stop_web(self, name):
        self.web[name].kill()
        self.web[name].wait(10)
        del self.web[name]

    def prepare(self, name):
        """Let a server hold the VIP, if it does not yet."""
        if not self.server[name].running():
            self.server[name].start()
        until(lambda: self.lab.node(name).has(VIP, "lo"), 30,
              lambda: "VIP on lo: " + self.server[name].log())

    # ---- all ----
    def heal(self, timeout=60):
        """Everything up, the VIP at the master, both servers in use."""
        for name in SERVERS:
            if name not in self.web:
                self.start_web(name)
            self.prepare(name)
        for director in self.director.values():
            if not director.running():
                director.start()
        until(lambda: self.holders() == ["master"], timeout,
              lambda: "VIP at the master only; at %s; %s" % (
                  self.holders(), self.logs()))
        for name in DIRECTORS:
            until(lambda: self.active(name) == set(SERVERS), timeout,
                  lambda: "both servers in %s's table: %s; %s" % (
                      name, self.table(name), self.logs()))

    def holders(self):
        """The directors that have the VIP."""
        return [name for name in DIRECTORS
                if self.lab.node(name).has(VIP, "ens33")]

    def table(self, name):
        """{real server's address: weight} of the service in a director's
        kernel; None when there is no such service."""
        text = self.lab.node(name).call(_read_table)
        servers, ours = None, False
        for line in text.splitlines():
            word = line.split()
            if word[:1] == ["TCP"]:
                ours = _address(word[1]) == (VIP, 80)
                servers = {} if ours else servers
            elif word[:1] == ["->"] and ours and ":" in word[1]:
                servers[_address(word[1])[0]] = int(word[3])
        return servers

    def active(self, name):
        """Names of the web servers that a director sends requests to."""
        table = self.table(name) or {}
        return {rs for rs, address in SERVERS.items()
                if table.get(address, 0) > 0}

    def fetch(self, timeout=2):
        """One request to the VIP by the client: the server's name, or ""."""
        return fetch(self.client, VIP, timeout)

    def share(self, count):
        """{server: answers} of so many requests, one after another."""
        tally = {}
        for _ in range(count):
            name = self.fetch()
            tally[name] = tally.get(name, 0) + 1
        return tally

    def logs(self):
        return "".join("--- %s\n%s" % (name, d.log()[-2500:])
                       for name, d in self.director.items())


def _read_table():
    with open("/proc/thread-self/net/ip_vs") as f:
        return f.read()


def _address(text):
    """C0A8036E:0050 as ("192.168.3.110", 80)."""
    host, _, port = text.partition(":")
    return (socket.inet_ntoa(bytes.fromhex(host)), int(port, 16))


def fetch(node, host, timeout=2):
    """GET / from a node; the body, or "" if there is no answer in time."""
    def body():
        try:
            with socket.create_connection((host, 80), timeout,
                                          ("", fresh_port())) as sock:
                sock.settimeout(timeout)
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                data = b""
                while True:
                    more = sock.recv(4096)
                    if not more:
                        break
                    data += more
        except OSError:
            return ""
        return data.partition(b"\r\n\r\n")[2].decode()
    return node.call(body)


class Load:
    """A client that asks without pause, in the background; .answers is a
    list of (time, server or "")."""

    def __init__(self, world, every=0.05, timeout=0.5):
        self.answers = []
        self._stop = threading.Event()
        self._args = (world, every, timeout)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        world, every, timeout = self._args
        while not self._stop.is_set():
            started = time.monotonic()
            self.answers.append((started, world.fetch(timeout)))
            self._stop.wait(max(0, every - (time.monotonic() - started)))

    def stop(self):
        self._stop.set()
        self._thread.join()

    def gap(self):
        """The longest time between two answers in a row, seconds."""
        good = [t for t, name in self.answers if name]
        return max((b - a for a, b in zip(good, good[1:])), default=99.0)

    def seen(self, since=0.0):
        return {name for t, name in self.answers if t >= since and name}


# Those of enum ip_vs cmds (linux/ip_vs.h) that change something.
WRITES = {1, 2, 3, 5, 6, 7, 9, 10, 12, 16, 17}
NETLINK_GENERIC = 16


class Requests:
    """IPVS requests that pass a director's kernel, by a netlink monitor."""

    def __init__(self, node):
        node.run("ip link add nlmon0 type nlmon", check=False)
        node.link("nlmon0")
        self.family = node.call(ipvs_family)
        self.capture = Capture(node, "nlmon0")

    def commands(self, since=0):
        """[command number] of each request to IPVS."""
        found = []
        for packet in self.capture.select(lambda p: True, since):
            found += self._parse(packet.frame)
        return found

    def _parse(self, data):
        found = []
        while len(data) >= 20:
            size, kind, flags, _, pid = struct.unpack_from("=IHHII", data)
            if kind == self.family and flags & 1 and size >= 20:
                found.append(data[16])
            step = (size + 3) & ~3
            if step < 16:
                break
            data = data[step:]
        return found

    def writes(self, since=0):
        return [c for c in self.commands(since) if c in WRITES]

    def mark(self):
        return self.capture.mark()


def ipvs_family():
    """The number of the generic netlink family "IPVS"."""
    name = b"IPVS\0"
    attr = struct.pack("=HH", 4 + len(name), 2) + name.ljust(8, b"\0")
    head = struct.pack("=IHHIIBBH", 20 + len(attr), 16, 1, 1, 0, 3, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_GENERIC) as sock:
        sock.sendto(head + attr, (0, 0))
        data = sock.recv(65536)[20:]
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if kind == 1:
            return struct.unpack_from("=H", data, 4)[0]
        data = data[(size + 3) & ~3:]
    raise RuntimeError("no IPVS family")
