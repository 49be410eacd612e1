/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * segment: would the receiver take this TCP segment, and what does it say about the other direction?
 *
 * Gate rule 5: a segment that the host would refuse is refused by us as well, before it can tell us anything. In the order
 * of RFC 9293 3.10.7.4 and RFC 7323 5.3: time stamp, window, acknowledgement. The receiver's state is what its own
 * acknowledgements have said on their way through the box; a newer one that the box has not seen can't have reached
 * the sender either, except one that was lost behind the box, which only makes the window look smaller than it is.
 *
 * In monitor mode nothing is refused for its window or its acknowledgement: packets may be missing from what is heard.
 *
 * Threads: the box's owner. It counts and drops nothing.
 */
#ifndef CELLGATE_DATAPLANE_SEGMENT_H
#define CELLGATE_DATAPLANE_SEGMENT_H

#include "dataplane/handshake.h"

enum dp_segment_result {
    DP_SEGMENT_GOOD = 1,
    DP_SEGMENT_OLD,      /* everything in it has been acknowledged, or a keep-alive: may pass, says nothing */
    DP_SEGMENT_REFUSED,  /* outside the window, or acknowledges what was never sent */
    DP_SEGMENT_OUTDATED, /* PAWS, RFC 7323 5 */
};

/* dp_segment_check: judges a segment of `side` (enum case_side of its sender) that is neither SYN nor RST. */
enum dp_segment_result dp_segment_check(const struct dp_handshake *handshake, int side, const struct dp_packet *p,
                                        bool observed);

/* dp_segment_note: takes in what a good segment says: acknowledgement, window, time stamp. */
void dp_segment_note(struct dp_handshake *handshake, int side, const struct dp_packet *p);

/* dp_segment_reset_counts: true when the receiver of a RST from `side` will believe it, or may: its sequence number lies
 * in the window. */
bool dp_segment_reset_counts(const struct dp_handshake *handshake, int side, const struct dp_packet *p);

#endif
