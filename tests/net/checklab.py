# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Health checks under test: a director, server machines, and what both say.

    def test_it(checks):                     # the fixture of conftest.py
        web = checks.server()                # a machine; web.v4, web.v6
        peer = checks.serve(web, 80, handler)     # or checks.nginx(web, TEXT)
        checks.start(service([server(web.v4, 80, checker("HTTP_GET", ...))]))
        checks.wait_down(web.v4, 80)

The kernel may have no IPVS: verdicts are read from the log, and from the
state that SIGUSR1 writes.  kind="keepalived" makes Debian's keepalived the
director, to see what it does.
"""

import os
import re
import signal
import socket
import struct
import threading
import time

from netlab import until

VIP = "10.9.1.1"
DIRECTOR_V4, DIRECTOR_V6 = "10.9.0.1", "fd09::1"


# ---- configuration ----
def block(name, lines=(), depth=1):
    """NAME { lines }; a line may be a block itself."""
    pad = "    " * depth
    text = "".join(line if line.endswith("}\n")
                   else "%s    %s\n" % (pad, line) for line in lines)
    return "%s%s {\n%s%s}\n" % (pad, name, text, pad)


def checker(kind, lines=("connect_timeout 1",), retry=0, pause=0.2):
    """One checker of a server, impatient unless told otherwise."""
    return block(kind, ("retry %d" % retry, "delay_before_retry %g" % pause,
                        *lines), 2)


def server(address, port, checkers, lines=(), weight=1):
    """real_server with one checker's text or several."""
    if isinstance(checkers, str):
        checkers = [checkers]
    return block("real_server %s %d" % (address, port),
                 ("weight %d" % weight, *lines, *checkers))


def service(servers, vip=VIP, port=80, lines=("delay_loop 1",),
            protocol="TCP"):
    return block("virtual_server %s %d" % (vip, port),
                 ("lvs_sched rr", "lvs_method NAT", "protocol %s" % protocol,
                  *lines, *servers), 0)


def conf(*services, lines=()):
    return block("global_defs", ("router_id test", *lines), 0) + \
        "".join(services)


