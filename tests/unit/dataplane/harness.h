/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * harness: a box in a world of its own: virtual time, packets over memory of exactly their length, a judge that says what
 * the test wants.
 *
 * EAL is started once per process by world_start(). A world steps its box, hands every case to the double of the judge and
 * collects what leaves, each frame checked by dp_parse() (checksums too), in order.
 */
#ifndef CELLGATE_TESTS_HARNESS_H
#define CELLGATE_TESTS_HARNESS_H

#include "dataplane/box.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_PORT 443
#define WORLD_CASES 256

/* How a world differs from the usual one; 0 is usual. */
struct world_config {
    bool monitor;
    bool follow_mid_stream;
    bool mid_stream_passes;
    bool overload_passes;
    bool not_tls_passes;
    uint32_t flows_max;
    uint32_t handshakes_max;
    size_t handshake_memory;
    uint32_t handshake_bytes_max;
    uint32_t held_packets_max;
    uint32_t held_per_flow_max;
    uint32_t resets_per_s;
};

/* What the judge says. */
enum answer {
    ANSWER_ACCEPT = 0,
    ANSWER_BLOCK_SERVER, /* refuses the server's certificate at the first occasion */
    ANSWER_BLOCK_CLIENT, /* accepts the server's part, refuses the flow */
    ANSWER_NEVER,        /* keeps the case */
};

struct waiting_case {
    struct val_case *c;
    int64_t due_us;
};

struct world {
    struct dp_box *box;
    struct counters counters;
    struct val_policy *policy;
    int64_t now_us;
    enum answer answer;
    int64_t judge_us; /* how long a verdict takes */
    struct waiting_case waiting[WORLD_CASES];
    size_t num_waiting;
    struct val_verdict last; /* the newest record */
    uint64_t last_case_reasons;
    uint32_t num_records;
    uint32_t segment_len; /* packets are split into mbufs of so many bytes; 0: one */
};

/* One TCP segment, to be made or as parsed. */
struct segment {
    uint8_t from; /* 0: the client (outside, 203.0.113.20), 1: the server (inside, 10.4.0.7) */
    bool ipv6;
    uint16_t vlan[2]; /* 0: no tag */
    uint16_t client_port;
    uint8_t flags;
    uint32_t seq;
    uint32_t ack;
    uint16_t window;
    uint16_t mss;  /* 0: no option */
    uint8_t scale; /* shift + 1 */
    bool has_timestamp;
    uint32_t timestamp;
    uint32_t timestamp_echo;
    const uint8_t *payload;
    uint32_t payload_len;
    bool bad_checksum;
    bool wrong_side; /* comes in by the other port */
};

/* A frame that left, or one to come. */
struct sight {
    uint8_t frame[12 * 1024];
    uint32_t len;
    uint8_t side;       /* the port that it left by */
    struct dp_packet p; /* as dp_parse() sees it */
};

/* world_start: EAL, once. */
void world_start(void);

/* world_new, world_free: world_free() checks that every packet has come back. */
struct world *world_new(const struct world_config *config);
void world_free(struct world *world);

/* world_policy: compiles the policy of `config`. */
struct val_policy *world_policy(const struct world_config *config);

/* world_frame: writes the frame of a segment; its length. */
uint32_t world_frame(uint8_t *out, const struct segment *segment);

/* world_push_frame: a frame comes in by `side`. */
void world_push_frame(struct world *world, uint8_t side, const uint8_t *frame, uint32_t len);

/* world_push: a segment comes in by the port of its sender. */
void world_push(struct world *world, const struct segment *segment);

/* world_push_burst: several segments from the same end at once. */
void world_push_burst(struct world *world, const struct segment segments[], uint16_t num);

/* world_turn: ticks, asks the judge, gives the verdicts that are due, reads the records. */
void world_turn(struct world *world);

/* world_later: time passes, with a turn every millisecond. */
void world_later(struct world *world, int64_t us);

/* world_next: the next frame that leaves by `side`; false when there is none. */
bool world_next(struct world *world, uint8_t side, struct sight *out);

/* world_drain: forgets what would leave; how many frames. */
uint32_t world_drain(struct world *world);

/* world_end: dp_box_end() until nothing is left. */
void world_end(struct world *world);

/* world_fill: how full the box is. */
struct dp_box_fill world_fill(const struct world *world);

uint64_t world_count(const struct world *world, enum counter counter);

#endif
