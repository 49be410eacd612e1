/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/eal.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX 128

/* The argument vector under construction. EAL keeps pointers into it and moves them about: it lives as long as EAL. */
struct args {
    int num;
    bool full;
    char *arg[ARGS_MAX + 1];
};

__attribute__((format(printf, 2, 3))) static void add(struct args *args, const char *format, ...)
{
    va_list list;
    char *text = NULL;

    va_start(list, format);
    if (args->num == ARGS_MAX || vasprintf(&text, format, list) < 0)
        args->full = true;
    else
        args->arg[args->num++] = text;
    va_end(list);
}

static unsigned lcore_of(uint32_t loop)
{
    return loop + 1;
}

static void free_args(struct args *args)
{
    for (int i = 0; i < args->num; i++)
        free(args->arg[i]);
    free(args);
}

static bool add_range(struct dp_cpus *out, const cpu_set_t *allowed, unsigned long first, unsigned long last)
{
    for (unsigned long cpu = first; cpu <= last; cpu++) {
        if (cpu >= CPU_SETSIZE || out->num == sizeof(out->cpu) / sizeof(out->cpu[0]) || !CPU_ISSET(cpu, allowed))
            return false;
        out->cpu[out->num++] = (uint16_t)cpu;
    }
    return first <= last;
}

/* One item, "3" or "1-3", at *text, which moves to what stands behind it. */
BYTES_MUST_CHECK static bool read_range(const char **text, unsigned long *first, unsigned long *last)
{
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    *first = *last = strtoul(*text, &end, 10);
    if (*end == '-') {
        *text = end + 1;
        if (**text < '0' || **text > '9')
            return false;
        *last = strtoul(*text, &end, 10);
    }
    *text = end;
    return true;
}

bool dp_eal_cpus(struct dp_cpus *out, const char *text, char *why, size_t size)
{
    unsigned long first;
    unsigned long last;
    cpu_set_t allowed;

    out->num = 0;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0) {
        snprintf(why, size, "the CPUs of this process cannot be read: %s", strerror(errno));
        return false;
    }
    if (*text == '\0') {
        for (unsigned long cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &allowed))
                (void)add_range(out, &allowed, cpu, cpu);
        return true;
    }
    for (;; text++) {
        if (!read_range(&text, &first, &last)) {
            snprintf(why, size, "is no list of CPUs such as 1-3,5");
            return false;
        }
        if (!add_range(out, &allowed, first, last)) {
            snprintf(why, size, "names CPUs that this process may not run on: %lu-%lu", first, last);
            return false;
        }
        if (*text != ',')
            break;
    }
    if (*text != '\0')
        snprintf(why, size, "is no list of CPUs such as 1-3,5");
    return *text == '\0';
}

/* The number in the file `free_hugepages` of one page size; 0 where it cannot be read. */
static uint64_t free_pages(const char *folder)
{
    char path[PATH_MAX];
    char text[32];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "%s/free_hugepages", folder);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    return strtoull(text, NULL, 10);
}

uint64_t dp_eal_huge_mb(void)
{
    glob_t found;
    uint64_t total_kb = 0;

    if (glob("/sys/kernel/mm/hugepages/hugepages-*kB", 0, NULL, &found) != 0)
        return 0;
    for (size_t i = 0; i < found.gl_pathc; i++)
        total_kb += free_pages(found.gl_pathv[i]) * strtoull(strrchr(found.gl_pathv[i], '-') + 1, NULL, 10);
    globfree(&found);
    return total_kb / 1024;
}

/* lcore 0 anywhere on the CPUs of the process, each loop on its own. */
static void add_lcores(struct args *args, const struct dp_eal_config *config)
{
    char text[16 * 1024] = "";
    struct dp_cpus all;
    size_t len = 0;
    char why[128];

    if (!dp_eal_cpus(&all, "", why, sizeof(why)) || all.num == 0) {
        args->full = true;
        return;
    }
    for (uint32_t i = 0; i < all.num; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", i == 0 ? "0@(" : ",", all.cpu[i]);
    len += (size_t)snprintf(text + len, sizeof(text) - len, ")");
    for (uint32_t i = 0; i < config->num_loops; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, ",%u@%u", lcore_of(i), config->cpus->cpu[i]);
    add(args, "--lcores=%s", text);
}

static void add_devices(struct args *args, const struct dp_eal_config *config)
{
    if (config->num_pci == 0)
        add(args, "--no-pci");
    for (size_t i = 0; i < config->num_pci; i++)
        add(args, "--allow=%s", config->pci[i]);
    for (size_t i = 0; i < config->num_virtual; i++)
        add(args, "--vdev=%s", config->virtual[i]);
}

static struct args *make_args(const struct dp_eal_config *config)
{
    struct args *args = calloc(1, sizeof(*args));

    if (args == NULL)
        return NULL;
    add(args, "cellgate");
    add_lcores(args, config);
    add_devices(args, config);
    add(args, "--no-telemetry");
    add(args, "--log-level=*:warning");
    if (config->huge) {
        add(args, "--in-memory");
    } else {
        add(args, "--no-shconf");
        add(args, "--no-huge");
        add(args, "-m");
        add(args, "%u", config->memory_mb);
    }
    for (size_t i = 0; i < config->num_more; i++)
        add(args, "%s", config->more[i]);
    if (!args->full)
        return args;
    free_args(args);
    return NULL;
}

/* net_af_xdp's libraries chatter on standard error, and libxdp wants a bpffs for a feature that is of no use here: several
 * programs on one interface. Their own variables say otherwise; whoever set them already knows better. */
static void quieten_libraries(void)
{
    (void)setenv("LIBBPF_LOG_LEVEL", "warn", 0);
    (void)setenv("LIBXDP_SKIP_DISPATCHER", "1", 0);
}

int dp_eal_start(const struct dp_eal_config *config)
{
    struct args *args;
    struct args shown; /* EAL moves the pointers about, and copies what it keeps */
    int status;

    if (config->num_loops > DP_LOOPS_MAX || (config->num_loops > 0 && config->num_loops > config->cpus->num))
        return -EINVAL;
    quieten_libraries();
    args = make_args(config);
    if (args == NULL)
        return -ENOMEM;
    shown = *args;
    status = rte_eal_init(shown.num, shown.arg);
    free_args(args);
    if (status >= 0)
        return 0;
    status = -rte_errno;
    log_error("dpdk: the environment layer did not start: %s", rte_strerror(rte_errno));
    return status < 0 ? status : -EIO;
}

int dp_eal_plain(uint32_t memory_mb)
{
    static const char *const quiet[] = {"--log-level=*:error"};
    struct dp_eal_config config = {.more = quiet, .num_more = 1, .memory_mb = memory_mb};
    cpu_set_t before;
    int status;

    if (sched_getaffinity(0, sizeof(before), &before) < 0)
        return -errno;
    status = dp_eal_start(&config);
    if (status == 0 && sched_setaffinity(0, sizeof(before), &before) < 0)
        status = -errno;
    return status;
}

int dp_eal_launch(uint32_t loop, int (*run)(void *argument), void *argument)
{
    return rte_eal_remote_launch(run, argument, lcore_of(loop));
}

void dp_eal_join(uint32_t loop)
{
    (void)rte_eal_wait_lcore(lcore_of(loop));
}

void dp_eal_stop(void)
{
    (void)rte_eal_cleanup();
}
