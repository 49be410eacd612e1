/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings: the one table of what can be set about the program itself (the policy is another file: ctl/policy_file).
 *
 * A settings file is YAML, one `key: value` per line. A key that is not in the table is refused, so is a value outside
 * its range; nothing is guessed. The table below is the only place where a setting is declared: the struct, the reader,
 * the printed table and docs/settings.md follow it. Units are in the names. A setting is `live` (taken over by a reload)
 * or `restart` (a reload that changes it is refused by name).
 *
 * Order of calls: ctl_settings_default(), ctl_settings_load(); then the struct is read like any other.
 *
 * Threads: none of this has state. Ownership: a struct ctl_settings owns nothing outside itself and may be copied.
 *
 * It does not apply anything, does not open what the settings name, and does not know how much memory a flow takes
 * (dataplane does).
 */
#ifndef CELLGATE_CTL_SETTINGS_H
#define CELLGATE_CTL_SETTINGS_H

#include "base/bytes.h"
#include "ctl/complaint.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CTL_SETTING_TEXT_MAX 512 /* bytes of a text setting, NUL included */
#define CTL_SETTING_LIST_MAX 32  /* entries of a list setting */

/* Values of the settings that are words; the first of each is the default. */
enum ctl_judge { CTL_JUDGE_AUTO = 0, CTL_JUDGE_INLINE = 1, CTL_JUDGE_CORE = 2 };
enum ctl_checksum { CTL_CHECKSUM_VERIFY = 0, CTL_CHECKSUM_COMPLETE = 1, CTL_CHECKSUM_IGNORE = 2 };
enum ctl_polling { CTL_POLLING_ADAPTIVE = 0, CTL_POLLING_BUSY = 1 };
enum ctl_hugepages { CTL_HUGEPAGES_AUTO = 0, CTL_HUGEPAGES_USE = 1, CTL_HUGEPAGES_NONE = 2 };

/*
 * T(key, when, must, "default", "text")            a text; must: 1 where the daemon cannot start without it
 * L(key, when, "text")                             a list of texts, empty by default
 * N(key, when, default, least, most, "text")       a whole number
 * W(key, when, "first second third", "text")       one of several words, numbered as in the enums above
 * when: LIVE or RESTART.
 */
#define CTL_SETTINGS(T, L, N, W)                                                                                       \
    T(policy, LIVE, 1, "", "the policy file")                                                                          \
    T(inside, RESTART, 1, "", "the port towards the cell: a PCI address or a DPDK device string")                      \
    T(outside, RESTART, 1, "", "the port towards everybody else")                                                      \
    T(events, LIVE, 0, "/var/log/cellgate/verdicts.json", "the file that verdict records are appended to")             \
    T(counters, RESTART, 0, "", "the file that counters are written to every second; empty: none")                     \
    N(workers, RESTART, 1, 1, 64, "poll loops that forward packets, a core each")                                      \
    T(cores, RESTART, 0, "", "CPUs to use, as 1-3,5; empty: those that the process may run on")                        \
    W(judge, RESTART, "auto inline core", "where the judge runs: in each worker's loop, or on a core of its own")      \
    W(polling, RESTART, "adaptive busy", "whether a worker sleeps some microseconds when there is nothing to do")      \
    W(checksum, RESTART, "verify complete ignore", "what is done about the checksums of arriving TCP segments")        \
    W(hugepages, RESTART, "auto use none", "whether packet memory is in huge pages")                                   \
    N(packets, RESTART, 65536, 1024, 16777216, "packet buffers, all ports and workers together")                       \
    N(packet_bytes, RESTART, 2176, 512, 16384, "bytes of one packet buffer, 128 bytes of headroom included")           \
    N(mtu, RESTART, 1500, 1280, 9216, "largest IP packet that a port takes, in bytes")                                 \
    N(flows_max, RESTART, 262144, 64, 16777216, "TCP flows known at a time, all workers together")                     \
    N(handshakes_max, RESTART, 131072, 16, 4194304, "handshakes being read or judged at a time")                       \
    N(handshake_memory_mb, RESTART, 1280, 1, 65536, "memory for the bytes of handshakes being read or judged")         \
    N(handshake_bytes_max, RESTART, 131072, 16384, 196608, "bytes that one handshake may take, both directions")       \
    N(held_packets_max, RESTART, 32768, 16, 8388608, "packets held back for verdicts; at most half of packets")        \
    N(held_per_flow_max, RESTART, 1024, 4, 65535, "packets held back of one direction of one flow")                    \
    N(chains_max, RESTART, 4096, 0, 1048576, "certificate chains that the judge remembers")                            \
    N(handshake_timeout_s, RESTART, 30, 1, 600, "time that a flow may take from its SYN to its verdict")               \
    N(syn_timeout_s, RESTART, 30, 1, 600, "time that a TCP handshake may take")                                        \
    N(flow_idle_s, RESTART, 7200, 10, 604800, "time without packets after which a flow is forgotten")                  \
    N(closing_s, RESTART, 30, 1, 600, "time that a flow is kept after it was closed")                                  \
    N(cut_timeout_s, RESTART, 120, 1, 3600, "time without packets after which a cut flow is forgotten")                \
    N(hold_stall_ms, RESTART, 200, 10, 10000, "time after which an incomplete flight that is held is let on")          \
    N(resets_per_s, RESTART, 1000, 1, 1000000, "TCP resets a second that answer packets of cut flows")                 \
    N(records_kb, RESTART, 4096, 512, 1048576, "memory between a worker and the record writer")                        \
    N(events_queue_kb, RESTART, 16384, 64, 1048576, "memory for records that wait for the disk")                       \
    L(eal, RESTART, "further arguments for DPDK's environment layer, one each")

