# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Sends one frame again and again from a node until told otherwise: a router
that a test makes up."""

import socket
import threading


class Feed:
    """Sends `frame` on the node's interface every `every` seconds; a context
    manager.  .sent counts."""

    def __init__(self, node, ifname, frame, every=0.02):
        self.frame, self.every, self.sent = frame, every, 0
        self._stop = threading.Event()
        self._socket = node.call(lambda: self._open(ifname))
        self._thread = threading.Thread(target=self._run, daemon=True)

    @staticmethod
    def _open(ifname):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind((ifname, 0))
        return sock

    def _run(self):
        while not self._stop.wait(self.every):
            self._socket.send(self.frame)
            self.sent += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_args):
        self._stop.set()
        self._thread.join()
        self._socket.close()


def send_once(node, ifname, frame, times=1):
    """Sends the frame at once, `times` times."""
    sock = node.call(lambda: Feed._open(ifname))
    for _ in range(times):
        sock.send(frame)
    sock.close()
