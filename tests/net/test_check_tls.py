# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""SSL_GET's TLS against real servers: certificates, names, client
certificates, HTTP/2, every way a handshake can break, and files."""

import os
import subprocess

import pytest

import tlslab
from checklab import block, checker, server, service
from netlab import until
from tlslab import Pki, cut, https

PORT = 443


@pytest.fixture
def pki(tmp_path):
    return Pki(tmp_path)


def ssl_get(lines=(), url=("path /",), timeout=2):
    return checker("SSL_GET", ("connect_timeout %g" % timeout, *lines,
                               block("url", url, 3)))


def one(node, lines=(), url=("path /",), timeout=2, pool=("delay_loop 0.5",)):
    """A service of this one server."""
    return service([server(node.v4, PORT, ssl_get(lines, url, timeout))],
                   port=PORT, lines=pool)


def verify(pki, *more):
    return ("verify_peer", "ca_file %s" % pki.ca.pem, *more)


def wait_good(checks):
    """Until an attempt has gone well."""
    checks.wait_log("Remote Web server .* succeed")
    return checks.wait_dump(r"^ +SSL_GET.*: up.*\n +ok [1-9]")


# ---- certificates ----
def test_days_are_shown(checks, pki):
    """Whatever the certificate: nobody asked to verify it."""
    web = checks.server()
    checks.serve(web, PORT, https(pki.cert(days=42, issuer=pki.other_ca)))
    checks.start(one(web))
    wait_good(checks)
    checks.wait_dump(r"certificate expires in 42 days")
    assert "Removing" not in checks.log()


BAD = {
    "expired": (dict(days=-2), (), "certificate has expired"),
    "unknown_ca": (dict(issuer=None), (), "self[- ]signed certificate"),
    "other_ca": (dict(other=True), (), "unable to get local issuer"),
    "wrong_name": (dict(), ("verify_name elsewhere.example",),
                   "[Hh]ostname mismatch"),
    "wrong_sni_name": (dict(), ("sni_name elsewhere.example",),
                       "[Hh]ostname mismatch"),
    "soon": (dict(days=5), ("certificate_days 10",),
             "5 days left, 10 wanted"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_certificate(checks, pki, what):
    """Down with its reason, and up again with a good certificate."""
    how, lines, reason = BAD[what]
    if how.pop("other", None):
        how = dict(how, issuer=pki.other_ca)
    web = checks.server()
    bad = checks.serve(web, PORT, https(pki.cert("bad", **how)))
    checks.start(one(web, verify(pki, *lines)))
    checks.wait_down(web.v4, PORT)
    checks.wait_dump(r"last failure: certificate .*%s" % reason)
    bad.close()
    good = pki.cert("good", names=["elsewhere.example"])
    mark = checks.mark()
    checks.serve(web, PORT, https(good))
    checks.wait_up(web.v4, PORT, since=mark)


def test_sni_chooses_the_certificate(checks, pki):
    """nginx has a certificate for each name; which one we get is what we
    asked for: by sni_name, else the url's, else the check's virtualhost."""
    web = checks.server()
    for name in ("one", "two"):
        pki.cert(name)
    checks.nginx(web, "".join(
        "server { listen %d ssl; server_name %s; ssl_certificate %s/%s.pem;"
        "ssl_certificate_key %s/%s.pem; return 200 $ssl_server_name; }\n"
        % (PORT, name, pki.folder, name, pki.folder, name)
        for name in ("one", "two")))

    def asks(*lines, url=("path /",)):
        return ssl_get(("verify_name two", "ca_file %s" % pki.ca.pem, *lines),
                       url)
    good = [asks("sni_name two"),
            asks("enable_sni", "virtualhost two"),
            asks("enable_sni", "virtualhost one",
                 url=("path /", "virtualhost two")),
            asks("enable_sni", "virtualhost two:443"),
            asks("sni_name two", "virtualhost one",
                 url=("path /", 'regex "^two$"'))]
    bad = [asks(), asks("virtualhost two"), asks("sni_name one"),
           asks("enable_sni", "virtualhost one"),
           asks("sni_name one", "virtualhost two")]
    # One server each: the i-th has an address of its own.
    addresses = ["10.9.0.%d" % (100 + i) for i in range(len(good + bad))]
    for address in addresses:
        web.run("ip addr add %s/24 dev eth0" % address)
    checks.start(service([server(a, PORT, c)
                          for a, c in zip(addresses, good + bad)], port=PORT))
    for address in addresses[len(good):]:
        checks.wait_down(address, PORT)
    checks.wait_dump(r"\[%s\]:tcp:443: up.*\n +ok [1-9]"
                     % addresses[len(good) - 1])
    for address in addresses[:len(good)]:
        assert "Removing service [%s]" % address not in checks.log()


def nginx_client(pki, cert):
    return ("server { listen %d ssl; ssl_certificate %s;"
            "ssl_certificate_key %s; ssl_client_certificate %s;"
            "ssl_verify_client on; return 200 $ssl_client_s_dn; }"
            % (PORT, cert.pem, cert.pem, pki.ca.pem))


def test_client_certificate(checks, pki):
    """nginx wants one: by the check, by SSL { }, with a password."""
    web = checks.server()
    me = pki.cert("me", names=[])
    pki.cert("locked", names=[], password="secret")
    checks.nginx(web, nginx_client(pki, pki.cert()))
    checks.start(one(web))
    checks.wait_down(web.v4, PORT)
    checks.wait_dump(r"last failure: .*status 400")
    mark = checks.mark()
    checks.reload(one(web, ("certificate %s" % me.pem,),
                      ("path /", 'regex "CN=me"')))
    checks.wait_up(web.v4, PORT, since=mark)
    for name, more in (("me", ""), ("locked", "password secret\n")):
        mark = checks.mark()
        checks.reload(one(web, (), ("path /nothing", "status_code 404")))
        checks.wait_down(web.v4, PORT, since=mark)
        mark = checks.mark()
        path = "%s/%s.pem" % (pki.folder, name)
        checks.reload("SSL {\n%scertificate %s\nkey %s\n}\n" %
                      (more, path, path),
                      one(web, (), ("path /", 'regex "CN=%s"' % name)))
        checks.wait_up(web.v4, PORT, since=mark)


def test_client_certificate_refused(checks, pki):
    """openssl s_server breaks the handshake; TLS 1.3 tells after it."""
    web = checks.server()
    cert = pki.cert()
    for port, version in ((PORT, "-tls1_2"), (PORT + 1, "-tls1_3")):
        web.popen(["openssl", "s_server", "-accept", str(port), "-cert",
                   cert.pem, "-www", version, "-Verify", "1",
                   "-verify_return_error"], stdin=subprocess.PIPE,
                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checks.start(service([server(web.v4, port, ssl_get())
                          for port in (PORT, PORT + 1)], port=PORT))
    for port, why in ((PORT, "handshake failure"),
                      (PORT + 1, "certificate required")):
        checks.wait_down(web.v4, port)
        checks.wait_dump(r"\[%s\]:tcp:%d: down(.*\n)+?"
                         r" +last failure: TLS alert: %s"
                         % (web.v4, port, why))


# ---- HTTP/2 ----
def test_http2(checks, pki):
    web = checks.server()
    cert = pki.cert()
    text = ("server { listen %d ssl%s; ssl_certificate %s;"
            "ssl_certificate_key %s; location / { return 200 "
            "'$server_protocol $host'; } location /bad { return 503; }"
            "location /big { alias @HOME@/www/; } }")
    home = checks.nginx(web, text % (PORT, " http2", cert.pem, cert.pem) +
                        text % (PORT + 1, "", cert.pem, cert.pem))
    with open(os.path.join(home, "www", "big"), "w") as f:
        f.write("x" * 300000 + "the end")

    def h2(*url, lines=()):
        return ssl_get(("http_protocol 2", "virtualhost www.example",
                        *lines), url)
    good = [h2("path /", 'regex "HTTP/2.0 www.example"'),
            h2("path /big/big", 'regex "the end"'),
            h2("path /bad", "status_code 503")]
    bad = [h2("path /bad"), h2("path /", 'regex "HTTP/1"'),
           h2("path /big/nothing")]
    addresses = ["10.9.0.%d" % (100 + i) for i in range(len(good + bad))]
    for address in addresses:
        web.run("ip addr add %s/24 dev eth0" % address)
    checks.start(service(
        [server(a, PORT, c) for a, c in zip(addresses, good + bad)] +
        [server(web.v4, PORT + 1, h2("path /"))], port=PORT))
    for address in addresses[len(good):]:
        checks.wait_down(address, PORT)
    checks.wait_down(web.v4, PORT + 1)
    checks.wait_dump(r"last failure: HTTP/2 not offered")
    for address in addresses[:len(good)]:
        checks.wait_dump(r"\[%s\]:tcp:443: up.*\n +ok [1-9]" % address)
        assert "Removing service [%s]" % address not in checks.log()


# ---- handshakes that break ----
FAULTS = {
    "reset_at_once": (tlslab.reset_at_once, "connection reset"),
    "reset_after_hello": (tlslab.reset_after_hello, "connection reset"),
    "close_after_hello": (tlslab.close_after_hello,
                          "closed during the TLS handshake"),
    "plain_http": (tlslab.plain_http,
                   "TLS protocol error: wrong version number"),
    "alert": (tlslab.alert, "TLS alert: handshake failure"),
    "garbage": (tlslab.garbage, "TLS protocol error"),
    "mute": (tlslab.mute, "timed out"),
    "drip": (tlslab.drip, "timed out"),
    "cut_10": (0.1, "connection reset"),
    "cut_50": (0.5, "connection reset"),
    "cut_95": (0.95, "connection reset"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_fault(checks, pki, what):
    """Down, with the reason, within the one deadline; and back."""
    handler, reason = FAULTS[what]
    cert = pki.cert()
    if isinstance(handler, float):
        handler = cut(cert, handler)
    elif handler is tlslab.drip:
        handler = handler(cert)
    web = checks.server()
    peer = checks.serve(web, PORT, handler)
    checks.start(one(web, timeout=1))
    checks.wait_down(web.v4, PORT, timeout=5)
    checks.wait_dump(r"last failure: %s" % reason)
    peer.close()
    mark = checks.mark()
    checks.serve(web, PORT, https(cert))
    checks.wait_up(web.v4, PORT, since=mark)


@pytest.mark.parametrize("compliant", [False, True])
def test_close_notify(checks, pki, compliant):
    web = checks.server()
    # The answer has no length, so that we are the ones to end it.
    peer = checks.serve(web, PORT, https(pki.cert()))
    checks.start(one(web, ("tls_compliant",) if compliant else ()))
    until(lambda: peer.seen, 10, "the end of a check")
    wait_good(checks)
    assert set(peer.seen) == {"close_notify" if compliant else "closed"}


# ---- files ----
def test_missing_file_is_no_verdict(checks, pki):
    """A file that is not there says nothing about a server: it stays up, is
    told, and a SIGHUP finds what has come meanwhile."""
    web = checks.server()
    ca = os.path.join(pki.folder, "late.pem")
    checks.serve(web, PORT, https(pki.cert()))
    text = one(web, ("verify_peer", "ca_file %s" % ca))
    checks.start(text)
    checks.wait_log(r"TLS file '%s': No such file" % ca)
    checks.wait_dump(r"unknown [1-9]")
    checks.wait_dump(r"last result: local: TLS file")
    assert "Removing" not in checks.log()
    with open(ca, "w") as f:
        f.write("no certificate")
    checks.reload(text)
    checks.wait_log(r"SSL_GET: CA %s: no start line" % ca)
    pki.other_ca.write(ca)
    mark = checks.mark()
    checks.reload(text)
    checks.wait_down(web.v4, PORT, since=mark)
    pki.ca.write(ca)
    mark = checks.mark()
    checks.reload(text)
    checks.wait_up(web.v4, PORT, since=mark)


def test_files_after_a_crash(checks, pki):
    """A new check process is told the files without asking."""
    web = checks.server()
    peer = checks.serve(web, PORT, https(pki.cert()))
    checks.start(one(web, verify(pki)))
    wait_good(checks)
    old = checks.director.engine("check")
    checks.node.run("kill -9 %d" % old)
    until(lambda: checks.director.engine("check") not in (None, old), 10,
          "a new check process")
    n = peer.count
    until(lambda: peer.count > n + 1, 10, "checks")
    wait_good(checks)
    assert "Removing" not in checks.log()


def test_only_regular_files(checks, pki):
    """Nothing that blocks, is endless or a directory is read."""
    web = checks.server()
    fifo = os.path.join(pki.folder, "fifo")
    os.mkfifo(fifo)
    big = os.path.join(pki.folder, "big")
    with open(big, "w") as f:
        f.truncate(2 << 20)
    servers = []
    for i, path in enumerate((fifo, big, pki.folder, "/dev/zero")):
        servers.append(server(web.v4, PORT + i, ssl_get(
            ("verify_peer", "ca_file %s" % path))))
    checks.start(service(servers, port=PORT))
    checks.wait_log(r"TLS file '%s': Invalid argument" % fifo)
    checks.wait_log(r"TLS file '%s': File too large" % big)
    checks.wait_log(r"TLS file '%s': Is a directory" % pki.folder)
    checks.wait_log(r"TLS file '/dev/zero': Invalid argument")


def test_contexts_are_shared(checks, pki):
    """Many checks, one set of words: the process does not grow by files."""
    web = checks.server()
    checks.serve(web, PORT, https(pki.cert()))
    addresses = ["10.9.0.%d" % i for i in range(100, 200)]
    for address in addresses:
        web.run("ip addr add %s/24 dev eth0" % address)
    checks.start(service([server(a, PORT, ssl_get(verify(pki)))
                          for a in addresses], port=PORT))
    until(lambda: checks.dump().count(": up since") == len(addresses) and
          "ok 0," not in checks.dump(), 20, "all are up")
    assert checks.dump().count("certificate expires in 90 days") == 100
    assert "Removing" not in checks.log()