enum ctl_setting {
#define CTL_T(key, when, must, value, text)        CTL_SETTING_##key,
#define CTL_L(key, when, text)                     CTL_SETTING_##key,
#define CTL_N(key, when, value, least, most, text) CTL_SETTING_##key,
#define CTL_W(key, when, words, text)              CTL_SETTING_##key,
    CTL_SETTINGS(CTL_T, CTL_L, CTL_N, CTL_W)
#undef CTL_T
#undef CTL_L
#undef CTL_N
#undef CTL_W
        CTL_SETTING_COUNT
};

struct ctl_setting_list {
    uint32_t num;
    char item[CTL_SETTING_LIST_MAX][CTL_SETTING_TEXT_MAX];
};

struct ctl_settings {
#define CTL_T(key, when, must, value, text)        char key[CTL_SETTING_TEXT_MAX];
#define CTL_L(key, when, text)                     struct ctl_setting_list key;
#define CTL_N(key, when, value, least, most, text) uint32_t key;
#define CTL_W(key, when, words, text)              uint32_t key;
    CTL_SETTINGS(CTL_T, CTL_L, CTL_N, CTL_W)
#undef CTL_T
#undef CTL_L
#undef CTL_N
#undef CTL_W
    char file[CTL_SETTING_TEXT_MAX];  /* where they came from; empty: all defaults */
    uint32_t line[CTL_SETTING_COUNT]; /* where in it; 0: the default holds */
};

/* ctl_settings_default: every setting at its default. */
void ctl_settings_default(struct ctl_settings *out);

/* ctl_settings_load: defaults, overridden by the file `path`. 0, or -1 with complaints; `out` is untouched then. */
BYTES_MUST_CHECK int ctl_settings_load(struct ctl_settings *out, struct ctl_complaints *complaints, const char *path);

/* ctl_settings_read: as above from the text itself; `file` is what complaints call it. */
BYTES_MUST_CHECK int ctl_settings_read(struct ctl_settings *out, struct ctl_complaints *complaints, const char *file,
                                       struct bytes text);

/* ctl_settings_complete: true when everything is there that the daemon cannot start without; complains otherwise. */
BYTES_MUST_CHECK bool ctl_settings_complete(const struct ctl_settings *settings, struct ctl_complaints *complaints);

/* ctl_settings_restart: the key of the first setting that differs between the two and needs a restart; NULL for none. */
const char *ctl_settings_restart(const struct ctl_settings *now, const struct ctl_settings *wanted);

/* ctl_settings_print: the table with value, default and origin of each, for a person or as one JSON object. */
void ctl_settings_print(const struct ctl_settings *settings, FILE *to, bool json);

struct dp_box_config;

/* ctl_settings_box: the part of one box among `num_boxes` in the bounds, with the time-outs; what is no setting (policy,
 * pool, seed, ids) stays zero for the caller to fill. In builds with the data plane (ctl/settings_box.c). */
void ctl_settings_box(struct dp_box_config *out, const struct ctl_settings *settings, uint32_t num_boxes);

#endif
