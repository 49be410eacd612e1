# SPDX-License-Identifier: BSD-3-Clause
"""What passes an interface: captures with directions, and raw frames out."""
import os
import select
import socket
import struct
import threading
import time

PACKET_OUTGOING = 4
ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35


class Capture:
    """Every frame on a peer's interface, as (time, leaves, bytes); stop() ends it.

    The time is the kernel's. `leaves` tells frames that the peer sends from those it gets. A VLAN tag that the
    kernel took off the frame is put back.
    """

    def __init__(self, namespace, interface="eth0"):
        self.frames = []
        with namespace:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
            self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self.socket.bind((interface, ETH_P_ALL))
        self.stopping = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while not self.stopping:
            if not select.select([self.socket], [], [], 0.05)[0]:
                continue
            frame, ancillary, _, address = self.socket.recvmsg(65536, 256)
            when = time.time()
            for level, kind, data in ancillary:
                if level == SOL_PACKET and kind == PACKET_AUXDATA:
                    frame = put_back_tag(frame, data)
                elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("=qq", data[:16])
                    when = seconds + nanoseconds * 1e-9
            self.frames.append((when, address[2] == PACKET_OUTGOING, frame))

    def stop(self):
        """Ends the capture once the wire is silent; once is enough."""
        if self.stopping:
            return self.frames
        silence(self)
        self.stopping = True
        self.thread.join()
        self.socket.close()
        return self.frames

    def sent(self):
        return [frame for _, leaves, frame in self.frames if leaves]

    def received(self):
        return [frame for _, leaves, frame in self.frames if not leaves]

    def save(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for when, _, frame in self.frames:
                file.write(struct.pack("=IIII", int(when), int(when % 1 * 1e6), len(frame),
                                       len(frame)) + frame)


def silence(*captures):
    """Returns once none of these has seen anything for a moment; gives a time in that moment."""
    seen = None
    while seen != [len(capture.frames) for capture in captures]:
        seen = [len(capture.frames) for capture in captures]
        time.sleep(0.1)
    return time.time() - 0.05


class Both:
    """`with Both(cell, partner, folder) as both:` records both wires; both.difference() compares.

    The captures start and end in silence, so that no frame is on its way between the two.
    They are kept as cell.pcap and partner.pcap in `folder`.
    """

    def __init__(self, cell, partner, folder):
        self.folder = folder
        self.cell, self.partner = Capture(cell), Capture(partner)

    def __enter__(self):
        self.start = silence(self.cell, self.partner)
        return self

    def __exit__(self, *_):
        end = silence(self.cell, self.partner)
        for capture, name in ((self.cell, "cell"), (self.partner, "partner")):
            capture.stop()
            capture.frames = [frame for frame in capture.frames if self.start < frame[0] < end]
            capture.save(os.path.join(self.folder, name + ".pcap"))

    def difference(self):
        """Says where what one end sent is not what the other got; "" where nothing differs."""
        if not self.cell.sent() or not self.partner.sent():
            return "nothing captured"
        return (difference(self.partner.sent(), self.cell.received())
                or difference(self.cell.sent(), self.partner.received()))


def put_back_tag(frame, auxdata):
    status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", auxdata[:20])
    if not status & TP_STATUS_VLAN_VALID:
        return frame
    if not status & TP_STATUS_VLAN_TPID_VALID:
        tpid = 0x8100
    return frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]


def difference(sent, received):
    """Says where two lists of frames differ; "" where they are equal."""
    for number, (one, other) in enumerate(zip(sent, received)):
        if one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b),
                      min(len(one), len(other)))
            return f"frame {number} differs at octet {at} ({len(one)} and {len(other)} octets)"
    if len(sent) != len(received):
        return f"{len(sent)} frames sent, {len(received)} received"
    return ""


def raw_sender(namespace, interface="eth0"):
    """A socket whose send() puts a frame on the interface as it is."""
    with namespace:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        raw.bind((interface, 0))
    return raw
