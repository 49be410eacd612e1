/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cellgated: the order in which the daemon's parts start, and the exact reverse in which they stop. What they do is theirs.
 *
 *     settings → policy → plan → guard → EAL → corridor → guard (taps) → events → loops → ready → watch
 *
 * Exit status: 0 ended as it was told to; 1 something failed at run time; 2 the words, the settings or the policy are wrong.
 */
#include "base/log.h"
#include "ctl/events.h"
#include "ctl/guard.h"
#include "ctl/memory.h"
#include "ctl/notify.h"
#include "ctl/plan.h"
#include "ctl/policy_file.h"
#include "ctl/settings.h"
#include "ctl/watch.h"
#include "dataplane/corridor.h"
#include "dataplane/eal.h"

#include <stdio.h>
#include <string.h>

#define STATUS_OK     0
#define STATUS_FAILED 1
#define STATUS_USAGE  2

#define EPOCH_FIRST 1
#define WORKERS_MAX 64

struct words {
    const char *settings;
    bool check;
    bool help;
};

struct daemon {
    struct ctl_settings settings;
    struct ctl_plan plan;
    struct val_policy *policy;
    struct dp_corridor *corridor;
    struct ctl_events *events;
};

static const char usage[] = "usage: cellgated --settings FILE [--check]\n"
                            "  --settings FILE  what to run with (docs/settings.md)\n"
                            "  --check          read settings and policy, say what is wrong with them, start nothing\n"
                            "  --help           this text\n";

static bool read_words(struct words *out, int argc, char **argv)
{
    *out = (struct words){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            out->check = true;
        else if (strcmp(argv[i], "--help") == 0)
            out->help = true;
        else if (strcmp(argv[i], "--settings") == 0 && i + 1 < argc && out->settings == NULL)
            out->settings = argv[++i];
        else
            return false;
    }
    return out->help || out->settings != NULL;
}

static bool plan(struct daemon *daemon, struct ctl_complaints *complaints)
{
    struct dp_cpus cpus;
    char why[160];

    if (!dp_eal_cpus(&cpus, daemon->settings.cores, why, sizeof(why))) {
        ctl_complain(complaints, daemon->settings.line[CTL_SETTING_cores], 1, "cores %s", why);
        return false;
    }
    return ctl_plan_make(&daemon->plan, complaints, &daemon->settings, &cpus, dp_eal_huge_mb());
}

/* Everything that people wrote: read, checked, and nothing started. */
static bool prepare(struct daemon *daemon, const char *path)
{
    struct ctl_complaints complaints;

    ctl_complaints_init(&complaints, path);
    if (ctl_settings_load(&daemon->settings, &complaints, path) != 0 ||
        !ctl_settings_complete(&daemon->settings, &complaints) || !plan(daemon, &complaints)) {
        ctl_watch_complaints(&complaints);
        return false;
    }
    ctl_complaints_init(&complaints, daemon->settings.policy);
    if (ctl_policy_load(&daemon->policy, &complaints, daemon->settings.policy, EPOCH_FIRST) != 0) {
        ctl_watch_complaints(&complaints);
        return false;
    }
    daemon->plan.corridor.box.policy = daemon->policy;
    return true;
}

static struct ctl_events *open_events(struct daemon *daemon)
{
    struct dp_record_ring *rings[WORKERS_MAX];
    struct ctl_events_config config = {
        .path = daemon->settings.events,
        .queue_bytes = (size_t)daemon->settings.events_queue_kb * 1024,
        .rings = rings,
        .num_rings = daemon->settings.workers,
        .policy = daemon->policy,
    };

    for (uint32_t i = 0; i < daemon->settings.workers; i++)
        rings[i] = dp_corridor_ring(daemon->corridor, i);
    return ctl_events_new(&config);
}

static void say_ready(const struct daemon *daemon)
{
    const struct ctl_settings *settings = &daemon->settings;
    struct ctl_memory memory;
    char line[CTL_MEMORY_LINE_MAX];

    ctl_memory_add_up(&memory, settings);
    ctl_memory_line(line, &memory);
    log_info("%s%s", line, daemon->plan.eal.huge ? " (packets in huge pages)" : "");
    log_info("ready cell=%s mode=%s inside=%s outside=%s workers=%u judges=%u", val_policy_cell(daemon->policy),
             val_policy_monitor(daemon->policy) ? "monitor" : "enforce", settings->inside, settings->outside,
             settings->workers, daemon->plan.corridor.num_judges);
    (void)ctl_notify("READY=1");
}

static void run_corridor(struct daemon *daemon)
{
    struct ctl_watch watch = {
        .settings = &daemon->settings,
        .policy = &daemon->policy,
        .corridor = daemon->corridor,
        .events = daemon->events,
    };

    say_ready(daemon);
    ctl_watch(&watch);
    (void)ctl_notify("STOPPING=1");
}

static int run(struct daemon *daemon)
{
    const struct ctl_settings *settings = &daemon->settings;
    int status = STATUS_FAILED;

    ctl_watch_signals();
    if (!ctl_guard_ports(settings->inside, settings->outside))
        return STATUS_FAILED;
    if (dp_eal_start(&daemon->plan.eal) != 0)
        return STATUS_FAILED;
    daemon->corridor = dp_corridor_new(&daemon->plan.corridor);
    if (daemon->corridor == NULL)
        goto stop_eal;
    if (!ctl_guard_ports(settings->inside, settings->outside)) /* a tap's interface is there only now */
        goto free_corridor;
    daemon->events = open_events(daemon);
    if (daemon->events == NULL)
        goto free_corridor;
    if (dp_corridor_start(daemon->corridor) != 0)
        goto free_events;
    run_corridor(daemon);
    dp_corridor_stop(daemon->corridor);
    status = STATUS_OK;
free_events:
    ctl_events_free(daemon->events);
free_corridor:
    dp_corridor_free(daemon->corridor);
stop_eal:
    dp_eal_stop();
    return status;
}

int main(int argc, char **argv)
{
    static struct daemon daemon; /* large, and the process's only one */
    struct words words;
    int status = STATUS_OK;

    if (!read_words(&words, argc, argv)) {
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (words.help) {
        fputs(usage, stdout);
        return STATUS_OK;
    }
    if (!prepare(&daemon, words.settings))
        return STATUS_USAGE;
    if (!words.check)
        status = run(&daemon);
    val_policy_free(daemon.policy);
    if (status == STATUS_OK)
        log_info("%s", words.check ? "settings and policy are good" : "stopped");
    return status;
}
