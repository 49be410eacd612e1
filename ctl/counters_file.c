/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/counters_file.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

static void write_head(FILE *to, const struct ctl_counters_view *view)
{
    time_t seconds = (time_t)(view->time_us / CLOCK_US_PER_S);
    char text[32] = "";
    struct tm tm;

    if (gmtime_r(&seconds, &tm) != NULL)
        (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    fprintf(to, "{\"time\": \"%s\", \"uptime_s\": %" PRId64 ", \"policy_epoch\": %" PRIu32 ",\n", text,
            view->uptime_us / CLOCK_US_PER_S, val_policy_epoch(view->policy));
}

static void write_counters(FILE *to, const struct ctl_counters_view *view)
{
    fprintf(to, " \"counters\": {");
    for (int i = 0; i < COUNTER_COUNT; i++) {
        uint64_t sum = 0;

        for (size_t worker = 0; worker < view->num_workers; worker++)
            sum += counter_get(view->workers[worker], (enum counter)i);
        fprintf(to, "%s\"%s\": %" PRIu64, i == 0 ? "" : ", ", counter_name((enum counter)i), sum);
    }
    fprintf(to, "},\n");
}

static void write_verdicts(FILE *to, const struct ctl_counters_view *view, bool accepted)
{
    const char *separator = "";

    fprintf(to, " \"%s\": {", accepted ? "accepted" : "blocked");
    for (int i = 0; i < REASON_COUNT; i++) {
        uint64_t sum = 0;

        for (size_t worker = 0; worker < view->num_workers; worker++) {
            const struct counters *counters = view->workers[worker];

            sum +=
                atomic_load_explicit(accepted ? &counters->accepted[i] : &counters->blocked[i], memory_order_relaxed);
        }
        if (sum == 0)
            continue;
        fprintf(to, "%s\"%s\": %" PRIu64, separator, reason_name((enum reason)i), sum);
        separator = ", ";
    }
    fprintf(to, "},\n");
}

static void write_ports(FILE *to, const struct ctl_counters_view *view)
{
    static const char *const names[DP_SIDES] = {"inside", "outside"};

    fprintf(to, " \"ports\": {");
    for (int side = 0; side < DP_SIDES; side++) {
        const struct dp_port_losses *port = &view->ports[side];

        fprintf(to,
                "%s\"%s\": {\"missed\": %" PRIu64 ", \"no_memory\": %" PRIu64 ", \"bad_in\": %" PRIu64
                ", \"bad_out\": %" PRIu64 "}",
                side == 0 ? "" : ", ", names[side], port->missed, port->no_memory, port->bad_in, port->bad_out);
    }
    fprintf(to, "}}\n");
}

static void write_all(FILE *to, const struct ctl_counters_view *view)
{
    write_head(to, view);
    write_counters(to, view);
    write_verdicts(to, view, true);
    write_verdicts(to, view, false);
    fprintf(to, " \"fill\": {\"flows\": %u, \"handshakes\": %u, \"held_packets\": %u, \"handshake_bytes\": %zu},\n",
            view->fill.flows, view->fill.handshakes, view->fill.held_packets, view->fill.handshake_bytes);
    fprintf(to,
            " \"events\": {\"lines\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"dropped_accepts\": %" PRIu64
            ", \"dropped_blocks\": %" PRIu64 ", \"failed_writes\": %" PRIu64 "},\n",
            view->events.lines, view->events.bytes, view->events.dropped_accepts, view->events.dropped_blocks,
            view->events.failed_writes);
    write_ports(to, view);
}

int ctl_counters_file_write(const char *path, const struct ctl_counters_view *view)
{
    char fresh[PATH_MAX];
    FILE *file;
    bool whole;

    if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
        return -ENAMETOOLONG;
    file = fopen(fresh, "we");
    if (file == NULL)
        return -errno;
    write_all(file, view);
    whole = ferror(file) == 0;
    if (fclose(file) != 0 || !whole)
        return -EIO;
    return rename(fresh, path) == 0 ? 0 : -errno;
}
