# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""HTTP_GET against real servers and bad ones: what is asked, in which order
and pace, what is made of the answers.  The facts of keepalived named here were
seen on the wire of Debian's 2.2.7."""

import hashlib
import re
import socket
import time

import pytest

from checklab import block, checker, read_until, reset, server, service
from netlab import holds, until

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
MD5 = hashlib.md5(b"hello").hexdigest()
UP = r"HTTP_GET \[[^ ]+: up"


def url(path="/", *lines):
    return block("url", ("path " + path, *lines), 3)


def http(*urls, lines=(), timeout=1, retry=0, kind="HTTP_GET"):
    return checker(kind, ("warmup 0.1", "connect_timeout %g" % timeout,
                          *lines, *(urls or [url()])), retry)


def answers(*pieces, then=None, slow=0):
    """A handler that notes the request and sends these pieces."""
    def handler(client, peer):
        peer.seen.append((time.monotonic(), read_until(client)))
        for piece in pieces:
            client.sendall(piece)
            if slow:
                peer.ended.wait(slow)
        if then == "hold":
            peer.ended.wait(30)
        elif then == "reset":
            reset(client)
    return handler


def start_one(checks, handler, *urls, port=80, **more):
    web = checks.server()
    peer = checks.serve(web, port, handler)
    checks.start(service([server(web.v4, port, http(*urls, **more))]))
    return web, peer


# ---- what is asked ----
CLOSE = b"Connection: close\r\n"


@pytest.mark.parametrize("word, version, close", [
    ("1.0", b"1.0", b""), ("1.0C", b"1.0", CLOSE), ("1.0c", b"1.0", CLOSE),
    ("1.1", b"1.1", CLOSE), ("1.1C", b"1.1", CLOSE), ("1.1c", b"1.1", CLOSE)])
def test_request_bytes(checks, word, version, close):
    """Byte by byte those of keepalived."""
    _, peer = start_one(checks, answers(HELLO), url("/a?b=c"),
                        lines=("http_protocol " + word,))
    until(lambda: peer.seen, 10, "a request")
    assert peer.seen[0][1] == (
        b"GET /a?b=c HTTP/" + version + b"\r\nUser-Agent: KeepAliveClient\r\n"
        + close + b"Host: 10.9.0.11:80\r\n\r\n")


def test_host_of_ipv6(checks):
    web = checks.server()
    peer = checks.serve(web, 8080, answers(HELLO), socket.AF_INET6)
    checks.start(service([server(web.v6, 8080, http())], vip="fd09:1::1"))
    until(lambda: peer.seen, 10, "a request")
    assert b"\r\nHost: [fd09::11]:8080\r\n\r\n" in peer.seen[0][1]


def test_virtualhosts_are_inherited(checks):
    """url before checker before real_server before virtual_server."""
    web = checks.server()
    peer = checks.serve(web, 80, answers(HELLO))
    plain, own = http(url("/1")), http(url("/2", "virtualhost url"),
                                       lines=("virtualhost checker",))
    checks.start(
        service([server(web.v4, 80, plain)], "10.9.1.1",
                lines=("delay_loop 1", "virtualhost service")),
        service([server(web.v4, 80, http(url("/3")),
                        ("virtualhost server",))], "10.9.1.2",
                lines=("delay_loop 1", "virtualhost service")),
        service([server(web.v4, 80, own)], "10.9.1.3"),
        service([server(web.v4, 80, http(url("/4"), lines=(
            "virtualhost checker",)))], "10.9.1.4"))

    def hosts():
        return {(r.split()[1], re.search(rb"Host: (.*)\r", r).group(1))
                for _, r in list(peer.seen)}
    wanted = {(b"/1", b"service"), (b"/2", b"url"), (b"/3", b"server"),
              (b"/4", b"checker")}
    until(lambda: hosts() >= wanted, 10, lambda: "hosts, not %s" % hosts())
    assert hosts() == wanted


