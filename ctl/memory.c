/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/memory.h"

#include "dataplane/box.h"
#include "dataplane/port.h"
#include "validator/judge.h"

#define MB (1024ULL * 1024)
#define KB 1024ULL

void ctl_memory_add_up(struct ctl_memory *out, const struct ctl_settings *settings)
{
    struct dp_box_config box;
    uint64_t boxes;

    ctl_settings_box(&box, settings, settings->workers);
    boxes = settings->workers * (uint64_t)dp_box_memory(&box);
    *out = (struct ctl_memory){
        .packets = dp_port_pool_bytes(settings->packets, (uint16_t)settings->packet_bytes),
        .handshakes = settings->workers * (uint64_t)box.handshake_memory,
        .records = settings->workers * (uint64_t)box.records_bytes,
        .chains = settings->workers * (uint64_t)val_judge_memory(settings->chains_max),
        .events = settings->events_queue_kb * KB,
    };
    if (boxes > out->handshakes + out->records)
        out->flows = boxes - out->handshakes - out->records;
    out->sum = out->packets + out->handshakes + out->flows + out->records + out->chains + out->events;
}

static unsigned long long in_mb(uint64_t bytes)
{
    return (bytes + MB - 1) / MB;
}

void ctl_memory_line(char out[CTL_MEMORY_LINE_MAX], const struct ctl_memory *memory)
{
    (void)snprintf(out, CTL_MEMORY_LINE_MAX,
                   "memory bound: %llu MB = packets %llu + handshakes %llu + flows %llu + records %llu + chains %llu + "
                   "events %llu",
                   in_mb(memory->sum), in_mb(memory->packets), in_mb(memory->handshakes), in_mb(memory->flows),
                   in_mb(memory->records), in_mb(memory->chains), in_mb(memory->events));
}
