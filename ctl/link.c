/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/link.h"

#include <pcap/dlt.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define PPP_IPV4       0x0021
#define PPP_IPV6       0x0057

bool ctl_link_ethernet(int link_type)
{
    return link_type == DLT_EN10MB;
}

bool ctl_link_known(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW:
    case 14: /* DLT_RAW of OpenBSD, as some files have it */
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_PPP:
    case DLT_PPP_SERIAL:
    case DLT_C_HDLC:
        return true;
    default:
        return false;
    }
}

/* by_version: raw IP says what it is in its first four bits. */
static bool by_version(const struct bytes *packet, uint16_t *ethertype)
{
    if (bytes_done(packet))
        return false;
    switch (packet->at[0] >> 4) {
    case 4:
        *ethertype = ETHERTYPE_IPV4;
        return true;
    case 6:
        *ethertype = ETHERTYPE_IPV6;
        return true;
    default:
        return false;
    }
}

/* find_ppp: RFC 1661 and 1662: HDLC address and control may stand first, and the protocol may be one byte. */
static bool find_ppp(struct bytes *frame, uint16_t *ethertype)
{
    uint8_t first;
    uint8_t second;
    uint16_t protocol;

    if (frame->left >= 2 && frame->at[0] == 0xff && frame->at[1] == 0x03 && !bytes_skip(frame, 2))
        return false;
    if (!bytes_u8(frame, &first))
        return false;
    if (first & 1) {
        protocol = first; /* protocol field compression */
    } else {
        if (!bytes_u8(frame, &second))
            return false;
        protocol = (uint16_t)(first << 8 | second);
    }
    *ethertype = protocol == PPP_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    return protocol == PPP_IPV4 || protocol == PPP_IPV6;
}

bool ctl_link_find(struct bytes *frame, uint16_t *ethertype, int link_type)
{
    switch (link_type) {
    case DLT_LINUX_SLL: /* type, address type, address length, address, protocol */
        return bytes_skip(frame, 14) && bytes_u16(frame, ethertype);
    case DLT_LINUX_SLL2: /* protocol first, 20 bytes in all */
        return bytes_u16(frame, ethertype) && bytes_skip(frame, 18);
    case DLT_NULL: /* an address family, in numbers and byte order of whoever wrote the file: the packet says it better */
    case DLT_LOOP:
        return bytes_skip(frame, 4) && by_version(frame, ethertype);
    case DLT_PPP:
    case DLT_PPP_SERIAL:
        return find_ppp(frame, ethertype);
    case DLT_C_HDLC:
        return bytes_skip(frame, 2) && bytes_u16(frame, ethertype);
    case DLT_EN10MB:
        return bytes_skip(frame, 12) && bytes_u16(frame, ethertype);
    default:
        return by_version(frame, ethertype);
    }
}
