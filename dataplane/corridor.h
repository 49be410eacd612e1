/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * corridor: everything between the two wires, built, started and stopped as one: packet memory, ports, and for each worker
 * a box, its way to the judge and its loop.
 *
 * Order of calls: EAL (dataplane/eal) with dp_corridor_loops() poll loops; dp_corridor_new(); whoever reads records takes
 * the rings; dp_corridor_start(); for as long as it runs dp_corridor_policy() and the looks; dp_corridor_stop();
 * the last records are read; dp_corridor_free(). Each step undoes itself when it fails.
 *
 * Poll loops 0 to num_workers - 1 are the workers, the rest the judges; worker w uses judge w mod num_judges.
 *
 * Threads: the control thread only.
 *
 * It does not read settings or policies, and writes nothing but the log.
 */
#ifndef CELLGATE_DATAPLANE_CORRIDOR_H
#define CELLGATE_DATAPLANE_CORRIDOR_H

#include "dataplane/box.h"
#include "dataplane/port.h"

struct dp_corridor_config {
    const char *device[DP_SIDES]; /* see dataplane/port */
    uint32_t num_workers;
    uint32_t num_judges; /* cores for the judge alone; 0: judged in the workers' loops */
    uint32_t packets;
    uint16_t packet_bytes;
    uint16_t mtu;
    size_t chains_max;        /* of each judge */
    bool busy;                /* polling without rest */
    struct dp_box_config box; /* of each box; policy as it starts; pool, hash_seed and flow_id_base are set here */
};

struct dp_corridor;

/* dp_corridor_loops: how many poll loops it runs. */
static inline uint32_t dp_corridor_loops(const struct dp_corridor_config *config)
{
    return config->num_workers + config->num_judges;
}

/* dp_corridor_new: makes everything and opens the ports; NULL with a line in the log. */
struct dp_corridor *dp_corridor_new(const struct dp_corridor_config *config);

/* dp_corridor_start: launches the loops; 0, or a negative errno, and then none runs. */
BYTES_MUST_CHECK int dp_corridor_start(struct dp_corridor *corridor);

/* dp_corridor_stop: ends the loops, workers first; every undecided flow gets its record. Takes half a second at most. */
void dp_corridor_stop(struct dp_corridor *corridor);

/* dp_corridor_free: closes the ports and gives everything back. NULL is allowed. */
void dp_corridor_free(struct dp_corridor *corridor);

/* dp_corridor_policy: from now on `policy` is in force. True when every loop has taken it up (within a second): whatever was
 * in force before may then be freed. False when one has not, and then it may not. */
BYTES_MUST_CHECK bool dp_corridor_policy(struct dp_corridor *corridor, const struct val_policy *policy);

/* dp_corridor_ring: the records of worker `worker`. */
struct dp_record_ring *dp_corridor_ring(struct dp_corridor *corridor, uint32_t worker);

/* dp_corridor_counters: the counters of worker `worker`. */
const struct counters *dp_corridor_counters(const struct dp_corridor *corridor, uint32_t worker);

/* dp_corridor_fill: how full the boxes are, summed. */
void dp_corridor_fill(const struct dp_corridor *corridor, struct dp_box_fill *out);

/* dp_corridor_losses: what the device of `side` has lost. */
void dp_corridor_losses(const struct dp_corridor *corridor, enum dp_side side, struct dp_port_losses *out);

/* dp_corridor_link: looks at both links; changes go to the log. */
void dp_corridor_link(struct dp_corridor *corridor);

#endif
