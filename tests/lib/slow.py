# SPDX-License-Identifier: BSD-3-Clause
"""A relay in front of a server that lets its answer out in pieces, as slowly as a test wants."""
import socket
import threading


class SlowServer:
    """Listens on (address, port) in `namespace` and relays to the same address on `behind`.

    The first `first` octets from the server pass at once; the rest waits until go() is called.
    From client to server everything passes.
    """

    def __init__(self, namespace, address, port, behind, first):
        self.namespace, self.address, self.behind, self.first = namespace, address, behind, first
        self.gate = threading.Event()
        self.sockets = []
        with namespace:
            self.listener = socket.create_server((address, port))
        self._thread(self._accept)

    @staticmethod
    def _thread(function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.namespace:
                server = socket.create_connection((self.address, self.behind))
            self.sockets += [client, server]
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._thread(self._copy, client, server, None)
            self._thread(self._copy, server, client, self.first)

    def _copy(self, source, target, left):
        try:
            while True:
                data = source.recv(65536 if not left else left)
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
                if left is not None:
                    left = max(left - len(data), 0)
                    if not left:
                        self.gate.wait(60)
                        left = None
        except OSError:
            pass

    def go(self):
        self.gate.set()

    def stop(self):
        self.gate.set()
        for one in [self.listener] + self.sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)      # wakes the thread that reads from it
            except OSError:
                pass
            one.close()
