/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/plan.h"

#include "ctl/memory.h"
#include "dataplane/port.h"

#include <string.h>

#define MB (1024ULL * 1024)
/* What DPDK and its drivers take for themselves. */
#define EAL_OWN_MB 96

/* How many CPUs the judge gets to itself. */
BYTES_MUST_CHECK static bool share_cpus(uint32_t *judges, struct ctl_complaints *complaints,
                                        const struct ctl_settings *settings, const struct dp_cpus *cpus)
{
    uint32_t spare;

    *judges = 0;
    if (settings->workers > cpus->num) {
        ctl_complain(complaints, settings->line[CTL_SETTING_workers], 1,
                     "%u workers need a CPU each, and there are %u; lower workers or name more in cores",
                     settings->workers, cpus->num);
        return false;
    }
    spare = cpus->num - settings->workers;
    if (settings->judge == CTL_JUDGE_INLINE)
        return true;
    if (settings->judge == CTL_JUDGE_CORE && spare == 0) {
        ctl_complain(complaints, settings->line[CTL_SETTING_judge], 1,
                     "judge: core needs a CPU beside those of the %u workers; use judge: inline", settings->workers);
        return false;
    }
    *judges = spare > 1 ? spare - 1 : 0; /* one stays free for everything else */
    if (*judges > settings->workers)
        *judges = settings->workers;
    if (settings->judge == CTL_JUDGE_CORE && *judges == 0)
        *judges = 1;
    return true;
}

static bool asks_for(const struct ctl_settings *settings, const char *argument)
{
    for (uint32_t i = 0; i < settings->eal.num; i++)
        if (strcmp(settings->eal.item[i], argument) == 0)
            return true;
    return false;
}

BYTES_MUST_CHECK static bool choose_memory(struct dp_eal_config *eal, struct ctl_complaints *complaints,
                                           const struct ctl_settings *settings, uint64_t huge_mb)
{
    struct ctl_memory memory;

    ctl_memory_add_up(&memory, settings);
    eal->memory_mb = (uint32_t)((memory.packets + memory.flows) / MB + EAL_OWN_MB);
    eal->huge =
        settings->hugepages != CTL_HUGEPAGES_NONE && !asks_for(settings, "--no-huge") && huge_mb >= eal->memory_mb;
    if (settings->hugepages != CTL_HUGEPAGES_USE || eal->huge)
        return true;
    ctl_complain(complaints, settings->line[CTL_SETTING_hugepages], 1,
                 "hugepages: use needs %u MB of huge pages, and %llu MB are free: sysctl -w vm.nr_hugepages=%u",
                 eal->memory_mb, (unsigned long long)huge_mb, eal->memory_mb / 2 + 1);
    return false;
}

static void fill_eal(struct ctl_plan *out, const struct ctl_settings *settings)
{
    const char *devices[DP_SIDES] = {settings->inside, settings->outside};

    for (int side = 0; side < DP_SIDES; side++) {
        if (dp_port_is_pci(devices[side]))
            out->pci[out->eal.num_pci++] = devices[side];
        else
            out->virtual[out->eal.num_virtual++] = devices[side];
    }
    for (uint32_t i = 0; i < settings->eal.num; i++)
        out->more[i] = settings->eal.item[i];
    out->eal.pci = out->pci;
    out->eal.virtual = out->virtual;
    out->eal.more = out->more;
    out->eal.num_more = settings->eal.num;
    out->eal.cpus = &out->cpus;
    out->eal.num_loops = dp_corridor_loops(&out->corridor);
}

bool ctl_plan_make(struct ctl_plan *out, struct ctl_complaints *complaints, const struct ctl_settings *settings,
                   const struct dp_cpus *cpus, uint64_t huge_mb)
{
    struct dp_corridor_config *corridor = &out->corridor;

    memset(out, 0, sizeof(*out));
    if (!share_cpus(&corridor->num_judges, complaints, settings, cpus) ||
        !choose_memory(&out->eal, complaints, settings, huge_mb))
        return false;
    out->cpus.num = cpus->num;
    for (uint32_t i = 0; i < cpus->num; i++)
        out->cpus.cpu[i] = cpus->cpu[cpus->num - 1 - i];
    corridor->device[DP_INSIDE] = settings->inside;
    corridor->device[DP_OUTSIDE] = settings->outside;
    corridor->num_workers = settings->workers;
    corridor->packets = settings->packets;
    corridor->packet_bytes = (uint16_t)settings->packet_bytes;
    corridor->mtu = (uint16_t)settings->mtu;
    corridor->chains_max = settings->chains_max;
    corridor->busy = settings->polling == CTL_POLLING_BUSY;
    ctl_settings_box(&corridor->box, settings, settings->workers);
    fill_eal(out, settings);
    return true;
}
