# SPDX-License-Identifier: BSD-3-Clause
"""Frames that no good peer sends."""
import struct

ETHERTYPES = (0x0800, 0x86DD, 0x8100, 0x88A8, 0x0806, 0x8847, 0x88CC, 0x0027, 0xFFFF)


def random_frame(dice):
    """Random addresses, a type that leads into a parser, random octets.

    At least eight: a kernel drops a VLAN frame without content before a capture sees it.
    """
    length = dice.choice((8, 12, 20, 46, 60, 100, 500, 1400, 1486))
    return (b"\x02" + dice.randbytes(5) + b"\x02" + dice.randbytes(5)
            + struct.pack("!H", dice.choice(ETHERTYPES)) + dice.randbytes(length))


def random_packet(dice, source, target):
    """An IPv4 packet with a right checksum and address, and a wild payload, mostly TCP."""
    payload = dice.randbytes(dice.choice((0, 8, 19, 20, 21, 40, 60, 300, 1400)))
    protocol = dice.choice((6, 6, 6, 17, 1, 4, 41, 50))
    header = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), dice.getrandbits(16),
                                   dice.choice((0, 0, 0x4000, 0x2000, 0x00FF)), 64, protocol, 0,
                                   source, target))
    total = sum(struct.unpack("!10H", bytes(header)))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    header[10:12] = struct.pack("!H", ~total & 0xFFFF)
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + bytes(header) + payload


def damaged(dice, frame):
    """A frame that was good, with a few octets changed, cut or grown."""
    frame = bytearray(frame)
    for _ in range(dice.choice((1, 1, 2, 8))):
        frame[dice.randrange(len(frame))] = dice.getrandbits(8)
    how = dice.randrange(4)
    if how == 0:
        del frame[max(14, dice.randrange(len(frame))):]
    elif how == 1:
        frame += dice.randbytes(dice.randrange(1, 40))
    return bytes(frame[:1514])
