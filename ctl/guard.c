/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/guard.h"

#include "base/log.h"
#include "ctl/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The value of `name=` among the comma-separated arguments of a device string; false where it is not there or too long. */
static bool argument(char out[IFNAMSIZ], const char *device, const char *name)
{
    size_t name_len = strlen(name);

    for (const char *at = strchr(device, ','); at != NULL; at = strchr(at + 1, ',')) {
        size_t len;

        if (strncmp(at + 1, name, name_len) != 0 || at[1 + name_len] != '=')
            continue;
        at += name_len + 2;
        len = strcspn(at, ",");
        if (len == 0 || len >= IFNAMSIZ)
            return false;
        memcpy(out, at, len);
        out[len] = '\0';
        return true;
    }
    return false;
}

bool ctl_guard_interface(char out[IFNAMSIZ], bool *must, const char *device)
{
    static const char tap[] = "net_tap";

    *must = true;
    if (strncmp(device, "net_af_packet", 13) == 0 || strncmp(device, "net_af_xdp", 10) == 0)
        return argument(out, device, "iface");
    if (strncmp(device, tap, strlen(tap)) != 0)
        return false;
    *must = false;
    if (!argument(out, device, "iface")) /* DPDK's own name for it */
        snprintf(out, IFNAMSIZ, "dtap%.*s", (int)strcspn(device + strlen(tap), ","), device + strlen(tap));
    return true;
}

/* A sysctl of the interface; `absent` where there is no such file (a kernel without IPv6). */
static bool is_set(const char *family, const char *interface, const char *name, bool absent)
{
    char path[128];
    char value;
    bool set = absent;
    int fd;

    snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, interface, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return absent;
    if (read(fd, &value, 1) == 1)
        set = value != '0';
    close(fd);
    return set;
}

int ctl_guard_look(struct ctl_guard_facts *out, const char *interface)
{
    unsigned index = if_nametoindex(interface);
    struct ctl_rtnetlink_link link;
    int status;

    *out = (struct ctl_guard_facts){.found = index != 0};
    if (index == 0)
        return 0;
    status = ctl_rtnetlink_link(&link, index);
    if (status == 0)
        status = ctl_rtnetlink_address(out->address, sizeof(out->address), index);
    if (status != 0)
        return status;
    if (link.master != 0 && if_indextoname(link.master, out->master) == NULL)
        snprintf(out->master, sizeof(out->master), "#%u", link.master);
    memcpy(out->upper, link.upper, sizeof(out->upper));
    out->ipv6 = !is_set("ipv6", interface, "disable_ipv6", true);
    out->forwarding4 = is_set("ipv4", interface, "forwarding", false);
    out->forwarding6 = is_set("ipv6", interface, "forwarding", false);
    return 0;
}

bool ctl_guard_judge(const struct ctl_guard_facts *facts, const char *interface, char *why, size_t size)
{
    if (!facts->found)
        snprintf(why, size, "there is no interface %s in this network namespace", interface);
    else if (facts->address[0] != '\0')
        snprintf(why, size,
                 "%s has the address %s, so the kernel could answer or forward past cellgate: ip addr flush dev %s",
                 interface, facts->address, interface);
    else if (facts->ipv6)
        snprintf(why, size,
                 "%s takes IPv6, so the kernel could answer past cellgate: sysctl -w net.ipv6.conf.%s.disable_ipv6=1",
                 interface, interface);
    else if (facts->master[0] != '\0')
        snprintf(why, size, "%s belongs to %s, which could forward past cellgate: ip link set %s nomaster", interface,
                 facts->master, interface);
    else if (facts->upper[0] != '\0')
        snprintf(why, size, "%s lies below %s, which could forward past cellgate: ip link del %s", interface,
                 facts->upper, facts->upper);
    else if (facts->forwarding4)
        snprintf(why, size, "the kernel forwards IPv4 packets from %s: sysctl -w net.ipv4.conf.%s.forwarding=0",
                 interface, interface);
    else if (facts->forwarding6)
        snprintf(why, size, "the kernel forwards IPv6 packets from %s: sysctl -w net.ipv6.conf.%s.forwarding=0",
                 interface, interface);
    else
        return true;
    return false;
}

static bool guard_port(const char *label, const char *interface, bool must)
{
    struct ctl_guard_facts facts;
    char why[320];
    int status = ctl_guard_look(&facts, interface);

    if (status != 0) {
        log_error("port=%s the kernel does not say how %s stands: %s", label, interface, strerror(-status));
        return false;
    }
    if ((!facts.found && !must) || ctl_guard_judge(&facts, interface, why, sizeof(why)))
        return true;
    log_error("port=%s %s", label, why);
    return false;
}

bool ctl_guard_ports(const char *inside, const char *outside)
{
    char names[2][IFNAMSIZ];
    bool must[2];
    bool on_kernel[2] = {ctl_guard_interface(names[0], &must[0], inside),
                         ctl_guard_interface(names[1], &must[1], outside)};
    bool good = true;

    if (on_kernel[0] && on_kernel[1] && strcmp(names[0], names[1]) == 0) {
        log_error("both ports are the interface %s", names[0]);
        return false;
    }
    if (on_kernel[0])
        good = guard_port("inside", names[0], must[0]);
    if (on_kernel[1])
        good = guard_port("outside", names[1], must[1]) && good;
    return good;
}
