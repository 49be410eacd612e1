# SPDX-License-Identifier: BSD-3-Clause
"""Byte streams as TCP flows in a capture file, cut into segments of a given size.

One Flow at a time is written whole: SYN, SYN-ACK, ACK, the data of both sides in turns, FIN and FIN. Checksums are right
in the IPv4 header and left out in TCP (readers are told to ignore them), since millions of segments are made.
"""
import struct

START_US = 1_700_000_000_000_000
ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def ip_checksum(header):
    total = sum(struct.unpack("!%dH" % (len(header) // 2), header))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    """A pcap file of Ethernet frames; the time runs by 10 us a frame."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.now = START_US

    def frame(self, data):
        self.now += 10
        self.file.write(struct.pack("<IIII", self.now // 1_000_000, self.now % 1_000_000, len(data), len(data)))
        self.file.write(data)

    def close(self):
        self.file.close()


class Flow:
    """One TCP connection from 10.9.x.x (client) to 10.4.0.1:443 (server)."""

    def __init__(self, capture, number, size):
        self.capture = capture
        self.size = size
        self.address = [bytes((10, 9, number >> 8 & 255, number & 255)), bytes((10, 4, 0, 1))]
        self.port = [20000 + (number >> 16), 443]
        self.seq = [1000, 5_000_000]
        self.send(0, SYN)
        self.seq[0] += 1
        self.send(1, SYN | ACK)
        self.seq[1] += 1
        self.send(0, ACK)

    def send(self, side, flags, data=b""):
        source, other = self.address[side], self.address[1 - side]
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0x4000, 64, 6, 0, source, other)
        ip = ip[:10] + struct.pack("!H", ip_checksum(ip)) + ip[12:]
        ack = self.seq[1 - side] if flags & ACK else 0
        tcp = struct.pack("!HHIIBBHHH", self.port[side], self.port[1 - side], self.seq[side] & 0xFFFFFFFF,
                          ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0)
        self.capture.frame(ETHERNET + ip + tcp + data)

    def data(self, side, stream):
        """Sends `stream` in segments, acknowledged by the other side at least every 32 kB."""
        unacked = 0
        for at in range(0, len(stream), self.size):
            piece = stream[at:at + self.size]
            self.send(side, ACK | PSH, piece)
            self.seq[side] += len(piece)
            unacked += len(piece)
            if unacked >= 32768:
                self.send(1 - side, ACK)
                unacked = 0
        if unacked:
            self.send(1 - side, ACK)

    def close(self):
        for side in (0, 1):
            self.send(side, FIN | ACK)
            self.seq[side] += 1
        self.send(0, ACK)
