# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Checks that speak in lines: SMTP_CHECK against a real mail server and many
bad ones, agent_check against agents."""

import os
import re
import signal
import socket
import sys
import textwrap
import time

import pytest

from checklab import checker, read_until, reset, server, service
from netlab import until

HERE = os.path.dirname(os.path.abspath(__file__))

# What Debian's keepalived 2.2.7 sends (seen in a guest; it checks nothing
# where there is no IPVS), each line after the answer to the one before.
KEEPALIVED = [b"HELO smtpchecker.keepalived.org\r\n", b"QUIT\r\n"]
GOOD = (b"220 mail\r\n", b"250 ok\r\n", b"221 bye\r\n")


def speak(client, peer, answers):
    """Says answers[0], then the next one for each line that comes."""
    client.sendall(answers[0])
    for answer in answers[1:]:
        peer.seen.append(read_until(client, b"\n"))
        client.sendall(answer)


def wait_end(client):
    """Until the other side has gone; what it said meanwhile."""
    rest = b""
    while True:
        more = client.recv(4096)
        if not more:
            return rest
        rest += more


def good(client, peer):
    speak(client, peer, GOOD)
    wait_end(client)


class Manners:
    """A server whose manner can be changed while it runs."""

    def __init__(self, checks, node, port, manner=good,
                 family=socket.AF_INET):
        self.manner = manner
        self.peer = checks.serve(node, port,
                                 lambda c, p: self.manner(c, p), family)


def mail(node, port=25, lines=("connect_timeout 1",), **more):
    return server(node.v4, port, checker("SMTP_CHECK", lines, **more))


# ---- SMTP_CHECK ----
def start_mailserver(checks, node, name):
    out = os.path.join(checks.lab.dir, name)
    node.popen([sys.executable, os.path.join(HERE, "mailserver.py"), "plain",
                "25", out], env=dict(os.environ, MAIL_HOST="0.0.0.0"))
    until(lambda: os.path.exists(out) and "ready" in open(out).read(), 10,
          "the mail server")


def test_real_mail_server(checks):
    """aiosmtpd: up; dead: down with the reason; back: up again."""
    node = checks.server()
    checks.start(service([mail(node)]))
    checks.wait_down(node.v4, 25)
    checks.wait_log(r"SMTP_CHECK Could not connect to server \[%s\]:25\. "
                    r"\(connection refused" % re.escape(node.v4))
    start_mailserver(checks, node, "mail.out")
    checks.wait_log(r"Remote SMTP server \[%s\]:tcp:25 succeed on service\." %
                    re.escape(node.v4))
    checks.wait_up(node.v4, 25)
    checks.wait_dump(r"SMTP_CHECK .*: up since")


def test_the_lines_are_keepaliveds(checks):
    node = checks.server()
    smtp = Manners(checks, node, 25)
    checks.start(service([mail(node, lines=("connect_timeout 1",))]))
    until(lambda: len(smtp.peer.seen) >= 4, 10, "two checks")
    assert smtp.peer.seen[:4] == KEEPALIVED * 2
    assert "Removing" not in checks.log()


def test_nothing_is_said_too_early(checks):
    """HELO waits for the greeting, QUIT for the answer to HELO."""
    node, early = checks.server(), []

    def late(client, peer):
        for answer in GOOD:
            client.settimeout(0.2)
            try:
                early.append(client.recv(1))
            except socket.timeout:
                pass
            client.settimeout(5)
            client.sendall(answer)
            if answer != GOOD[-1]:
                peer.seen.append(read_until(client, b"\n"))
    smtp = Manners(checks, node, 25, late)
    checks.start(service([mail(node, lines=("connect_timeout 2",
                                            "helo_name director"))]))
    until(lambda: len(smtp.peer.seen) >= 4, 15, "two checks")
    assert smtp.peer.seen[:2] == [b"HELO director\r\n", b"QUIT\r\n"]
    assert early == []


def then(*answers, end=wait_end):
    def manner(client, peer):
        speak(client, peer, answers)
        end(client)
    return manner


def drip(client, _peer):
    for byte in b"220 a very slow server\r\n" * 9:
        client.sendall(bytes([byte]))
        time.sleep(0.15)


def endless(client, peer):
    while not peer.ended.is_set():
        client.sendall(b"220-" + b"x" * 4000)


def many(client, peer):
    while not peer.ended.is_set():
        client.sendall(b"220-still greeting\r\n" * 100)


CLOSED = "closed before the answer was complete: waiting for the "
BAD = {
    "refuses": (then(b"554 no\r\n"), "Bad greeting banner from",
                "bad greeting banner: 554 no"),
    "refuses in lines": (then(b"554-no\r\n554 go away\r\n"),
                         "Bad greeting banner from",
                         "bad greeting banner: 554-no"),
    "is no mail server": (then(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                          "Bad greeting banner from",
                          "bad greeting banner: HTTP/1.1 400 Bad Request"),
    "speaks noise": (then(b"\x00\xff\x1b[31m 220\r\n"),
                     "Bad greeting banner from",
                     r"bad greeting banner: \?\?\?\[31m 220"),
    "changes its mind": (then(b"220-a\r\n421 b\r\n"),
                         "Bad greeting banner from",
                         "bad greeting banner: 421 b"),
    "is busy": (then(GOOD[0], b"421 too busy\r\n"), "Bad HELO response from",
                "bad HELO response: 421 too busy"),
    "dislikes us": (then(GOOD[0], b"501 who\r\n"), "Bad HELO response from",
                    "bad HELO response: 501 who"),
    "is silent": (lambda c, p: wait_end(c), "Read timeout from",
                  "timed out: waiting for the greeting"),
    "falls silent": (then(GOOD[0]), "Read timeout from",
                     "timed out: waiting for the answer to HELO"),
    "does not let go": (then(*GOOD[:2]), "Read timeout from",
                        "timed out: waiting for the answer to QUIT"),
    "leaves at once": (lambda c, p: None, "Read failure from",
                       CLOSED + "greeting"),
    "leaves in a line": (lambda c, p: c.sendall(b"220 hi"),
                         "Read failure from", CLOSED + "greeting"),
    "leaves after HELO": (then(GOOD[0], b"250-more\r\n",
                               end=lambda c: None),
                          "Read failure from", CLOSED + "answer to HELO"),
    "resets": (lambda c, p: reset(c), "(Read failure from|Could not connect to)",
               "connection reset"),
    "drips": (drip, "Read timeout from",
              "timed out: waiting for the greeting"),
    "has no end": (endless, "Read failure from", "answer too long"),
    "greets forever": (many, "Read failure from", "answer too long"),
}


@pytest.mark.parametrize("how", BAD)
def test_breaks_and_comes_back(checks, how):
    manner, words, reason = BAD[how]
    node = checks.server()
    smtp = Manners(checks, node, 25)
    checks.start(service([mail(node)]))
    until(lambda: smtp.peer.count >= 1, 10, "a good check")
    mark = checks.mark()
    smtp.manner = manner
    checks.wait_down(node.v4, 25, since=mark)
    checks.wait_log(r"SMTP_CHECK %s server \[%s\]:25\. \(%s" % (
        words, re.escape(node.v4), reason), since=mark)
    checks.wait_dump("last failure: " + reason)
    smtp.manner = good
    checks.wait_up(node.v4, 25, since=mark)


def test_black_hole(checks):
    checks.node.run("ip neigh add 10.9.0.66 lladdr 02:00:00:00:00:66 dev eth0")
    checks.start(service([server("10.9.0.66", 25, checker("SMTP_CHECK"))]))
    checks.wait_log(r"SMTP_CHECK Connection timeout to server "
                    r"\[10\.9\.0\.66\]:25\. \(timed out")
    checks.wait_down("10.9.0.66", 25)


SLOW = {
    "in lines": then(b"220-one\r\n220-two\r\n220 three\r\n",
                     b"250-mail\r\n250-SIZE\r\n250 HELP\r\n", GOOD[2]),
    "bare codes and LF": then(b"220\n", b"250\n", b"\n"),
    "any last word": then(*GOOD[:2], b"500 what\r\n"),
    "a last word without end": then(*GOOD[:2], b"221 bye",
                                    end=lambda c: None),
}


@pytest.mark.parametrize("how", SLOW)
def test_good_in_other_ways(checks, how):
    node = checks.server()
    smtp = Manners(checks, node, 25, SLOW[how])
    checks.start(service([mail(node)], lines=("delay_loop 1", "alpha")))
    checks.wait_up(node.v4, 25)
    until(lambda: smtp.peer.count >= 3, 10, "three checks")
    assert "Removing" not in checks.log()


def test_each_answer_has_its_time(checks):
    """0.6 s for each of three answers: within connect_timeout 1 each, as with
    keepalived; the whole takes longer."""
    node = checks.server()

    def slow(client, peer):
        for answer in GOOD:
            time.sleep(0.6)
            client.sendall(answer)
            if answer != GOOD[-1]:
                peer.seen.append(read_until(client, b"\n"))
        wait_end(client)
    Manners(checks, node, 25, slow)
    checks.start(service([mail(node)], lines=("delay_loop 1", "alpha")))
    checks.wait_up(node.v4, 25)


def test_reset_at_every_byte(checks):
    """A server per byte of the conversation that resets behind it: all are
    down, but for the one that resets behind the last."""
    node, total = checks.server(), sum(len(x) for x in GOOD)

    def stops_after(n):
        def manner(client, _peer):
            left = n
            for i, answer in enumerate(GOOD):
                if i > 0:
                    read_until(client, b"\n")
                client.sendall(answer[:left])
                left -= min(left, len(answer))
                if left == 0:
                    break
            time.sleep(0.02)  # what was said shall be heard
            reset(client)
        return manner
    for n in range(total + 1):
        checks.serve(node, 3000 + n, stops_after(n))
    checks.start(service([mail(node, 3000 + n) for n in range(total + 1)],
                         lines=("delay_loop 1", "alpha")))
    checks.wait_up(node.v4, 3000 + total)
    for n in range(total):
        checks.wait_log(r"SMTP_CHECK on service \[%s\]:tcp:%d failed" % (
            re.escape(node.v4), 3000 + n), timeout=15)
    assert len(re.findall("Adding service", checks.log())) == 1


def test_one_byte_at_a_time(checks):
    node = checks.server()

    def bytewise(client, _peer):
        for i, answer in enumerate(GOOD):
            for byte in answer:
                client.sendall(bytes([byte]))
                time.sleep(0.005)
            if i < 2:
                read_until(client, b"\n")
        wait_end(client)
    Manners(checks, node, 25, bytewise)
    checks.start(service([mail(node)], lines=("delay_loop 1", "alpha")))
    checks.wait_up(node.v4, 25)


def test_hosts_must_all_answer(checks):
    """host blocks: the server is up while each of them is."""
    node = checks.server()
    first, second = (Manners(checks, node, port) for port in (2501, 2502))
    text = checker("SMTP_CHECK", ("connect_timeout 1",
                                  "connect_port 2501",
                                  "host {", "connect_port 2502", "}"))
    checks.start(service([server(node.v4, 25, text)]))
    until(lambda: first.peer.count and second.peer.count, 10, "both")
    assert "Removing" not in checks.log()
    second.manner = BAD["refuses"][0]
    checks.wait_down(node.v4, 25)
    second.manner = good
    mark = checks.mark()
    checks.wait_up(node.v4, 25, since=0)
    first.manner = BAD["is busy"][0]
    checks.wait_down(node.v4, 25, since=mark)


def test_over_ipv6_and_retries(checks):
    """retry 2: the third bad answer decides."""
    node = checks.server()
    smtp = Manners(checks, node, 25, family=socket.AF_INET6)
    checks.start(service(
        [server(node.v6, 25, checker("SMTP_CHECK", retry=2, pause=0.3))],
        vip="fd09::100", lines=("delay_loop 1",)),
        lines=("checker_log_all_failures",))
    until(lambda: smtp.peer.count >= 1, 10, "a good check")
    mark = checks.mark()
    smtp.manner = BAD["refuses"][0]
    checks.wait_log(r"\(bad greeting banner: 554 no, 1 of 3 attempts\)",
                    since=mark)
    checks.wait_log(r"\(bad greeting banner: 554 no, 2 of 3 attempts\)",
                    since=mark)
    checks.wait_down(node.v6, 25, since=mark)
    checks.wait_log(r"failed after 2 retries: SMTP_CHECK Bad greeting banner "
                    r"from server \[%s\]:25\." % node.v6, since=mark)


# ---- agent_check ----
class Agent(Manners):
    """Says its line and goes."""

    def __init__(self, checks, node, line=b"up\n", port=9707):
        super().__init__(checks, node, port, self.answer)
        self.line = line

    def answer(self, client, peer):
        client.sendall(self.line)
        peer.seen.append(self.line)

    def says(self, line):
        """Until this was said."""
        self.manner = self.answer
        self.line = line
        count = len(self.peer.seen)
        until(lambda: line in self.peer.seen[count:], 10, "the agent")


def agented(node, interval=0.3, weight=40):
    return server(node.v4, 80, checker("TCP_CHECK"),
                  ("agent_check 9707 interval %g" % interval,),
                  weight=weight)


@pytest.fixture
def pool(checks):
    """A server that lives, with an agent, weight 40."""
    node = checks.server()
    checks.serve(node, 80, lambda c, p: wait_end(c))
    checks.agent = Agent(checks, node)
    checks.web = node
    checks.start(service([agented(node)]))
    until(lambda: checks.agent.peer.count >= 1, 10, "the agent is asked")
    return checks


def is_there(checks, weight):
    checks.wait_dump(r"Real server \[%s\]:tcp:80: UP since .*, weight %d, "
                     r"in the table: yes, with weight %d$" % (
                         re.escape(checks.web.v4), weight, weight))


def test_agent_takes_down_and_up(pool):
    is_there(pool, 40)
    for word in (b"down", b"failed", b"stopped"):
        mark = pool.mark()
        pool.agent.says(word + b" #disk full\r\n")
        pool.wait_log(r"Agent \[.*\]:tcp:9707 says down\. \(so says its "
                      r"agent: %s #disk full" % word.decode(), since=mark)
        pool.wait_down(pool.web.v4, since=mark)
        # Another word does not make it up again.
        pool.agent.says(b"50%\n")
        pool.agent.says(b"ready\n")
        pool.wait_dump("last failure: so says its agent: %s #disk full" %
                       word.decode())
        assert "Adding" not in pool.log(mark)
        pool.agent.says(b"up 100%\n")
        pool.wait_up(pool.web.v4, since=mark)
    is_there(pool, 40)


def test_agent_weighs(pool):
    for line, weight in ((b"50%\n", 20), (b"up ready 25%\n", 10),
                         (b"1%", 1), (b"0%\r\n", 0), (b"maxconn:9\n", 0),
                         (b"150%\n", 40)):
        pool.agent.says(line)
        is_there(pool, weight)
    assert "Removing" not in pool.log()
    pool.wait_log(r"Changing weight from 40 to 20 for active service")


def test_agent_drains_and_maintains(pool):
    pool.agent.says(b"drain,75%\n")
    is_there(pool, 0)
    pool.agent.says(b"up\n")  # no word about draining
    is_there(pool, 0)
    pool.agent.says(b"ready\n")
    is_there(pool, 30)
    assert "Removing" not in pool.log()
    mark = pool.mark()
    pool.agent.says(b"maint\n")
    pool.wait_log(r"Agent \[.*\]:tcp:9707 says maintenance\.", since=mark)
    pool.wait_down(pool.web.v4, since=mark)
    pool.agent.says(b"ready\n")
    pool.wait_up(pool.web.v4, since=mark)
    is_there(pool, 30)


UNHEARD = {
    "resets": lambda c, p: reset(c),
    "says nothing": lambda c, p: None,
    "is silent": lambda c, p: wait_end(c),
    "says nonsense": then(b"HTTP/1.1 200 OK\r\n"),
    "has no end": lambda c, p: [c.sendall(b"up " * 999) for _ in range(999)],
    "drips": drip,
}


@pytest.mark.parametrize("how", UNHEARD)
@pytest.mark.parametrize("line", [b"30%\n", b"down\n"])
def test_agent_unheard_changes_nothing(pool, how, line):
    """Neither up nor down, nor a weight."""
    pool.agent.says(line)
    if line == b"down\n":
        pool.wait_down(pool.web.v4)
    else:
        is_there(pool, 12)
    mark, count = pool.mark(), pool.agent.peer.count
    pool.agent.manner = UNHEARD[how]
    until(lambda: pool.agent.peer.count >= count + 2, 30, "two questions")
    pool.wait_dump(r"last result: no (answer of the agent|word of the agent)",
                   timeout=15)
    assert not re.search("Adding|Removing|Changing", pool.log(mark))


def test_agent_gone_changes_nothing_and_is_said_once(pool):
    pool.agent.says(b"30%\n")
    is_there(pool, 12)
    mark = pool.mark()
    pool.agent.peer.close()
    pool.wait_log(r"Agent \[.*\]:tcp:9707 not possible \(no answer of the "
                  r"agent", since=mark)
    pool.wait_dump(r"unknown [3-9]")
    is_there(pool, 12)
    log = pool.log(mark)
    assert len(re.findall("not possible", log)) == 1
    assert not re.search("Adding|Removing|Changing", log)
    Agent(pool, pool.web, b"60%\n")
    is_there(pool, 24)


def test_agent_that_never_was(checks):
    """alpha: the other checkers decide; an agent that is not there holds
    nobody down."""
    node = checks.web = checks.server()
    checks.serve(node, 80, lambda c, p: wait_end(c))
    checks.start(service([agented(node)], lines=("delay_loop 1", "alpha")))
    checks.wait_up(node.v4)
    is_there(checks, 40)


def test_agent_is_told_a_line(checks):
    """send; the default of the service; off."""
    node = checks.web = checks.server()
    checks.serve(node, 80, lambda c, p: wait_end(c))

    def asks(client, peer):
        peer.seen.append(read_until(client, b"\n"))
        client.sendall(b"10%\n")
    asked = Manners(checks, node, 9707, asks)
    other = Agent(checks, node, b"down\n", 9708)
    checks.start(service(
        [server(node.v4, 80, checker("TCP_CHECK"), weight=40),
         server(node.v4, 81, checker("TCP_CHECK", ("connect_port 80",)),
                ("agent_check off",)),
         server(node.v4, 82, checker("TCP_CHECK", ("connect_port 80",)),
                ("agent_check 9708",))],
        lines=("delay_loop 1",
               'agent_check 9707 interval 0.3 send "state of web"')))
    until(lambda: asked.peer.seen, 10, "a question")
    assert asked.peer.seen[0] == b"state of web\n"
    is_there(checks, 4)
    checks.wait_down(node.v4, 82)
    assert other.peer.count >= 1
    assert asked.peer.count >= 1
    assert len(re.findall("Removing", checks.log())) == 1
    assert len(re.findall("agent_check .*tcp", checks.dump())) == 2


def test_the_agent_of_the_manual(checks, tmp_path):
    """The script in doc/checks.md works as it stands there."""
    path = os.path.join(HERE, "..", "..", "doc", "checks.md")
    with open(path) as f:
        found = re.search(r"(    #!/usr/bin/python3\n.*?serve_forever\(\)\n)",
                          f.read(), re.S)
    flag = tmp_path / "drain"
    script = tmp_path / "agent"
    script.write_text(textwrap.dedent(found.group(1)).replace(
        "/run/drain", str(flag)))
    node = checks.web = checks.server()
    checks.serve(node, 80, lambda c, p: wait_end(c))
    node.popen([sys.executable, str(script)])
    checks.start(service([agented(node, weight=1)]))
    checks.wait_log("Agent .* says that its server may serve")
    is_there(checks, 1)
    flag.write_text("")
    is_there(checks, 0)
    flag.unlink()
    is_there(checks, 1)
    assert "Removing" not in checks.log()


def test_agent_over_a_reload(pool):
    """A reload that leaves the agent alone keeps what it said."""
    pool.agent.says(b"drain\n")
    is_there(pool, 0)
    mark = pool.mark()
    pool.agent.manner = UNHEARD["says nothing"]
    pool.reload(service([agented(pool.web)]),
                service([server(pool.web.v4, 81, checker(
                    "TCP_CHECK", ("connect_port 80",)))], vip="10.9.1.2"))
    pool.wait_log(r"10\.9\.1\.2", since=mark)
    is_there(pool, 0)
    assert "Changing weight" not in pool.log(mark)


def test_agent_is_remembered(pool):
    """What a line does not speak of stays as it was, also over a reload with
    another interval and the death of our process."""
    pool.agent.says(b"drain 75%\n")
    is_there(pool, 0)
    mark = pool.mark()
    pool.reload(service([agented(pool.web, 0.4)]))
    pool.wait_log("1 changed", since=mark)
    pool.agent.says(b"up\n")
    is_there(pool, 0)
    pool.agent.says(b"ready\n")
    is_there(pool, 30)
    pool.agent.says(b"down #disk\n")
    pool.wait_down(pool.web.v4, since=mark)
    mark, old = pool.mark(), pool.director.engine("check")
    os.kill(old, signal.SIGKILL)
    until(lambda: pool.director.engine("check") not in (None, old), 10,
          "another check process")
    pool.agent.says(b"60%\n")
    pool.agent.says(b"ready\n")
    pool.wait_dump(r"agent_check .*: down since")
    pool.wait_dump("last failure: so says its agent: down #disk")
    assert "Adding" not in pool.log(mark)
    pool.agent.says(b"up\n")
    pool.wait_up(pool.web.v4, since=mark)
    is_there(pool, 24)
