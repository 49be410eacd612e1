/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter: the one list of what cellgate counts, with the text that people read.
 *
 * Each worker owns one `struct counters`, on cache lines of its own. Only the owner adds; anybody may read at any time
 * (relaxed atomics: each number is whole, two numbers may be a few packets apart). Readers sum over the workers.
 * Counters only grow; nothing resets them. Verdicts are counted by reason, beside this list.
 *
 * It does not know time, rates or output formats.
 */
#ifndef CELLGATE_BASE_COUNTER_H
#define CELLGATE_BASE_COUNTER_H

#include "base/reason.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* X(SYMBOL, "name", "text"): names are stable. */
#define COUNTER_LIST(X)                                                                                                \
    X(RX_PACKETS, "rx_packets", "packets received")                                                                    \
    X(TX_PACKETS, "tx_packets", "packets sent, those that cellgate made included")                                     \
    X(TX_REFUSED, "tx_refused", "packets that a port did not take, dropped")                                           \
    X(FORWARDED_OTHER, "forwarded_other", "packets that are not TCP and that the policy lets pass")                    \
    X(DROPPED_OTHER, "dropped_other", "packets that are not TCP and that the policy does not let pass")                \
    X(DROPPED_NO_MEMORY, "dropped_no_memory", "packets dropped because a pool was empty")                              \
    X(DROPPED_BACKLOG, "dropped_backlog", "packets dropped because another worker's queue was full")                   \
    X(MALFORMED_FRAME, "malformed_frame", "frames whose headers do not fit their length")                              \
    X(TRUNCATED, "truncated", "frames shorter than their IP length")                                                   \
    X(FRAGMENT, "fragment", "IP fragments, dropped")                                                                   \
    X(CHECKSUM_BAD, "checksum_bad", "TCP segments or IPv4 headers with a wrong checksum, dropped")                     \
    X(CHECKSUM_PARTIAL, "checksum_partial", "TCP segments with a checksum that only offload hardware would complete")  \
    X(OUT_OF_WINDOW, "out_of_window", "segments outside the receiver's window, dropped")                               \
    X(PAWS_REJECTED, "paws_rejected", "segments with an old timestamp, dropped (RFC 7323)")                            \
    X(FLOWS_OPENED, "flows_opened", "flows opened")                                                                    \
    X(FLOWS_CLOSED, "flows_closed", "flows closed or aged out")                                                        \
    X(FLOWS_REFUSED, "flows_refused", "flows refused because the flow table was full")                                 \
    X(HANDSHAKES_REFUSED, "handshakes_refused", "handshakes refused because their number or memory was at its bound")  \
    X(HANDSHAKE_TOO_BIG, "handshake_too_big", "handshakes larger than one may be")                                     \
    X(HELD_PACKETS, "held_packets", "packets held back for a verdict")                                                 \
    X(HELD_RELEASED, "held_released", "held packets released")                                                         \
    X(HELD_DISCARDED, "held_discarded", "held packets discarded with their flow")                                      \
    X(HOLD_FULL, "hold_full", "segments dropped because a hold was full")                                              \
    X(HOLD_STALLED, "hold_stalled", "incomplete flights released early so that they could complete")                   \
    X(DUPLICATE_ABSORBED, "duplicate_absorbed", "retransmissions of held bytes, absorbed")                             \
    X(RETRANSMISSION_DIFFERS, "retransmission_differs", "retransmissions whose bytes differ from what was judged")     \
    X(TOMBSTONE_DROPPED, "tombstone_dropped", "packets of flows that were cut, dropped")                               \
    X(ALERTS_SENT, "alerts_sent", "TLS alerts sent in a cut")                                                          \
    X(RESETS_SENT, "resets_sent", "TCP resets sent in a cut")                                                          \
    X(RESETS_LIMITED, "resets_limited", "TCP resets not sent because of the rate limit")                               \
    X(CASES_JUDGED, "cases_judged", "cases given to the judge")                                                        \
    X(VERDICTS_STALE, "verdicts_stale", "verdicts that came after their flow had gone")                                \
    X(JUDGE_REFUSED, "judge_refused", "cases that the judge's queue had no room for")                                  \
    X(RECORDS_DROPPED, "records_dropped", "verdict records dropped because their queue was full")                      \
    X(WRONG_SIDE, "wrong_side", "packets that came in by the port on which their receiver is, dropped")

enum counter {
#define X(symbol, name, text) COUNTER_##symbol,
    COUNTER_LIST(X)
#undef X
        COUNTER_COUNT
};

struct counters {
    _Alignas(64) _Atomic uint64_t value[COUNTER_COUNT];
    _Atomic uint64_t accepted[REASON_COUNT]; /* verdicts by reason; in monitor mode: what would have happened */
    _Atomic uint64_t blocked[REASON_COUNT];
};

/* counter_add: adds `n`; only the thread that owns `counters` may call it, so a plain load and store is enough. */
static inline void counter_add(struct counters *counters, enum counter counter, uint64_t n)
{
    _Atomic uint64_t *value = &counters->value[counter];

    atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + n, memory_order_relaxed);
}

/* counter_verdict: counts one verdict by its reason; owner only. */
static inline void counter_verdict(struct counters *counters, bool accepted, enum reason reason)
{
    _Atomic uint64_t *value = accepted ? &counters->accepted[reason] : &counters->blocked[reason];

    atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* counter_get: the value as it is now; any thread. */
static inline uint64_t counter_get(const struct counters *counters, enum counter counter)
{
    return atomic_load_explicit(&counters->value[counter], memory_order_relaxed);
}

/* counter_name, counter_text: the stable name and a sentence for people; never NULL. */
const char *counter_name(enum counter counter);
const char *counter_text(enum counter counter);

#endif
