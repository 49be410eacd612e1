/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/replay.h"

#include "base/clock.h"
#include "ctl/capture.h"
#include "ctl/eve.h"
#include "ctl/sides.h"
#include "dataplane/eal.h"
#include "dataplane/offline.h"

#include <stdlib.h>
#include <unistd.h>

#define PROGRESS_US     (2 * (int64_t)CLOCK_US_PER_S)
#define PROGRESS_FRAMES 4096 /* look at the clock this often */
#define EAL_MEMORY_MB   512  /* headers of held packets and the table of flows; touched only as it is used */

struct replay {
    const struct ctl_replay_options *options;
    struct ctl_eve *eve;
    struct ctl_capture_out *port[DP_SIDES]; /* NULL where nothing is written */
    const char *path;
    struct dp_offline *offline;
    uint64_t frames;
    uint64_t skipped;
    uint64_t accepted;
    uint64_t blocked;
    int64_t next_progress_us;
    bool tty;
};

static const char *const port_names[DP_SIDES] = {[DP_INSIDE] = "inside", [DP_OUTSIDE] = "outside"};

void ctl_replay_settings(struct ctl_settings *out)
{
    ctl_settings_default(out);
    out->flows_max = 262144;
    out->handshakes_max = 131072;
    out->handshake_memory_mb = 1280;
    out->held_packets_max = 262144;
}

/* progress: a line on standard error every two seconds, overwritten on a terminal. */
static void progress(struct replay *replay, bool last)
{
    int64_t now_us;

    if (!last && replay->frames % PROGRESS_FRAMES != 0)
        return;
    now_us = clock_mono_us();
    if (!last && now_us < replay->next_progress_us)
        return;
    replay->next_progress_us = now_us + PROGRESS_US;
    fprintf(stderr, "%s%s: %llu frames, %llu accepted, %llu blocked%s", replay->tty ? "\r" : "", replay->path,
            (unsigned long long)replay->frames, (unsigned long long)replay->accepted,
            (unsigned long long)replay->blocked, last || !replay->tty ? "\n" : "");
}

static void print_records(struct replay *replay)
{
    struct dp_record_ring *ring = dp_offline_records(replay->offline);
    const struct dp_record *record;

    while ((record = dp_record_peek(ring)) != NULL) {
        if (record->verdict.action == VAL_ACTION_ACCEPT)
            replay->accepted++;
        else
            replay->blocked++;
        ctl_eve_print(replay->eve, replay->options->to, &record->verdict, &record->c);
        dp_record_pop(ring);
    }
}

static void write_frames(struct replay *replay, int64_t time_us)
{
    uint8_t frame[CTL_FRAME_MAX];

    for (int side = 0; side < DP_SIDES; side++) {
        size_t len;

        while ((len = dp_offline_take(replay->offline, (enum dp_side)side, frame, sizeof(frame))) != 0)
            ctl_capture_write(replay->port[side], time_us, bytes_of(frame, len));
    }
}

static void take_out(struct replay *replay, int64_t time_us)
{
    if (replay->port[DP_INSIDE] != NULL)
        write_frames(replay, time_us);
    else
        dp_offline_discard(replay->offline);
    print_records(replay);
}

/* run_frames: every frame of the capture; false when it breaks off. */
static bool run_frames(struct replay *replay, struct ctl_capture *capture)
{
    char error[CTL_CAPTURE_ERROR_MAX];
    struct ctl_frame frame;

    for (;;) {
        switch (ctl_capture_next(capture, &frame, error)) {
        case CTL_CAPTURE_FRAME:
            replay->frames++;
            dp_offline_frame(replay->offline,
                             ctl_sides_sender(replay->options->policy, frame.data) == VAL_SIDE_INSIDE ? DP_INSIDE
                                                                                                      : DP_OUTSIDE,
                             frame.data, frame.time_us);
            take_out(replay, frame.time_us);
            progress(replay, false);
            break;
        case CTL_CAPTURE_SKIPPED:
            replay->skipped++;
            break;
        case CTL_CAPTURE_END:
            return true;
        case CTL_CAPTURE_BROKEN:
            fprintf(stderr, "cellgate: %s; what was read is judged\n", error);
            return false;
        }
    }
}

static void box_config(struct dp_box_config *out, const struct ctl_replay_options *options)
{
    ctl_settings_box(out, options->settings, 1);
    out->policy = options->policy;
    out->follow_mid_stream = 1;
    out->hash_seed = (uint32_t)clock_mono_us();
    out->flow_id_base = 1;
}

/* run_capture: one capture in a world of its own; false when it could not be read whole. */
static bool run_capture(struct replay *replay, const char *path)
{
    char error[CTL_CAPTURE_ERROR_MAX];
    struct dp_box_config config;
    struct ctl_capture *capture = ctl_capture_open(path, error);
    bool whole = false;

    if (capture == NULL) {
        fprintf(stderr, "cellgate: %s\n", error);
        return false;
    }
    replay->path = path;
    replay->frames = replay->skipped = replay->accepted = replay->blocked = 0;
    replay->next_progress_us = clock_mono_us() + PROGRESS_US;
    box_config(&config, replay->options);
    replay->offline = dp_offline_new(&config, replay->options->settings->chains_max, "replay");
    if (replay->offline != NULL) {
        bool more = true;

        whole = run_frames(replay, capture);
        while (more) {
            more = dp_offline_end(replay->offline);
            take_out(replay, 0);
        }
        progress(replay, true);
    } else {
        fprintf(stderr, "cellgate: %s: out of memory; see the settings whose names end in _max and _mb\n", path);
    }
    dp_offline_free(replay->offline);
    ctl_capture_close(capture);
    return whole;
}

static bool open_ports(struct replay *replay)
{
    char error[CTL_CAPTURE_ERROR_MAX];
    char path[4096];

    for (int side = 0; side < DP_SIDES && replay->options->out != NULL; side++) {
        if ((size_t)snprintf(path, sizeof(path), "%s-%s.pcap", replay->options->out, port_names[side]) >=
            sizeof(path)) {
            fprintf(stderr, "cellgate: --out: the name is too long\n");
            return false;
        }
        replay->port[side] = ctl_capture_create(path, error);
        if (replay->port[side] == NULL) {
            fprintf(stderr, "cellgate: --out: %s\n", error);
            return false;
        }
    }
    return true;
}

static bool close_ports(struct replay *replay)
{
    bool ok = true;

    for (int side = 0; side < DP_SIDES; side++)
        if (replay->port[side] != NULL && !ctl_capture_finish(replay->port[side])) {
            fprintf(stderr, "cellgate: --out: %s-%s.pcap could not be written whole\n", replay->options->out,
                    port_names[side]);
            ok = false;
        }
    return ok;
}

int ctl_replay_run(const struct ctl_replay_options *options, char *const captures[], size_t num)
{
    struct replay replay = {.options = options, .tty = isatty(STDERR_FILENO) == 1};
    int status = 0;

    if (dp_eal_plain(EAL_MEMORY_MB) != 0) {
        fprintf(stderr, "cellgate: DPDK's environment layer does not start; its own messages stand above\n");
        return 2;
    }
    replay.eve = ctl_eve_new(options->policy, options->json);
    if (replay.eve == NULL || !open_ports(&replay))
        status = 2;
    for (size_t i = 0; i < num && status != 2; i++)
        if (!run_capture(&replay, captures[i]))
            status = 1; /* go on with the others */
    if (!close_ports(&replay) || fflush(options->to) != 0)
        status = 2;
    ctl_eve_free(replay.eve);
    return status != 0 ? 2 : 0;
}
