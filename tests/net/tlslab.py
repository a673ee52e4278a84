# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Certificates for tests of TLS, made for the moment, and TLS servers with
one fault each (handlers for checklab.Peer)."""

import datetime
import os
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checklab import reset


class Cert:
    """A certificate with its key; .pem is a file of both."""

    def __init__(self, folder, name, issuer=None, days=90, names=(),
                 password=None):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.utcnow()
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(
            issuer.cert.subject if issuer else subject).public_key(
            key.public_key()).serial_number(x509.random_serial_number()) \
            .not_valid_before(now - datetime.timedelta(days=400)) \
            .not_valid_after(now + datetime.timedelta(days=days, hours=1)) \
            .add_extension(x509.BasicConstraints(issuer is None, None), True)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(
                [x509.DNSName(n) for n in names]), False)
        self.key = key
        self.cert = made.sign(issuer.key if issuer else key, hashes.SHA256())
        self.pem = os.path.join(str(folder), name.replace(" ", "-") + ".pem")
        self.write(self.pem, password)

    def write(self, path, password=None):
        how = serialization.NoEncryption() if password is None else \
            serialization.BestAvailableEncryption(password.encode())
        pem = serialization.Encoding.PEM
        with open(path, "wb") as f:
            f.write(self.cert.public_bytes(pem))
            f.write(self.key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, how))


class Pki:
    """A CA, what it signed, and what it did not."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.ca = Cert(folder, "ca")
        self.other_ca = Cert(folder, "other ca")

    def cert(self, name="www", **more):
        more.setdefault("issuer", self.ca)
        return Cert(self.folder, name, **{"names": [name], **more})


ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"


def https(cert, answer=ANSWER):
    """A handler that answers each request in order, then says goodbye; what
    the client said at its end is put into peer.seen."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert.pem)
    context.options &= ~0x80  # SSL_OP_IGNORE_UNEXPECTED_EOF: tell them apart

    def handler(client, peer):
        try:
            with context.wrap_socket(client, server_side=True,
                                     suppress_ragged_eofs=False) as tls:
                while b"\r\n\r\n" not in tls.recv(4096):
                    pass
                tls.sendall(answer)
                try:
                    peer.seen.append("close_notify" if tls.recv(100) == b""
                                     else "more")
                except ssl.SSLError:  # by its version: SSLEOFError
                    peer.seen.append("closed")
        except (ssl.SSLError, OSError) as e:
            peer.seen.append(repr(e))
    return handler


def flight(cert, hello):
    """The first bytes that a server sends to this hello."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert.pem)
    inside, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(inside, out, server_side=True)
    inside.write(hello)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def cut(cert, share, how=reset):
    """Ends the connection when this share of the server's first flight is
    out."""
    def handler(client, peer):
        data = flight(cert, client.recv(4096))
        client.sendall(data[:int(len(data) * share)])
        how(client)
    return handler


def drip(cert, pause=0.2):
    """A handshake byte by byte: never too slow for one read, never done."""
    def handler(client, peer):
        for byte in flight(cert, client.recv(4096)):
            client.sendall(bytes([byte]))
            if peer.ended.wait(pause):
                return
    return handler


def reset_at_once(client, peer):
    reset(client)


def reset_after_hello(client, peer):
    client.recv(4096)
    reset(client)


def close_after_hello(client, peer):
    client.recv(4096)
    client.shutdown(socket.SHUT_WR)


def mute(client, peer):
    peer.ended.wait(30)


def plain_http(client, peer):
    client.recv(4096)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def alert(client, peer):
    client.recv(4096)
    client.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))  # fatal handshake_failure


def garbage(client, peer):
    client.recv(4096)
    client.sendall(bytes([22, 3, 3, 0, 200]) + bytes(range(200)))
