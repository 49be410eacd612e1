/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ends: two TCP hosts on either side of a box, with wires that lose, delay and repeat packets.
 *
 * Each end is a small TCP of its own (RFC 9293 as far as a connection with data in both directions needs it: windows, window
 * scale, time stamps with PAWS, slow start from a settable first window, a retransmission timer, exact resets of
 * RFC 5961), and says what a script tells it once it has received so many bytes.
 */
#ifndef CELLGATE_TESTS_ENDS_H
#define CELLGATE_TESTS_ENDS_H

#include "flights.h"
#include "harness.h"

#define ENDS_SCRIPT_MAX 6
#define ENDS_BYTES_MAX  (512U * 1024U)
#define ENDS_TRANSIT    4096

enum end_state { END_CLOSED = 0, END_LISTEN, END_SYN_SENT, END_SYN_RECEIVED, END_UP, END_RESET };

/* After `received` bytes in all, say these. */
struct line {
    uint32_t received;
    const struct flight *say;
};

struct end {
    uint8_t index; /* 0: client, 1: server */
    enum end_state state;
    /* to be set before the start */
    uint32_t isn;
    uint32_t mss;
    uint32_t first_window; /* segments sent before the first acknowledgement */
    uint32_t window;       /* bytes that it takes */
    uint8_t scale;         /* shift; 0: no option */
    bool timestamps;
    bool closes;           /* FIN after the last line */
    uint32_t closes_after; /* received bytes before its FIN */
    struct line script[ENDS_SCRIPT_MAX];
    /* what it has become */
    size_t next_line;
    uint32_t out_len;
    uint32_t una;
    uint32_t nxt;
    uint32_t highest;
    uint64_t cwnd;
    uint32_t peer_window;
    uint8_t peer_scale;
    bool scaled;
    bool stamped;
    uint32_t timestamp_recent;
    int64_t rto_us;
    int64_t rto_at_us;
    uint32_t peer_isn;
    uint32_t in_len;
    bool peer_fin;
    uint32_t peer_fin_at;
    uint32_t retransmissions;
    uint32_t resets_seen;
    uint8_t out[ENDS_BYTES_MAX];
    uint8_t in[ENDS_BYTES_MAX];
    bool have[ENDS_BYTES_MAX];
};

struct transit {
    int64_t at_us;
    uint64_t order;
    bool to_box;
    uint8_t side; /* the box's port, or the one that the end is at */
    uint32_t len;
    uint8_t *frame;
};

struct ends {
    struct world *world;
    struct end end[2];
    bool ipv6;
    uint16_t vlan[2];
    uint16_t client_port;
    /* the wires; chances in 1/1000 */
    int64_t delay_us;
    int64_t jitter_us;
    uint32_t lost_before; /* between the sender and the box */
    uint32_t lost_behind; /* between the box and the receiver */
    uint32_t repeated;
    bool identity; /* what comes in must leave at once, the same */
    uint64_t seed;
    uint64_t order;
    size_t num_transit;
    struct transit transit[ENDS_TRANSIT];
    uint32_t alerts_seen;
};

/* ends_new: two ends with usual values around `world` (borrowed). */
struct ends *ends_new(struct world *world);
void ends_free(struct ends *ends);

/* ends_say: `end` says `flight` (borrowed) after it has received `received` bytes. */
void ends_say(struct ends *ends, int end, uint32_t received, const struct flight *flight);

/* ends_connect: the client sends its SYN. */
void ends_connect(struct ends *ends);

/* ends_run: lets `us` pass. */
void ends_run(struct ends *ends, int64_t us);

/* ends_random: a number below `limit`. */
uint32_t ends_random(struct ends *ends, uint32_t limit);

/* ends_reset: the end aborts its connection. */
void ends_reset(struct ends *ends, int end);

/* ends_delivered: true when `to` has received exactly what the other end's script says. */
bool ends_delivered(const struct ends *ends, int to);

/* ends_prefix: true when what `to` has received is the beginning of what the other end sent. */
bool ends_prefix(const struct ends *ends, int to);

#endif
