/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/craft.h"

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <string.h>

#define IPV4_LEN      20
#define IPV6_LEN      40
#define TCP_LEN       20
#define TIMESTAMP_LEN 12
#define PAYLOAD_MAX   64
#define TTL           64
#define PROTOCOL_TCP  6

void dp_template_take(struct dp_template *out, const struct rte_mbuf *m)
{
    const struct dp_packet *p = dp_packet_of((struct rte_mbuf *)(uintptr_t)m);
    uint16_t l3_len = p->key.family == 4 ? IPV4_LEN : IPV6_LEN;
    uint8_t buffer[DP_CRAFT_L2_MAX + IPV6_LEN];
    const uint8_t *headers;

    out->l2_len = 0;
    if (p->l3_at < sizeof(struct rte_ether_hdr) || p->l3_at > DP_CRAFT_L2_MAX)
        return;
    headers = rte_pktmbuf_read(m, 0, (uint32_t)p->l3_at + l3_len, buffer);
    if (headers == NULL)
        return;
    memcpy(out->l2, headers, p->l3_at);
    memcpy(out->l3, headers + p->l3_at, l3_len);
    out->l2_len = (uint8_t)p->l3_at;
    out->family = (uint8_t)p->key.family;
    out->source_port = p->key.port[p->from];
    out->destination_port = p->key.port[!p->from];
    out->ack = p->ack;
    out->timestamp = p->timestamp;
    out->timestamp_echo = p->timestamp_echo;
    out->window = p->window;
    out->has_timestamp = p->has_timestamp;
    out->side = p->side == DP_INSIDE ? DP_OUTSIDE : DP_INSIDE;
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
    uint8_t kept[16];

    memcpy(kept, a, len);
    memcpy(a, b, len);
    memcpy(b, kept, len);
}

static void write_l2(uint8_t *at, const struct dp_template *template, bool reversed)
{
    memcpy(at, template->l2, template->l2_len);
    if (reversed)
        swap(at, at + RTE_ETHER_ADDR_LEN, RTE_ETHER_ADDR_LEN);
}

static void write_ipv4(uint8_t *at, const struct dp_template *template, bool reversed, uint16_t l4_len)
{
    struct rte_ipv4_hdr ip;

    memcpy(&ip, template->l3, sizeof(ip));
    ip.version_ihl = 0x45;
    ip.type_of_service &= 0xfcU; /* no ECN */
    ip.total_length = rte_cpu_to_be_16((uint16_t)(IPV4_LEN + l4_len));
    ip.packet_id = 0;
    ip.fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG); /* RFC 6864 4.1: the id means nothing then */
    ip.next_proto_id = PROTOCOL_TCP;
    ip.hdr_checksum = 0;
    if (reversed) {
        ip.time_to_live = TTL;
        swap((uint8_t *)&ip.src_addr, (uint8_t *)&ip.dst_addr, sizeof(ip.src_addr));
    }
    ip.hdr_checksum = rte_ipv4_cksum(&ip);
    memcpy(at, &ip, sizeof(ip));
}

static void write_ipv6(uint8_t *at, const struct dp_template *template, bool reversed, uint16_t l4_len)
{
    struct rte_ipv6_hdr ip;

    memcpy(&ip, template->l3, sizeof(ip));
    ip.vtc_flow &= rte_cpu_to_be_32(0xffcfffffU); /* no ECN */
    ip.payload_len = rte_cpu_to_be_16(l4_len);
    ip.proto = PROTOCOL_TCP;
    if (reversed) {
        ip.hop_limits = TTL;
        swap((uint8_t *)&ip.src_addr, (uint8_t *)&ip.dst_addr, sizeof(ip.src_addr));
    }
    memcpy(at, &ip, sizeof(ip));
}

/* RFC 7323 3.2 and appendix A: NOP, NOP, time stamps. */
static void write_timestamp(uint8_t *at, uint32_t value, uint32_t echo)
{
    value = rte_cpu_to_be_32(value);
    echo = rte_cpu_to_be_32(echo);
    at[0] = 1;
    at[1] = 1;
    at[2] = 8;
    at[3] = 10;
    memcpy(at + 4, &value, 4);
    memcpy(at + 8, &echo, 4);
}

static void write_tcp(uint8_t *at, const struct dp_template *template, const struct dp_craft *what, uint16_t header_len)
{
    bool reversed = what->reversed;
    struct rte_tcp_hdr tcp = {
        .src_port = rte_cpu_to_be_16(reversed ? template->destination_port : template->source_port),
        .dst_port = rte_cpu_to_be_16(reversed ? template->source_port : template->destination_port),
        .sent_seq = rte_cpu_to_be_32(what->seq),
        .recv_ack = rte_cpu_to_be_32(what->ack),
        .data_off = (uint8_t)(header_len << 2),
        .tcp_flags = what->tcp_flags,
        .rx_win = rte_cpu_to_be_16(reversed || (what->tcp_flags & DP_TCP_RST) != 0 ? 0 : template->window),
    };

    memcpy(at, &tcp, sizeof(tcp));
    if (header_len > TCP_LEN)
        write_timestamp(at + TCP_LEN, reversed ? template->timestamp_echo : template->timestamp,
                        reversed ? template->timestamp : template->timestamp_echo);
    if (what->payload.left != 0)
        memcpy(at + header_len, what->payload.at, what->payload.left);
}

static void write_checksum(uint8_t *l3, uint8_t *l4, uint8_t family)
{
    uint16_t sum = family == 4 ? rte_ipv4_udptcp_cksum((const struct rte_ipv4_hdr *)(void *)l3, l4)
                               : rte_ipv6_udptcp_cksum((const struct rte_ipv6_hdr *)(void *)l3, l4);

    memcpy(l4 + offsetof(struct rte_tcp_hdr, cksum), &sum, sizeof(sum));
}

struct rte_mbuf *dp_craft_packet(struct rte_mempool *pool, const struct dp_template *template,
                                 const struct dp_craft *what)
{
    uint16_t header_len = template->has_timestamp ? TCP_LEN + TIMESTAMP_LEN : TCP_LEN;
    uint16_t l3_len = template->family == 4 ? IPV4_LEN : IPV6_LEN;
    uint16_t l4_len;
    struct rte_mbuf *m;
    uint8_t *at;

    if (template->l2_len == 0 || what->payload.left > PAYLOAD_MAX)
        return NULL;
    m = rte_pktmbuf_alloc(pool);
    if (m == NULL)
        return NULL;
    l4_len = (uint16_t)(header_len + what->payload.left);
    at = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(template->l2_len + l3_len + l4_len));
    if (at == NULL) {
        rte_pktmbuf_free(m);
        return NULL;
    }
    write_l2(at, template, what->reversed);
    at += template->l2_len;
    if (template->family == 4)
        write_ipv4(at, template, what->reversed, l4_len);
    else
        write_ipv6(at, template, what->reversed, l4_len);
    write_tcp(at + l3_len, template, what, header_len);
    write_checksum(at, at + l3_len, template->family);
    memset(dp_packet_of(m), 0, sizeof(struct dp_packet));
    return m;
}
