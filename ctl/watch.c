/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "ctl/counters_file.h"
#include "ctl/policy_file.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define LOOK_EVERY_US 1000000
#define WORKERS_MAX   64

static void watched(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void ctl_watch_signals(void)
{
    sigset_t set;

    watched(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void ctl_watch_complaints(const struct ctl_complaints *complaints)
{
    char line[CTL_COMPLAINT_FILE_MAX + CTL_COMPLAINT_TEXT_MAX + 32];

    for (size_t i = 0; i < complaints->num; i++) {
        ctl_complaints_line(complaints, i, line, sizeof(line));
        log_error("%s", line);
    }
    if (complaints->num_more != 0)
        log_error("%s: and %zu more", complaints->file, complaints->num_more);
}

/* The settings file as it is now; false, with a line for each complaint, where it cannot be taken over. */
static bool read_settings(struct ctl_settings *fresh, const struct ctl_settings *now)
{
    struct ctl_complaints complaints;
    const char *key;

    ctl_complaints_init(&complaints, now->file);
    if (ctl_settings_load(fresh, &complaints, now->file) != 0 || !ctl_settings_complete(fresh, &complaints)) {
        ctl_watch_complaints(&complaints);
        return false;
    }
    key = ctl_settings_restart(now, fresh);
    if (key != NULL)
        log_error("%s: '%s' has changed, which needs a restart", now->file, key);
    return key == NULL;
}

/* Puts `fresh` into force everywhere; the old policy is freed once nobody works by it. */
static bool take_over(const struct ctl_watch *watch, struct val_policy *fresh)
{
    struct val_policy *old = *watch->policy;

    if (!ctl_events_policy(watch->events, fresh)) {
        log_error("reload: no memory");
        val_policy_free(fresh);
        return false;
    }
    *watch->policy = fresh;
    if (dp_corridor_policy(watch->corridor, fresh))
        val_policy_free(old);
    else
        log_warning("reload: a worker is late to take over the policy; the memory of the old one is not given back");
    return true;
}

bool ctl_watch_reload(const struct ctl_watch *watch)
{
    struct ctl_complaints complaints;
    struct val_policy *fresh = NULL;
    struct ctl_settings settings;
    uint32_t epoch = val_policy_epoch(*watch->policy) + 1;
    bool good = read_settings(&settings, watch->settings);

    if (good) {
        ctl_complaints_init(&complaints, settings.policy);
        good = ctl_policy_load(&fresh, &complaints, settings.policy, epoch) == 0;
        if (!good)
            ctl_watch_complaints(&complaints);
    }
    good = good && take_over(watch, fresh);
    if (good)
        *watch->settings = settings;
    ctl_events_reopen(watch->events, watch->settings->events);
    if (good)
        log_info("reload: policy epoch=%u mode=%s", epoch, val_policy_monitor(fresh) ? "monitor" : "enforce");
    else
        log_error("reload: refused, nothing has changed");
    return good;
}

/* One line, the first time that segments arrive whose checksums were left to offload hardware: to whoever looks for the
 * reason, connections just hang. */
static void warn_of_checksums(const struct ctl_watch *watch, bool *warned)
{
    uint64_t seen = 0;

    if (*warned || watch->settings->checksum != CTL_CHECKSUM_VERIFY)
        return;
    for (uint32_t i = 0; i < watch->settings->workers; i++)
        seen += counter_get(dp_corridor_counters(watch->corridor, i), COUNTER_CHECKSUM_PARTIAL);
    if (seen == 0)
        return;
    log_warning(
        "TCP segments arrive whose checksum the sender left to its network card, which is none here; they are not "
        "taken. On the peers: ethtool -K INTERFACE tx off; or here: checksum: complete");
    *warned = true;
}

static void write_counters(const struct ctl_watch *watch, int64_t uptime_us, bool *failing)
{
    const struct counters *workers[WORKERS_MAX];
    struct ctl_counters_view view = {
        .workers = workers,
        .num_workers = watch->settings->workers,
        .policy = *watch->policy,
        .time_us = clock_wall_us(),
        .uptime_us = uptime_us,
    };
    int status;

    if (watch->settings->counters[0] == '\0')
        return;
    for (uint32_t i = 0; i < watch->settings->workers; i++)
        workers[i] = dp_corridor_counters(watch->corridor, i);
    dp_corridor_fill(watch->corridor, &view.fill);
    ctl_events_look(watch->events, &view.events);
    for (int side = 0; side < DP_SIDES; side++)
        dp_corridor_losses(watch->corridor, (enum dp_side)side, &view.ports[side]);
    status = ctl_counters_file_write(watch->settings->counters, &view);
    if (status != 0 && !*failing)
        log_warning("%s cannot be written: %s", watch->settings->counters, strerror(-status));
    *failing = status != 0;
}

void ctl_watch(const struct ctl_watch *watch)
{
    int64_t started_us = clock_mono_us();
    int64_t next_us = started_us;
    bool failing = false;
    bool warned = false;
    sigset_t set;

    watched(&set);
    for (;;) {
        int64_t now_us = clock_mono_us();
        struct timespec wait;
        int sig;

        if (now_us >= next_us) {
            dp_corridor_link(watch->corridor);
            warn_of_checksums(watch, &warned);
            write_counters(watch, now_us - started_us, &failing);
            next_us = now_us + LOOK_EVERY_US;
        }
        wait.tv_sec = (next_us - now_us) / CLOCK_US_PER_S;
        wait.tv_nsec = (next_us - now_us) % CLOCK_US_PER_S * 1000;
        sig = sigtimedwait(&set, NULL, &wait);
        if (sig == SIGHUP) {
            (void)ctl_watch_reload(watch);
        } else if (sig > 0) {
            log_info("stopping: %s", sig == SIGINT ? "SIGINT" : "SIGTERM");
            write_counters(watch, clock_mono_us() - started_us, &failing);
            return;
        }
    }
}
