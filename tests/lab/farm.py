# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Real servers that break on demand, one class for each protocol.

All live in one node, each on an address of its own (10.1.SERVICE.SERVER), so
that an address can vanish as a machine does.  break_by(how) is one of the
class's ways to fail, mend() undoes it; hows names them.
"""

import os
import socket
import subprocess
import threading

from netlab import until

NGINX = """
daemon off;
worker_processes 1;
error_log %(dir)s/nginx.log;
pid %(dir)s/nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    open_file_cache off;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    server {
        listen 80 default_server;
        listen 443 ssl default_server;
        ssl_certificate %(dir)s/cert.pem;
        ssl_certificate_key %(dir)s/key.pem;
        root %(dir)s/www/$server_addr;
    }
}
"""


def ready(node, address, port):
    """Whether something listens there."""
    def ask():
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            return False
        return True
    return node.call(ask)


class Host:
    """An address that can vanish; the end of every server class."""

    hows = ("vanish",)

    def __init__(self, node, address):
        self.node, self.address, self.how = node, address, None
        self.dir = os.path.join(node.lab.dir, address)
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)
        self._ip("add")
        self.begin()

    def _ip(self, verb):
        self.node.run("ip addr %s %s/16 dev eth0" % (verb, self.address))

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name) + "~", "w") as f:
            f.write(text)
        os.rename(self.path(name) + "~", self.path(name))

    def begin(self):
        """Starts the service as it should be."""

    def end(self, how):
        """Makes it fail in this way; only for ways of the class's own."""
        raise NotImplementedError(how)

    def break_by(self, how):
        assert self.how is None and how in self.hows
        self.how = how
        if how == "vanish":
            self._ip("del")
        else:
            self.end(how)

    def mend(self):
        how, self.how = self.how, None
        if how == "vanish":
            self._ip("add")
        elif how is not None:
            self.begin()


class Tcp(Host):
    """Accepts and keeps silent."""

    hows = ("refuse", "vanish")
    port = 8080

    def begin(self):
        self._socket = self.node.call(self._open)

    def _open(self):
        return socket.create_server((self.address, self.port), backlog=512)

    def end(self, how):
        self._socket.close()


class Web(Host):
    """A page of the farm's nginx, over HTTP and TLS."""

    hows = ("missing", "other", "vanish")
    page = "the page\n"

    def begin(self):
        www = os.path.join(self.node.lab.dir, "www", self.address)
        os.makedirs(www, exist_ok=True)
        for place in (os.path.dirname(www), www):
            os.chmod(place, 0o755)
        self._index = os.path.join(www, "index.html")
        self._put(self.page)

    def _put(self, text):
        with open(self._index + "~", "w") as f:
            f.write(text)
        os.rename(self._index + "~", self._index)

    def end(self, how):
        if how == "missing":
            os.unlink(self._index)
        else:
            self._put("another page\n")


class Program(Host):
    """A server that is a program."""

    hows = ("stop", "vanish")

    def begin(self):
        self._child = self.node.popen(self.argv(), stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)

    def argv(self):
        raise NotImplementedError

    def end(self, how):
        self._child.kill()
        self._child.wait(10)


class Mail(Program):
    port = 25

    def argv(self):
        return ["/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l",
                "%s:%d" % (self.address, self.port)]


class Dns(Program):
    port = 53

    def argv(self):
        return ["dnsmasq", "-k", "--conf-file=/dev/null", "--no-resolv",
                "--no-hosts", "--bind-interfaces", "--pid-file=",
                "--user=root", "--listen-address=" + self.address,
                "--address=/www.test/192.0.2.1"]


class Udp(Host):
    """Answers each datagram with "pong"."""

    hows = ("refuse", "other", "vanish")
    port = 7

    def begin(self):
        self._answer = b"pong"
        if getattr(self, "_socket", None) is None:
            self._socket = self.node.call(self._open)
            threading.Thread(target=self._run, args=(self._socket,),
                             daemon=True).start()

    def _open(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((self.address, self.port))
        sock.settimeout(0.2)
        return sock

    def _run(self, sock):
        while self._socket is sock:
            try:
                _, client = sock.recvfrom(2048)
                sock.sendto(self._answer, client)
            except OSError:
                continue  # nobody asked, or the address has vanished
        sock.close()

    def end(self, how):
        if how == "other":
            self._answer = b"gnop"
            return
        old, self._socket = self._socket, None
        until(lambda: old.fileno() < 0, 5, "the socket is closed")


class Script(Host):
    """A script's exit status: 0 is weight as configured, 1 down, else
    weight + 2."""

    hows = ("down", "heavy", "zero")

    def begin(self):
        self._say(0)
        self.write("check", "#!/bin/sh\nexit $(cat %s)\n" %
                   self.path("status"))
        os.chmod(self.path("check"), 0o755)

    def _say(self, status):
        self.write("status", "%d\n" % status)

    def end(self, how):
        self._say({"down": 1, "heavy": 9, "zero": 2}[how])


class File(Host):
    """A number in a tracked file."""

    hows = ("fault", "heavy", "light")

    def begin(self):
        self.write("number", "0\n")

    def end(self, how):
        self.write("number", "%d\n" % {"fault": -254, "heavy": 3,
                                       "light": -1}[how])


def start_nginx(node):
    """The one nginx of the farm; pages are in DIR/www/ADDRESS."""
    where = node.lab.dir
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
         "/CN=farm", "-keyout", where + "/key.pem", "-out",
         where + "/cert.pem"], check=True, capture_output=True, timeout=120)
    conf = os.path.join(where, "nginx.conf")
    with open(conf, "w") as f:
        f.write(NGINX % {"dir": where})
    node.popen(["nginx", "-c", conf])
    until(lambda: ready(node, "127.0.0.1", 443), 30, "nginx")
