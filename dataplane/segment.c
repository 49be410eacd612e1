/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/segment.h"

/* Offsets are compared as signed distances: a direction has at most 2^30 bytes on their way (RFC 7323 2.3). */
static int64_t offset_in(const struct dp_half *half, uint32_t seq)
{
    return (int32_t)(seq - half->base);
}

static uint32_t room_taken(const struct dp_packet *p)
{
    return p->payload_len + ((p->tcp_flags & DP_TCP_FIN) != 0 ? 1 : 0);
}

static bool is_old(const struct dp_half *half, int64_t offset, uint32_t len)
{
    if (len == 0)
        return offset < half->acked;
    return offset + len <= half->acked;
}

enum dp_segment_result dp_segment_check(const struct dp_handshake *handshake, int side, const struct dp_packet *p,
                                        bool observed)
{
    const struct dp_half *half = &handshake->half[side];
    const struct dp_half *other = &handshake->half[!side];
    int64_t offset = offset_in(half, p->seq);
    int64_t acknowledged = offset_in(other, p->ack);

    if (handshake->timestamps && p->has_timestamp && (int32_t)(p->timestamp - half->timestamp) < 0)
        return DP_SEGMENT_OUTDATED;
    if (!handshake->strict)
        return half->has_base && offset + p->payload_len <= 0 && p->payload_len != 0 ? DP_SEGMENT_OLD : DP_SEGMENT_GOOD;
    if (is_old(half, offset, room_taken(p)))
        return DP_SEGMENT_OLD;
    if (offset < 0)
        return DP_SEGMENT_REFUSED;
    if (observed)
        return DP_SEGMENT_GOOD;
    /* one byte more than the window: a probe (RFC 9293 3.8.6.1) */
    if (offset + p->payload_len > (int64_t)half->window_edge + 1)
        return DP_SEGMENT_REFUSED;
    if (acknowledged < 0 || acknowledged > (int64_t)other->sent + other->fin_sent)
        return DP_SEGMENT_REFUSED;
    return DP_SEGMENT_GOOD;
}

void dp_segment_note(struct dp_handshake *handshake, int side, const struct dp_packet *p)
{
    struct dp_half *half = &handshake->half[side];
    struct dp_half *other = &handshake->half[!side];
    uint32_t offset = p->seq - half->base;
    uint32_t acknowledged = p->ack - other->base;
    uint32_t window_edge = acknowledged + ((uint32_t)p->window << half->scale);

    if (!handshake->strict)
        return;
    if ((int32_t)(acknowledged - other->acked) > 0)
        other->acked = acknowledged;
    if ((int32_t)(window_edge - other->window_edge) > 0)
        other->window_edge = window_edge;
    if ((int32_t)(offset + room_taken(p) - half->seen) > 0)
        half->seen = offset + room_taken(p);
    /* RFC 7323 4.3, (2): only a segment that begins at or before the last acknowledgement */
    if (handshake->timestamps && p->has_timestamp && (int32_t)(offset - half->acked) <= 0)
        half->timestamp = p->timestamp;
}

bool dp_segment_reset_counts(const struct dp_handshake *handshake, int side, const struct dp_packet *p)
{
    const struct dp_half *half = &handshake->half[side];
    int64_t offset = offset_in(half, p->seq);

    return !handshake->strict || (offset >= half->acked && offset <= (int64_t)half->window_edge + 1);
}
