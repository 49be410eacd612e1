/* SPDX-License-Identifier: BSD-3-Clause */
#include "mint_wire.h"

#include "mint_random.h"

#include <errno.h>
#include <string.h>

#define ETHERNET_LEN 14
#define IP_LEN       20
#define TCP_LEN      20
#define OPTIONS_LEN  12
#define PCAP_MAGIC   0xa1b2c3d4U /* microseconds */
#define US_PER_S     1000000U

#define FIN 0x01
#define SYN 0x02
#define PSH 0x08
#define ACK 0x10

static void put_be16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_be32(uint8_t *at, uint32_t value)
{
    put_be16(at, value >> 16);
    put_be16(at + 2, value & 0xffff);
}

/* RFC 1071, over `len` bytes after `sum`. */
static uint32_t add_up(uint32_t sum, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(at[i] << 8 | at[i + 1]);
    if (len % 2)
        sum += (uint32_t)(at[len - 1] << 8);
    return sum;
}

static uint32_t checksum(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void write_frame(struct mint_wire *wire, const uint8_t *frame, size_t len)
{
    /* Written as on a little-endian machine, wherever this runs: the same seed gives the same file. */
    const uint32_t fields[] = {(uint32_t)(wire->time_us / US_PER_S), (uint32_t)(wire->time_us % US_PER_S),
                               (uint32_t)len, (uint32_t)len};
    uint8_t header[16];

    for (size_t i = 0; i < 16; i++)
        header[i] = (uint8_t)(fields[i / 4] >> (8 * (i % 4)));
    if (fwrite(header, sizeof(header), 1, wire->out) != 1 || fwrite(frame, len, 1, wire->out) != 1)
        mint_die("cannot write the capture: %s", strerror(errno));
    wire->time_us += wire->gap_us;
    wire->num_frames++;
    wire->num_bytes += len;
}

static void fill_ethernet(uint8_t *at, enum mint_side from)
{
    static const uint8_t mac[MINT_SIDES][6] = {
        [MINT_CLIENT] = {2, 0, 0, 0, 0, 0xc1}, [MINT_SERVER] = {2, 0, 0, 0, 0, 0x5e}};

    memcpy(at, mac[from == MINT_CLIENT ? MINT_SERVER : MINT_CLIENT], 6);
    memcpy(at + 6, mac[from], 6);
    put_be16(at + 12, 0x0800);
}

static void fill_ip(uint8_t *at, struct mint_connection *connection, enum mint_side from, size_t len)
{
    enum mint_side to = from == MINT_CLIENT ? MINT_SERVER : MINT_CLIENT;

    memset(at, 0, IP_LEN);
    at[0] = 0x45;
    put_be16(at + 2, (uint32_t)len);
    put_be16(at + 4, connection->ip_id[from]++);
    put_be16(at + 6, 0x4000); /* don't fragment */
    at[8] = 64;
    at[9] = 6;
    memcpy(at + 12, connection->address[from], 4);
    memcpy(at + 16, connection->address[to], 4);
    put_be16(at + 10, checksum(add_up(0, at, IP_LEN)));
}

static void segment(struct mint_wire *wire, struct mint_connection *connection, enum mint_side from, uint8_t flags,
                    const uint8_t *data, size_t len)
{
    const uint8_t options[OPTIONS_LEN] = {2, 4, (uint8_t)(wire->mss >> 8), (uint8_t)wire->mss, 4, 2, 1, 3, 3, 7, 1, 1};
    enum mint_side to = from == MINT_CLIENT ? MINT_SERVER : MINT_CLIENT;
    size_t header_len = TCP_LEN + (flags & SYN ? OPTIONS_LEN : 0);
    uint8_t frame[ETHERNET_LEN + IP_LEN + TCP_LEN + OPTIONS_LEN + MINT_MSS_MAX];
    uint8_t *ip = frame + ETHERNET_LEN;
    uint8_t *tcp = ip + IP_LEN;

    fill_ethernet(frame, from);
    fill_ip(ip, connection, from, IP_LEN + header_len + len);
    memset(tcp, 0, TCP_LEN);
    put_be16(tcp, connection->port[from]);
    put_be16(tcp + 2, connection->port[to]);
    put_be32(tcp + 4, connection->seq[from]);
    if (flags & ACK)
        put_be32(tcp + 8, connection->seq[to]);
    tcp[12] = (uint8_t)(header_len << 2);
    tcp[13] = flags;
    put_be16(tcp + 14, flags & SYN ? 64240 : 502);
    if (flags & SYN)
        memcpy(tcp + TCP_LEN, options, OPTIONS_LEN);
    if (len != 0)
        memcpy(tcp + header_len, data, len);
    put_be16(tcp + 16,
             checksum(add_up(6 + (uint32_t)(header_len + len) + add_up(0, ip + 12, 8), tcp, header_len + len)));
    connection->seq[from] += (uint32_t)len + (flags & (SYN | FIN) ? 1 : 0);
    write_frame(wire, frame, ETHERNET_LEN + IP_LEN + header_len + len);
}

void mint_wire_init(struct mint_wire *wire, FILE *out, uint64_t start_us, uint32_t gap_us, uint32_t mss)
{
    static const uint32_t fields[] = {PCAP_MAGIC, 2 | 4U << 16, 0, 0, 65535, 1};
    uint8_t header[24];

    *wire = (struct mint_wire){.out = out, .time_us = start_us, .gap_us = gap_us, .mss = mss};
    for (size_t i = 0; i < sizeof(header); i++)
        header[i] = (uint8_t)(fields[i / 4] >> (8 * (i % 4)));
    if (fwrite(header, sizeof(header), 1, out) != 1)
        mint_die("cannot write the capture: %s", strerror(errno));
}

void mint_wire_open(struct mint_wire *wire, struct mint_connection *connection)
{
    segment(wire, connection, MINT_CLIENT, SYN, NULL, 0);
    segment(wire, connection, MINT_SERVER, SYN | ACK, NULL, 0);
    segment(wire, connection, MINT_CLIENT, ACK, NULL, 0);
}

void mint_wire_send(struct mint_wire *wire, struct mint_connection *connection, enum mint_side side,
                    const uint8_t *data, size_t len)
{
    for (size_t at = 0; at < len; at += wire->mss) {
        size_t part = len - at < wire->mss ? len - at : wire->mss;

        segment(wire, connection, side, at + part == len ? PSH | ACK : ACK, data + at, part);
    }
}

void mint_wire_ack(struct mint_wire *wire, struct mint_connection *connection, enum mint_side side)
{
    segment(wire, connection, side, ACK, NULL, 0);
}

void mint_wire_close(struct mint_wire *wire, struct mint_connection *connection)
{
    segment(wire, connection, MINT_CLIENT, FIN | ACK, NULL, 0);
    segment(wire, connection, MINT_SERVER, FIN | ACK, NULL, 0);
    segment(wire, connection, MINT_CLIENT, ACK, NULL, 0);
}

void mint_wire_finish(struct mint_wire *wire)
{
    if (fflush(wire->out) != 0)
        mint_die("cannot write the capture: %s", strerror(errno));
}
