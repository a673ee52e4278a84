#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A mail server for tests: mailserver.py MANNER PORT OUT [CERT KEY]

Writes a line of JSON to OUT for each mail that it took.  Manners: plain;
starttls (offered); secret (AUTH, after STARTTLS only); tls (from the first
byte); reject (no recipient is good); later (not now); silent (takes the
connection, says nothing); garbage (answers with noise)."""

import json
import os
import socket
import ssl
import sys
import threading
import time

MANNER, PORT, OUT = sys.argv[1], int(sys.argv[2]), sys.argv[3]
HOST = os.environ.get("MAIL_HOST", "127.0.0.1")


def note(**what):
    with open(OUT, "a") as f:
        f.write(json.dumps(what) + "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if MANNER == "reject":
            return "550 nobody here"
        if MANNER == "later":
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        note(helo=session.host_name, tls=server.transport.get_extra_info("ssl_object") is not None,
             user=getattr(session, "user", None), to=envelope.rcpt_tos,
             sender=envelope.mail_from,
             text=envelope.content.decode("utf-8"))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    from aiosmtpd.smtp import AuthResult
    good = (data.login, data.password) == (b"watch", b"dog pass")
    if good:
        session.user = "watch"
    return AuthResult(success=good)


def serve():
    from aiosmtpd.controller import Controller
    more = {}
    if MANNER in ("starttls", "secret", "tls"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[4], sys.argv[5])
        more["ssl_context" if MANNER == "tls" else "tls_context"] = context
    if MANNER == "secret":
        more.update(require_starttls=True, authenticator=authenticate,
                    auth_required=True)
    Controller(Handler(), hostname=HOST, port=PORT, **more).start()


def misbehave():
    held = []
    listener = socket.create_server((HOST, PORT))

    def loop():
        while True:
            client, _ = listener.accept()
            held.append(client)
            note(connected=True)
            if MANNER == "garbage":
                client.sendall(b"\x00\xff\x1b[31m 220\r\n" + os.urandom(999)
                               + b"\r\n")
                client.close()
    threading.Thread(target=loop, daemon=True).start()


(misbehave if MANNER in ("silent", "garbage") else serve)()
note(ready=True)
while True:
    time.sleep(1)
