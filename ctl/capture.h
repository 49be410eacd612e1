/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture: the frames of a capture file, each as an Ethernet frame, whatever link it was taken on.
 *
 * Reads pcap and pcapng through libpcap, plain or gzip; link types Ethernet, Linux cooked (v1, v2), raw IP, BSD null and
 * loop, PPP (plain, with HDLC framing, Cisco HDLC). What is not Ethernet gets an Ethernet header of our own (addresses
 * 02:00:00:00:00:0N, the ethertype of what follows), so that the data plane sees one kind of frame only.
 *
 * Order of calls: ctl_capture_open(), ctl_capture_next() until it says END or BROKEN, ctl_capture_close().
 *
 * A file that ends in the middle of a frame gives all whole frames, then BROKEN with a message. Frames longer than
 * CTL_FRAME_MAX are given cut and marked so.
 *
 * Threads: one per object. Ownership: a frame's bytes are borrowed until the next call.
 * It does not look behind the link layer.
 */
#ifndef CELLGATE_CTL_CAPTURE_H
#define CELLGATE_CTL_CAPTURE_H

#include "base/bytes.h"

#include <stdint.h>

#define CTL_FRAME_MAX         65000 /* an mbuf's data length is a 16-bit number, and some room stays in front */
#define CTL_CAPTURE_ERROR_MAX 512

struct ctl_frame {
    int64_t time_us;   /* wall time of the capture */
    struct bytes data; /* an Ethernet frame */
    bool cut;          /* the capture holds less than was on the wire */
};

enum ctl_capture_status { CTL_CAPTURE_FRAME, CTL_CAPTURE_SKIPPED, CTL_CAPTURE_END, CTL_CAPTURE_BROKEN };

struct ctl_capture;

/* ctl_capture_open: NULL with a message in `error` (the file's name included) when `path` is no capture that we read. */
struct ctl_capture *ctl_capture_open(const char *path, char error[CTL_CAPTURE_ERROR_MAX]);
void ctl_capture_close(struct ctl_capture *capture);

/* ctl_capture_next: the next frame. SKIPPED: a frame that carries nothing for us (an unknown link-layer protocol).
 * BROKEN: the file ends or breaks in the middle; `error` says where. */
enum ctl_capture_status ctl_capture_next(struct ctl_capture *capture, struct ctl_frame *out,
                                         char error[CTL_CAPTURE_ERROR_MAX]);

/* Writes Ethernet frames to a capture file; used for what would have left on a port. */
struct ctl_capture_out;

/* ctl_capture_create: NULL with a message in `error`. */
struct ctl_capture_out *ctl_capture_create(const char *path, char error[CTL_CAPTURE_ERROR_MAX]);
void ctl_capture_write(struct ctl_capture_out *out, int64_t time_us, struct bytes frame);
/* ctl_capture_finish: closes; false when something could not be written. */
bool ctl_capture_finish(struct ctl_capture_out *out);

#endif
