/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"
#include "ctl/settings.h"
#include "dataplane/box.h"

#define S_US  ((int64_t)CLOCK_US_PER_S)
#define MS_US ((int64_t)1000)

/* One box's part of a bound that holds for all of them, rounded up. */
static uint32_t share(uint32_t bound, uint32_t num_boxes)
{
    return bound / num_boxes + (bound % num_boxes != 0);
}

void ctl_settings_box(struct dp_box_config *out, const struct ctl_settings *settings, uint32_t num_boxes)
{
    *out = (struct dp_box_config){
        .flows_max = share(settings->flows_max, num_boxes),
        .handshakes_max = share(settings->handshakes_max, num_boxes),
        .handshake_memory = ((size_t)settings->handshake_memory_mb << 20) / num_boxes,
        .handshake_bytes_max = settings->handshake_bytes_max,
        .held_packets_max = share(settings->held_packets_max, num_boxes),
        .held_per_flow_max = settings->held_per_flow_max,
        .records_bytes = (size_t)settings->records_kb << 10,
        .handshake_timeout_us = settings->handshake_timeout_s * S_US,
        .syn_timeout_us = settings->syn_timeout_s * S_US,
        .hold_stall_us = settings->hold_stall_ms * MS_US,
        .flow_idle_us = settings->flow_idle_s * S_US,
        .closing_us = settings->closing_s * S_US,
        .cut_us = settings->cut_timeout_s * S_US,
        .resets_per_s = share(settings->resets_per_s, num_boxes),
        .checksum = (uint8_t)settings->checksum,
    };
}