# ---- servers ----
class Peer:
    """A TCP server in a node.  handler(connection, peer) runs in a thread of
    its own for each client and may read, write, close, or hold; peer.ended is
    set at the end.  What handlers append to peer.seen is for the test."""

    def __init__(self, node, port, handler, family=socket.AF_INET):
        self.handler, self.seen, self.count = handler, [], 0
        self.ended = threading.Event()
        self._clients, self._lock = [], threading.Lock()
        self._socket = node.call(lambda: self._open(port, family))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        node.lab.closers.append(self.close)

    @staticmethod
    def _open(port, family):
        sock = socket.socket(family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", port))
        sock.listen(512)
        sock.settimeout(0.05)
        return sock

    def _run(self):
        while not self.ended.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                continue  # nobody within the time-out
            client.settimeout(10)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.count += 1
                self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        try:
            self.handler(client, self)
        except OSError:
            pass  # the other side may go when it likes
        finally:
            client.close()

    def close(self):
        if self.ended.is_set():
            return
        self.ended.set()
        self._thread.join()
        with self._lock:
            for one in [self._socket, *self._clients]:
                one.close()


def reset(client):
    """Closes with RST."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    client.close()


def read_until(client, end=b"\r\n\r\n", limit=65536):
    """What the client sent, up to and with `end` (or its own end)."""
    data = b""
    while end not in data and len(data) < limit:
        more = client.recv(4096)
        if not more:
            break
        data += more
    return data


# ---- the whole ----
class CheckLab:
    """A director "d" and servers "s1", "s2", ... on one switch."""

    def __init__(self, lab, director):
        self.lab, self._start = lab, director
        self.node = lab.node("d")
        lab.plug(self.node, "eth0", [DIRECTOR_V4 + "/24", DIRECTOR_V6 + "/64"])
        self.n, self.director, self.text = 0, None, ""

    def server(self):
        """One more machine; its addresses are .v4 and .v6."""
        self.n += 1
        node = self.lab.node("s%d" % self.n)
        node.v4, node.v6 = "10.9.0.%d" % (10 + self.n), "fd09::%x" % (16 +
                                                                     self.n)
        self.lab.plug(node, "eth0", [node.v4 + "/24", node.v6 + "/64"])
        return node

    @staticmethod
    def serve(node, port, handler, family=socket.AF_INET):
        return Peer(node, port, handler, family)

    def nginx(self, node, http, name="nginx"):
        """nginx with this text in its http block; started and listening
        when this returns.  Files are below the folder it returns."""
        home = os.path.join(self.lab.dir, "%s-%s" % (name, node.name))
        os.makedirs(os.path.join(home, "www"), exist_ok=True)
        os.chmod(home, 0o755)
        path = os.path.join(home, "nginx.conf")
        with open(path, "w") as f:
            f.write("daemon off; worker_processes 1; pid %s/pid;\n"
                    "error_log %s/error.log;\nevents {}\nhttp {\n"
                    "access_log off; client_body_temp_path %s/tmp;\n"
                    "proxy_temp_path %s/tmp; fastcgi_temp_path %s/tmp;\n"
                    "uwsgi_temp_path %s/tmp; scgi_temp_path %s/tmp;\n"
                    "%s\n}\n" % (home, home, home, home, home, home, home,
                                 http.replace("@HOME@", home)))
        with open(os.path.join(home, "out"), "wb") as out:
            child = node.popen(["nginx", "-p", home, "-c", path],
                               stdout=out, stderr=out)
        ports = sorted(set(int(x) for x in re.findall(
            r"listen\s+(?:[\d.]+:|\[[^]]*\]:)?(\d+)", http)))
        until(lambda: child.poll() is None and all(
            _is_open(node, port) for port in ports), 10, "nginx listens")
        return home

    def start(self, *services, kind="duumvir", lines=(), options=("-C",)):
        """Starts the director with these services."""
        self.text = conf(*services, lines=lines)
        self.director = self._start(self.node, self.text, kind=kind,
                                    options=list(options))
        return self.director

    def reload(self, *services, lines=()):
        self.text = conf(*services, lines=lines)
        self.director.write(self.text)
        self.director.reload()

    # What came of it.  `since` is a log_mark(); to say "not yet", see log().
    def mark(self):
        return self.director.log_mark()

    def log(self, since=0):
        return self.director.log()[since:]

    def wait_log(self, pattern, timeout=10, since=0):
        return self.director.wait_log(pattern, timeout, since)

    def wait_down(self, address, port=80, timeout=10, since=0):
        """Until the server was taken out."""
        return self.wait_log(r"(Removing|Disabling) service %s (from|of) VS" %
                             _name(address, port), timeout, since)

    def wait_up(self, address, port=80, timeout=10, since=0):
        """Until the server was put back."""
        return self.wait_log(r"(Adding|Enabling) service %s (to|of) VS" %
                             _name(address, port), timeout, since)

    def dump(self, timeout=5):
        """The state of the check engine as SIGUSR1 writes it."""
        path = os.path.join(self.director.dir, "keepalived_check.data")
        until(lambda: self.director.engine("check"), timeout, "the engine")
        if os.path.exists(path):
            os.unlink(path)
        deadline = time.monotonic() + timeout
        while not os.path.exists(path) and time.monotonic() < deadline:
            self.director.signal(signal.SIGUSR1)
            end = time.monotonic() + 1
            while not os.path.exists(path) and time.monotonic() < end:
                time.sleep(0.01)
        assert os.path.exists(path), "no dump within %g s" % timeout
        with open(path) as f:
            return f.read()

    def wait_dump(self, pattern, timeout=10):
        """Until the dumped state matches."""
        deadline = time.monotonic() + timeout
        while True:
            text = self.dump()
            found = re.search(pattern, text, re.M)
            if found or time.monotonic() >= deadline:
                assert found, "dump without /%s/:\n%s" % (pattern, text)
                return found
            time.sleep(0.05)


def _name(address, port):
    return re.escape("[%s]" % address) + r":(tcp|udp|sctp):%d" % port


def _is_open(node, port):
    def connect():
        for family, host in ((socket.AF_INET, "127.0.0.1"),
                             (socket.AF_INET6, "::1")):
            with socket.socket(family) as sock:
                sock.settimeout(1)
                if sock.connect_ex((host, port)) == 0:
                    return True
        return False
    return node.call(connect)
