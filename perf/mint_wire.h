/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mint_wire: a TCP connection over IPv4 and Ethernet, as frames in a pcap file.
 *
 * The frames are what a port between two well-behaved hosts would see: MSS and window scale in the SYNs, segments of at
 * most MSS bytes, every segment acknowledges all that came before it, checksums right, clock going forward.
 *
 * Order of calls: mint_wire_init(); for each connection mint_wire_open(), mint_wire_send(), mint_wire_ack(),
 * mint_wire_close(), mixed with those of other connections at will; mint_wire_finish(). A file that cannot be written
 * ends the program.
 */
#ifndef CELLGATE_PERF_MINT_WIRE_H
#define CELLGATE_PERF_MINT_WIRE_H

#include "mint_people.h"

#define MINT_MSS_MAX 1460

struct mint_wire {
    FILE *out;
    uint64_t time_us; /* of the next frame, since 1970 */
    uint32_t gap_us;  /* between two frames */
    uint32_t mss;     /* bytes in a segment at most: 1 to MINT_MSS_MAX */
    uint64_t num_frames;
    uint64_t num_bytes;
};

struct mint_connection {
    uint8_t address[MINT_SIDES][4];
    uint16_t port[MINT_SIDES];
    uint32_t seq[MINT_SIDES]; /* of the next byte that this side sends */
    uint16_t ip_id[MINT_SIDES];
};

/* mint_wire_init: writes the file's header. `out` is borrowed until mint_wire_finish(). */
void mint_wire_init(struct mint_wire *wire, FILE *out, uint64_t start_us, uint32_t gap_us, uint32_t mss);

/* mint_wire_open: SYN, SYN-ACK, ACK. `connection` has addresses, ports and first sequence numbers. */
void mint_wire_open(struct mint_wire *wire, struct mint_connection *connection);

/* mint_wire_send: `len` bytes from `side`, in as many segments as they need. */
void mint_wire_send(struct mint_wire *wire, struct mint_connection *connection, enum mint_side side,
                    const uint8_t *data, size_t len);

/* mint_wire_ack: an empty segment from `side`. */
void mint_wire_ack(struct mint_wire *wire, struct mint_connection *connection, enum mint_side side);

/* mint_wire_close: FIN from the client, FIN from the server, the last ACK. */
void mint_wire_close(struct mint_wire *wire, struct mint_connection *connection);

/* mint_wire_finish: flushes; ends the program if anything could not be written. */
void mint_wire_finish(struct mint_wire *wire);

#endif
