/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory: what the bounds in the settings add up to.
 *
 * Every bound is a number of things or of bytes; the folders that hold the things say how large each is. The sum is the
 * most that packets, flows, handshakes, records, remembered chains and waiting events take together; the program itself, its
 * libraries and DPDK's own tables come on top of it.
 *
 * Threads: any; no state. It reserves nothing.
 */
#ifndef CELLGATE_CTL_MEMORY_H
#define CELLGATE_CTL_MEMORY_H

#include "ctl/settings.h"

#define CTL_MEMORY_LINE_MAX 256

/* In bytes. */
struct ctl_memory {
    uint64_t packets;    /* buffers */
    uint64_t handshakes; /* the bytes of handshakes, all workers */
    uint64_t flows;      /* flows, holds and the rest of the boxes */
    uint64_t records;    /* between workers and the record writer */
    uint64_t chains;     /* what the judges remember */
    uint64_t events;     /* what waits for the disk */
    uint64_t sum;
};

/* ctl_memory_add_up: for `settings`, with one judge for each worker. */
void ctl_memory_add_up(struct ctl_memory *out, const struct ctl_settings *settings);

/* ctl_memory_line: "memory bound: 1718 MB = packets 162 + handshakes 1280 + ...", each rounded up to whole MB. */
void ctl_memory_line(char out[CTL_MEMORY_LINE_MAX], const struct ctl_memory *memory);

#endif
