/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel fills messages of a dump up to 32 kB when the reader's buffer takes that. */
#define BUFFER_SIZE 32768

struct dump {
    unsigned index;
    struct ctl_rtnetlink_link *link;
    char *address;
    size_t address_size;
};

typedef void visit(struct dump *dump, const struct nlmsghdr *message);

static int ask(int fd, uint16_t type)
{
    struct {
        struct nlmsghdr header;
        struct rtgenmsg family;
    } request = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
                   .nlmsg_type = type,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .family = {.rtgen_family = AF_UNSPEC},
    };

    return send(fd, &request, request.header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Reads answers until the dump's end. */
static int read_answers(int fd, uint16_t type, visit *each, struct dump *dump)
{
    union {
        struct nlmsghdr first;
        char bytes[BUFFER_SIZE];
    } buffer;

    for (;;) {
        ssize_t len = recv(fd, &buffer, sizeof(buffer), 0);
        const struct nlmsghdr *message = &buffer.first;

        if (len < 0)
            return -errno;
        for (unsigned left = (unsigned)len; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE)
                return 0;
            if (message->nlmsg_type == NLMSG_ERROR)
                return -EIO;
            if (message->nlmsg_type == type)
                each(dump, message);
        }
    }
}

static int dump_all(uint16_t question, uint16_t answer, visit *each, struct dump *dump)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int status;

    if (fd < 0)
        return -errno;
    status = ask(fd, question);
    if (status == 0)
        status = read_answers(fd, answer, each, dump);
    close(fd);
    return status;
}

/* What one link says of itself, as far as it is asked here. */
struct link_words {
    unsigned master;
    unsigned lower; /* the link that it is stacked on, in this namespace; 0: none */
    const char *name;
};

static unsigned number(const struct rtattr *attribute)
{
    unsigned value = 0;

    if (RTA_PAYLOAD(attribute) >= sizeof(value))
        memcpy(&value, RTA_DATA(attribute), sizeof(value));
    return value;
}

static bool is_veth(const struct rtattr *info)
{
    unsigned left = (unsigned)RTA_PAYLOAD(info);

    for (const struct rtattr *at = RTA_DATA(info); RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == IFLA_INFO_KIND)
            return RTA_PAYLOAD(at) >= 4 && memcmp(RTA_DATA(at), "veth", 4) == 0;
    return false;
}

static struct link_words read_link(const struct nlmsghdr *message)
{
    const struct ifinfomsg *info = NLMSG_DATA(message);
    unsigned left = (unsigned)IFLA_PAYLOAD(message);
    struct link_words words = {.name = ""};

    for (const struct rtattr *at = IFLA_RTA(info); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        switch (at->rta_type) {
        case IFLA_MASTER:
            words.master = number(at);
            break;
        case IFLA_LINK:
            words.lower = number(at);
            break;
        case IFLA_IFNAME:
            words.name = RTA_DATA(at);
            break;
        default:
            break;
        }
    }
    left = (unsigned)IFLA_PAYLOAD(message);
    /* A veth calls its other end its link, and a link in another namespace has a number of that namespace. */
    for (const struct rtattr *at = IFLA_RTA(info); RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == IFLA_LINK_NETNSID || (at->rta_type == IFLA_LINKINFO && is_veth(at)))
            words.lower = 0;
    return words;
}

static void visit_link(struct dump *dump, const struct nlmsghdr *message)
{
    const struct ifinfomsg *info = NLMSG_DATA(message);
    struct link_words words = read_link(message);

    if ((unsigned)info->ifi_index == dump->index)
        dump->link->master = words.master;
    else if (words.lower == dump->index)
        snprintf(dump->link->upper, sizeof(dump->link->upper), "%s", words.name);
}

int ctl_rtnetlink_link(struct ctl_rtnetlink_link *out, unsigned index)
{
    struct dump dump = {.index = index, .link = out};

    *out = (struct ctl_rtnetlink_link){0};
    return dump_all(RTM_GETLINK, RTM_NEWLINK, visit_link, &dump);
}

static void visit_address(struct dump *dump, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *info = NLMSG_DATA(message);
    unsigned left = (unsigned)IFA_PAYLOAD(message);

    if (info->ifa_index != dump->index || (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
        return;
    for (const struct rtattr *at = IFA_RTA(info); RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == IFA_ADDRESS && RTA_PAYLOAD(at) >= (info->ifa_family == AF_INET ? 4U : 16U))
            (void)inet_ntop(info->ifa_family, RTA_DATA(at), dump->address, (socklen_t)dump->address_size);
}

int ctl_rtnetlink_address(char *out, size_t size, unsigned index)
{
    struct dump dump = {.index = index, .address = out, .address_size = size};

    out[0] = '\0';
    return dump_all(RTM_GETADDR, RTM_NEWADDR, visit_address, &dump);
}