# ---- several urls ----
class Pages:
    """Paths that are good until .bad has them."""

    def __init__(self):
        self.bad, self.asked = set(), []

    def __call__(self, client, _peer):
        path = read_until(client).split()[1].decode()
        self.asked.append((time.monotonic(), path))
        client.sendall(HELLO if path not in self.bad else
                       b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    def paths(self, since=0):
        return "".join(p[1:] for _, p in list(self.asked)[since:])


ABC = [url("/a"), url("/b"), url("/c")]


def test_urls_one_per_interval(checks):
    """Each delay_loop one url, in their order, again and again; up when all
    have passed once."""
    pages = Pages()
    start_one(checks, pages, *ABC)
    until(lambda: len(pages.asked) >= 5, 20, "five requests")
    assert pages.paths()[:5] == "abcab"
    up = re.search("Remote Web server .*10.9.0.11.:tcp:80 succeed on service",
                   checks.log())
    assert up
    spans = [b[0] - a[0] for a, b in zip(pages.asked, pages.asked[1:])]
    assert all(0.5 < s < 1.9 for s in spans), spans


def test_url_that_fails_is_asked_again(checks):
    """keepalived's order: b until it passes, then all from the first."""
    pages = Pages()
    web, _ = start_one(checks, pages, *ABC, retry=1)
    until(lambda: pages.paths().startswith("abca"), 15, "a round")
    pages.bad.add("/b")
    checks.wait_down(web.v4)
    down = len(pages.asked)
    assert pages.paths().endswith("bb")
    assert "status 503, url /b" in checks.log()
    until(lambda: len(pages.asked) >= down + 2, 10, "asked while down")
    assert set(pages.paths(down)) == {"b"}
    mark = checks.mark()
    pages.bad.clear()
    begin = len(pages.asked)
    checks.wait_up(web.v4, since=mark, timeout=15)
    assert pages.paths(begin)[-4:] == "babc"
    for path in ("/b", "/a", "/c"):
        assert re.search(r"HTTP status code success to \[10.9.0.11\]:tcp:80 "
                         r"url\(%s\)" % path, checks.log(mark))


def test_fast_recovery(checks):
    """Without a delay between urls, at the start and after a failure only."""
    pages = Pages()
    web, _ = start_one(checks, pages, *ABC, lines=("fast_recovery",))
    checks.wait_log("succeed on service")
    assert pages.paths()[:3] == "abc"
    assert pages.asked[2][0] - pages.asked[0][0] < 0.5
    until(lambda: len(pages.asked) >= 5, 10, "two more")
    assert pages.asked[4][0] - pages.asked[3][0] > 0.5
    pages.bad.add("/c")
    checks.wait_down(web.v4, timeout=15)
    mark, begin = checks.mark(), len(pages.asked)
    pages.bad.clear()
    checks.wait_up(web.v4, since=mark)
    assert pages.paths(begin)[-4:] == "cabc"
    tail = pages.asked[-1][0] - pages.asked[begin][0]
    assert tail < 2


# ---- what is made of the answers ----
GOOD = {
    "length": ([HELLO], {"then": "hold"}, ()),
    "close": ([OK + b"\r\nhello"], {}, ("digest " + MD5,)),
    "split": ([HELLO[:9], HELLO[9:30], HELLO[30:]], {"slow": 0.05},
              ("digest " + MD5, 'regex "^hello$"')),
    "longer": ([HELLO + b" and more"], {"then": "hold"}, ("digest " + MD5,)),
    "chunked": ([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\n"
                 b"llo\r\n0\r\n\r\n"], {"then": "hold"},
                ("digest " + MD5, 'regex "hello"')),
    "chunked-as-keepalived": (
        [OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
        {}, ("digest " + hashlib.md5(b"5\r\nhello\r\n0\r\n\r\n").hexdigest(),)),
    "continue": ([b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO], {}, ()),
    "codes": ([b"HTTP/1.1 404 No\r\n\r\n"], {}, ("status_code 301 400-410",)),
    "no-content": ([b"HTTP/1.1 204 No\r\n\r\n"], {"then": "hold"}, ()),
    "long-header": ([OK + b"A: " + b"x" * 9000 + b"\r\n\r\n"], {}, ()),
    "no-match": ([HELLO], {}, ('regex "error"', "regex_no_match")),
    "caseless": ([HELLO], {}, ('regex "HELLO"', "regex_options caseless")),
    "offset": ([OK + b"\r\nabchello"], {},
               ('regex "hello"', "regex_min_offset 3", "regex_max_offset 4")),
    "large": ([OK + b"\r\n" + b"hello" * 200000], {},
              ("digest " + hashlib.md5(b"hello" * 200000).hexdigest(),
               'regex "hello$"')),
    "large-found-early": ([OK + b"\r\nneedle" + b"hello" * 400000], {},
                          ('regex "needle"',)),
    "bad-regex-is-none": ([HELLO], {}, ('regex "h(l"',)),
}


@pytest.mark.parametrize("name", GOOD)
def test_good(checks, name):
    pieces, more, lines = GOOD[name]
    web, peer = start_one(checks, answers(*pieces, **more), url("/", *lines),
                          timeout=3)
    checks.wait_log("Remote Web server .*succeed on service")
    assert "Removing" not in checks.log() and peer.count >= 1


BAD = {
    "status": ([b"HTTP/1.1 503 Busy\r\n\r\n"], {}, (),
               "unexpected HTTP status code: status 503"),
    "not-wanted": ([HELLO], {}, ("status_code 404",), "status 200"),
    "digest": ([OK + b"\r\nhellp"], {}, ("digest " + MD5,),
               "unexpected digest: " + hashlib.md5(b"hellp").hexdigest()),
    "regex": ([HELLO], {}, ('regex "world"',), "regex not found"),
    "regex-of-headers": ([OK + b"X: needle\r\n\r\nhello"], {},
                         ('regex "needle"',), "regex not found"),
    "regex-found": ([HELLO], {}, ('regex "hello"', "regex_no_match"),
                    "regex found"),
    "regex-explodes": ([OK + b"\r\n" + b"a" * 60 + b"!"], {},
                       ('regex "^(a+)+$"',), "regex too costly"),
    "max-offset": ([OK + b"\r\nabchello"], {},
                   ('regex "hello"', "regex_max_offset 2"), "regex not found"),
    "large-without": ([OK + b"\r\n" + b"hello" * 400000], {},
                      ('regex "needle"',), "answer too long"),
    "silent": ([], {"then": "hold"}, (), "timed out: no answer"),
    "headers-stop": ([OK], {"then": "hold"}, (), "timed out: in the headers"),
    "body-stops": ([HELLO[:-2]], {"then": "hold"}, (),
                   "timed out: after 3 bytes of body"),
    "drips": ([bytes([c]) for c in HELLO], {"slow": 0.1}, (), "timed out"),
    "closes": ([], {}, (), "closed without an answer"),
    "short": ([HELLO[:-2]], {}, (), "closed before the answer's end"),
    "short-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
                    {}, (), "closed before the answer's end"),
    "resets": ([HELLO[:-2]], {"then": "reset"}, (), "connection reset"),
    "garbage": ([bytes(range(256)) * 4], {}, (), "malformed answer"),
    "http-0.9": ([b"<html>hello</html>"], {}, (), "no HTTP status line"),
    "two-lengths": ([OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n"],
                    {}, (), "bad Content-Length"),
    "bad-chunk": ([OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], {}, (),
                  "bad chunk"),
    "endless-line": ([OK + b"A: ", *[b"x" * 4096] * 8], {"then": "hold"}, (),
                     "answer too long: line too long"),
    "endless-headers": ([OK, *[b"A: b\r\n" * 100] * 5], {"then": "hold"}, (),
                        "answer too long: too many headers"),
    "endless-status": ([b"HTTP/1.1 200 " + b"x" * 5000], {"then": "hold"}, (),
                       "answer too long: line too long"),
    "tls-port": ([b"\x15\x03\x01\x00\x02\x02\x46"], {}, (),
                 "malformed answer"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad(checks, name):
    pieces, more, lines, reason = BAD[name]
    web, _ = start_one(checks, answers(*pieces, **more), url("/", *lines))
    checks.wait_down(web.v4)
    assert reason in checks.log()
    checks.wait_dump(r"last failure: .*" + re.escape(reason.split(": ")[-1]))


def test_endless_body(checks):
    """16 MiB are enough: a clear verdict, and not at the deadline."""
    def handler(client, peer):
        read_until(client)
        client.sendall(OK + b"\r\n")
        while not peer.ended.is_set():
            client.sendall(b"x" * 65536)
    web, _ = start_one(checks, handler, timeout=10)
    checks.wait_down(web.v4)
    assert "answer too long: body of more than 16 MiB" in checks.log()


def test_reset_at_every_byte(checks):
    """Never up, whatever arrived before; and the engine lives on."""
    cut = []

    def handler(client, _peer):
        read_until(client)
        n = len(cut) % len(HELLO)
        cut.append(n)
        client.sendall(HELLO[:n])
        reset(client)
    web = checks.server()
    checks.serve(web, 80, handler)
    checks.start(service([server(web.v4, 80, http(lines=("delay_loop 0.02",
                                                         )))]))
    checks.wait_down(web.v4)
    until(lambda: len(cut) > len(HELLO), 20, "a reset at each byte")
    assert "succeed" not in checks.log()
    assert "Adding" not in checks.log()


def test_drip_delays_nobody(checks):
    """One that drips for ever, beside one that answers at once."""
    slow, quick = checks.server(), checks.server()
    checks.serve(slow, 80, answers(*[bytes([c]) for c in HELLO], slow=0.2))
    peer = checks.serve(quick, 80, answers(HELLO))
    checks.start(service([server(slow.v4, 80, http()),
                          server(quick.v4, 80, http())]))
    checks.wait_down(slow.v4)
    before = peer.count
    until(lambda: peer.count >= before + 3, 5, "the quick one's checks")
    assert checks.wait_dump(r"10.9.0.12\]:tcp:80: up")


def test_nginx(checks):
    """A real server: hosts, codes, digest, regex, and each way to break."""
    web = checks.server()
    home = checks.nginx(web, """
        server { listen 80; listen [::]:80; server_name www.example.com;
                 root @HOME@/www; location /busy { return 503; } }
        server { listen 80 default_server; return 404; }""")
    page = home + "/www/index.html"

    def write(text):
        with open(page, "w") as f:
            f.write(text)
    write("hello")
    urls = [url("/", "digest " + MD5, 'regex "h.l"'),
            url("/busy", "status_code 503"),
            url("/", "virtualhost other.example.com", "status_code 404")]
    checks.start(service([server(web.v4, 80, http(
        *urls, lines=("virtualhost www.example.com", "http_protocol 1.1",
                      "fast_recovery", "delay_loop 0.3")))]))
    checks.wait_log("Remote Web server .*succeed on service")
    write("changed")
    checks.wait_down(web.v4)
    assert "unexpected digest" in checks.log()
    mark = checks.mark()
    write("hello")
    checks.wait_up(web.v4, since=mark)
    for success in ("Regex match success to", "HTTP status code success to"):
        assert success in checks.log(mark)
    holds(lambda: "Removing" not in checks.log(mark), 1, "it stays up")


def test_shared(checks):
    """Two services ask the same urls of the same server: one probe."""
    web = checks.server()
    peer = checks.serve(web, 80, answers(HELLO))
    one = server(web.v4, 80, http())
    other = server(web.v4, 80, http(url("/other")))
    checks.start(service([one]), service([one], "10.9.1.2"),
                 service([other], "10.9.1.3"))
    checks.wait_dump(r"HTTP_GET .*: up .* used by 2,")
    until(lambda: len(peer.seen) >= 6, 10, "checks")
    paths = [r.split()[1] for _, r in peer.seen[:6]]
    assert abs(paths.count(b"/") - paths.count(b"/other")) <= 2
