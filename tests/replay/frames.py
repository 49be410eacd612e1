# SPDX-License-Identifier: BSD-3-Clause
"""TCP segments of a pcap file, read without any of cellgate's own code, and their checksums."""
import collections
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

Segment = collections.namedtuple("Segment", "source dest seq ack flags payload frame checksums_ok time_us")


def frames(path):
    """(time in us, frame) of each frame."""
    data = open(path, "rb").read()
    at = 24
    while at + 16 <= len(data):
        seconds, micros, kept, _ = struct.unpack_from("<IIII", data, at)
        yield seconds * 1_000_000 + micros, data[at + 16:at + 16 + kept]
        at += 16 + kept


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(frame, time_us=0):
    """The TCP segment in an Ethernet frame with IPv4 or IPv6 (no extension headers), tags allowed; None for others."""
    at = 12
    kind = struct.unpack_from("!H", frame, at)[0]
    while kind in (0x8100, 0x88A8):
        at += 4
        kind = struct.unpack_from("!H", frame, at)[0]
    at += 2
    if kind == 0x0800 and frame[at + 9] == 6:
        header = (frame[at] & 15) * 4
        end = at + struct.unpack_from("!H", frame, at + 2)[0]
        source, dest = frame[at + 12:at + 16], frame[at + 16:at + 20]
        ip_ok = checksum(frame[at:at + header]) == 0
    elif kind == 0x86DD and frame[at + 6] == 6:
        header = 40
        end = at + 40 + struct.unpack_from("!H", frame, at + 4)[0]
        source, dest = frame[at + 8:at + 24], frame[at + 24:at + 40]
        ip_ok = True
    else:
        return None
    tcp = frame[at + header:end]
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", tcp)
    length = struct.pack("!I", len(tcp)) if kind == 0x86DD else struct.pack("!H", len(tcp))
    pseudo = source + dest + (length + b"\0\0\0\x06" if kind == 0x86DD else b"\0\x06" + length)
    return Segment((source, sport), (dest, dport), seq, ack, flags, tcp[(offset >> 4) * 4:], frame,
                   ip_ok and checksum(pseudo + tcp) == 0, time_us)


def flows(path):
    """{(client end, server end): [Segment]}: the client is who sent the SYN; segments in the file's order."""
    out = collections.OrderedDict()
    for time_us, frame in frames(path):
        found = segment(frame, time_us)
        if found is None:
            continue
        key = (found.source, found.dest)
        back = (found.dest, found.source)
        if back in out:
            key = back
        out.setdefault(key, []).append(found)
    return out
