# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""genhash, beside Debian's: the same requests, the same output."""

import os
import re
import subprocess

import pytest

from checklab import block, checker, read_until, server, service
from director import binary
from netlab import until

THEIRS = "/usr/bin/genhash"
NGINX = """
    server { listen 80; listen [::]:80; root @HOME@/www;
             location /busy { return 503 "not now"; }
             location /ssi/ { alias @HOME@/www/; ssi on; ssi_types *; } }
    server { listen 80; server_name www.example.com; root @HOME@/www/other; }
    server { listen 443 ssl; server_name a.example; root @HOME@/www;
             ssl_certificate @HOME@/cert; ssl_certificate_key @HOME@/key; }
    server { listen 443 ssl; server_name b.example; root @HOME@/www/other;
             ssl_certificate @HOME@/cert; ssl_certificate_key @HOME@/key; }
"""


@pytest.fixture
def site(checks):
    """A server with pages; what it is called with; both programs."""
    web = checks.server()
    home = os.path.join(checks.lab.dir, "nginx-" + web.name)
    os.makedirs(home + "/www/other")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
                    "-nodes", "-subj", "/CN=a.example", "-keyout",
                    home + "/key", "-out", home + "/cert"], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    for name, text in (("index.html", b"hello"), ("other/index.html", b"o"),
                       ("bytes", bytes(range(256)) * 300), ("empty", b"")):
        with open(home + "/www/" + name, "wb") as f:
            f.write(text)
    checks.nginx(web, NGINX)

    def undated(client, _peer):
        read_until(client)
        client.sendall(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n" +
                       bytes(range(256)) * 3 + b"and more")
    checks.serve(web, 81, undated)
    return web


def both(checks, *args):
    """Output and status of theirs and of ours, times left out."""
    found = []
    for argv in ([THEIRS], [binary(), "--genhash"]):
        done = checks.node.run([*argv, *args], check=False)
        found.append((re.sub(r"\d+ usecs", "N usecs", done.stdout),
                      done.returncode))
    return found


V4 = ("-s", "10.9.0.11", "-p", "80", "-u")
UNDATED = ("-s", "10.9.0.11", "-p", "81", "-u")
V6 = ("-s", "fd09::11", "-p", "80", "-u")
TLS = ("-S", "-s", "10.9.0.11", "-p", "443", "-u")


@pytest.mark.parametrize("args", [
    (*V4, "/"), (*V6, "/"), (*V4, "/bytes"), (*UNDATED, "/", "-v"),
    (*V4, "/empty"), (*V4, "/busy"), (*V4, "/nothing-there"),
    (*V4, "/", "-P", "1.1"), (*V4, "/", "-P", "1.0c"),
    (*V4, "/", "-V", "www.example.com"), (*V4, "/ssi/", "-P", "1.1"),
    (*TLS, "/"), (*TLS, "/bytes"), (*TLS, "/", "-I", "-V", "b.example"),
    (*TLS, "/", "-V", "b.example")], ids=" ".join)
def test_same_output(checks, site, args):
    theirs, ours = both(checks, *args)
    assert theirs == ours
    assert ours[1] == 0
    assert "-v" in args or re.fullmatch(r"[0-9a-f]{32}\n", ours[0])


@pytest.mark.parametrize("args", [
    (), ("-s", "10.9.0.11"), ("-s", "localhost", *V4[2:], "/"), ("-p", "x"),
    (*V4, "/", "-P", "3"), ("-x",), ("--server",)], ids=" ".join)
def test_same_complaints(checks, args):
    wrong = []
    for argv in ([THEIRS], [binary(), "--genhash"]):
        done = checks.node.run([*argv, *args], check=False)
        text = (done.stdout + done.stderr).replace(
            " ".join(argv) + " COMMAND", "genhash COMMAND")
        wrong.append((text, done.returncode))
    assert wrong[0] == wrong[1]


def test_same_request(checks):
    web = checks.server()

    def handler(client, peer):
        peer.seen.append(read_until(client))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello")
    peer = checks.serve(web, 80, handler)
    for more in ((), ("-P", "1.0c"), ("-P", "1.1"), ("-V", "x.example")):
        both(checks, *V4, "/a?b", *more)
    assert peer.seen[::2] == peer.seen[1::2]


def test_by_name(checks, site, tmp_path):
    """Called as genhash it is genhash, and needs no first word."""
    link = tmp_path / "genhash"
    link.symlink_to(binary())
    done = checks.node.run([str(link), *V4, "/"])
    assert done.stdout == "5d41402abc4b2a76b9719d911017c592\n"


@pytest.mark.parametrize("manner", ["refused", "silent", "drips", "garbage"])
def test_no_digest(checks, manner):
    web = checks.server()

    def handler(client, peer):
        read_until(client)
        if manner == "garbage":
            client.sendall(b"nonsense")
        while manner in ("silent", "drips") and not peer.ended.wait(0.1):
            if manner == "drips":
                client.sendall(b"HTTP/1.1 200 OK\r\n"[:1])
    if manner != "refused":
        checks.serve(web, 80, handler)
    done = checks.node.run([binary(), "--genhash", *V4, "/", "-t", "1"],
                           check=False, timeout=10)
    assert done.returncode == 1 and not done.stdout and done.stderr


def test_check_takes_the_digest(checks, site):
    """What genhash says is what a check wants, whole or in chunks."""
    urls = []
    for path, protocol in (("/bytes", "1.0"), ("/ssi/bytes", "1.1")):
        said = checks.node.out([binary(), "--genhash", *V4, path, "-P",
                                protocol]).strip()
        urls.append((protocol, block("url", ("path " + path,
                                             "digest " + said), 3)))
    checks.start(*(service([server(site.v4, 80, checker("HTTP_GET", (
        "warmup 0.1", "http_protocol " + protocol, text)))], "10.9.1.%d" % i)
        for i, (protocol, text) in enumerate(urls, 1)))
    until(lambda: checks.log().count("succeed on service") == 2, 10,
          checks.log)
