/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/port.h"

#include "base/log.h"
#include "dataplane/packet.h"

#include <errno.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_pause.h>
#include <rte_pci.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* Descriptors of a queue each way, where the device lets one choose. */
#define DESCRIPTORS 1024
/* Tries to hand over a burst before the rest is dropped: time for a device to take a ring full of packets. */
#define TRIES_MAX  64
#define TRY_PAUSES 32
#define POOL_CACHE 256
/* Ethernet header and two tags, which the MTU does not count. */
#define LINK_HEADERS (RTE_ETHER_HDR_LEN + 8)

#define RSS_WANTED                                                                                                     \
    (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP |               \
     RTE_ETH_RSS_IPV6_EX | RTE_ETH_RSS_IPV6_TCP_EX)
#define RSS_NEEDED (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP)
/* Tables larger than this do not occur; smaller ones repeat it, so that two different cards agree. */
#define RETA_PERIOD 128

struct dp_port {
    uint16_t id;
    uint16_t num_queues;
    uint16_t descriptors_in;
    uint16_t descriptors_out;
    bool is_pci;
    bool spreads;
    bool sends_segments; /* takes packets of several segments */
    bool started;
    bool link_known;
    bool link_up;
    char label[16];
    char device[DP_PORT_DEVICE_MAX];
    uint8_t key[DP_PORT_KEY_LEN];
};

bool dp_port_is_pci(const char *device)
{
    struct rte_pci_addr address;

    return rte_pci_addr_parse(device, &address) == 0;
}

int dp_port_key(uint8_t key[DP_PORT_KEY_LEN])
{
    if (getrandom(key, 2, 0) != 2)
        return -EIO;
    for (int i = 2; i < DP_PORT_KEY_LEN; i++)
        key[i] = key[i - 2];
    return 0;
}

struct rte_mempool *dp_port_pool(const char *name, uint32_t num, uint16_t room)
{
    unsigned cache = num >= 16U * POOL_CACHE ? POOL_CACHE : 0;
    struct rte_mempool *pool = rte_pktmbuf_pool_create(name, num, cache, DP_PACKET_PRIVATE, room, SOCKET_ID_ANY);

    if (pool == NULL)
        log_error("packets: no memory for %u buffers of %u bytes: %s", num, room, rte_strerror(rte_errno));
    return pool;
}

uint64_t dp_port_pool_bytes(uint32_t num, uint16_t room)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t size = rte_mempool_calc_obj_size((uint32_t)(sizeof(struct rte_mbuf) + DP_PACKET_PRIVATE + room), 0, NULL);

    if (size > page)
        return num * RTE_ALIGN_CEIL(size, page);
    return (num / (page / size) + 1) * page;
}

/* Refuses with what the device said; always false. */
static bool refuse(const struct dp_port *port, const char *what, int status)
{
    log_error("port=%s device=%s %s: %s", port->label, port->device, what, rte_strerror(abs(status)));
    return false;
}

/* Finds the device's number; brings it into DPDK where EAL has not. */
static bool probe(struct dp_port *port)
{
    char name[RTE_DEV_NAME_MAX_LEN];
    int status;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(port->device, ","), port->device);
    if (rte_eth_dev_get_port_by_name(name, &port->id) == 0)
        return true;
    status = rte_dev_probe(port->device);
    if (status < 0 && status != -EEXIST)
        return refuse(port, "cannot be started (the lines above say why)", status);
    status = rte_eth_dev_get_port_by_name(name, &port->id);
    return status == 0 || refuse(port, "is no network device", status);
}

static void want_queues(struct dp_port *port, const struct rte_eth_dev_info *info, uint16_t wanted)
{
    port->num_queues = wanted;
    if (info->max_rx_queues < port->num_queues)
        port->num_queues = info->max_rx_queues;
    if (info->max_tx_queues < port->num_queues)
        port->num_queues = info->max_tx_queues;
    if (port->num_queues == 0)
        port->num_queues = 1;
    port->spreads = port->is_pci && port->num_queues == wanted && wanted > 1 && info->reta_size > 0 &&
                    info->hash_key_size <= DP_PORT_KEY_LEN && (info->flow_type_rss_offloads & RSS_NEEDED) == RSS_NEEDED;
}

/* The MTU to tell DPDK. Some virtual devices name the frame of plain Ethernet as their largest, whatever their arguments
 * say (net_af_packet's framesz), and DPDK would refuse more in their name; it does not limit them to what it was told. */
static uint16_t told_mtu(const struct dp_port *port, uint16_t mtu, const struct rte_eth_dev_info *info)
{
    const uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

    if (port->is_pci || info->max_mtu != UINT16_MAX || mtu + overhead <= info->max_rx_pktlen)
        return mtu;
    return (uint16_t)(info->max_rx_pktlen - overhead);
}

static bool configure(struct dp_port *port, const struct dp_port_config *config, const struct rte_eth_dev_info *info)
{
    uint32_t room = (uint32_t)rte_pktmbuf_data_room_size(config->pool) - RTE_PKTMBUF_HEADROOM;
    struct rte_eth_conf conf = {.rxmode.mtu = told_mtu(port, config->mtu, info)};
    int status;

    conf.rxmode.offloads = info->rx_offload_capa & (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM);
    if (config->mtu + (uint32_t)LINK_HEADERS > room)
        conf.rxmode.offloads |= info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
    conf.txmode.offloads = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
    port->sends_segments = conf.txmode.offloads != 0;
    if (port->spreads) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & RSS_WANTED;
        conf.rx_adv_conf.rss_conf.rss_key = port->key;
        conf.rx_adv_conf.rss_conf.rss_key_len = info->hash_key_size != 0 ? info->hash_key_size : 40;
    }
    if (config->mtu > info->max_mtu) {
        log_error("port=%s device=%s takes IP packets of %u bytes at most; set mtu to that, or use another driver",
                  port->label, port->device, info->max_mtu);
        return false;
    }
    status = rte_eth_dev_configure(port->id, port->num_queues, port->num_queues, &conf);
    return status == 0 || refuse(port, "cannot be configured", status);
}

/* A virtual device hands this on to its kernel interface; where an ordinary MTU is wanted that is left alone, because one
 * that was given more has it for a second VLAN tag. DPDK itself does not ask the interface. */
static bool set_mtu(const struct dp_port *port, uint16_t mtu)
{
    int status = mtu > RTE_ETHER_MTU ? rte_eth_dev_set_mtu(port->id, mtu) : 0;

    return status == 0 || status == -ENOTSUP || refuse(port, "does not take this mtu", status);
}

static bool set_up_queues(struct dp_port *port, struct rte_mempool *pool)
{
    int socket = rte_eth_dev_socket_id(port->id);
    int status;

    port->descriptors_in = port->descriptors_out = DESCRIPTORS;
    status = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &port->descriptors_in, &port->descriptors_out);
    for (uint16_t queue = 0; status == 0 && queue < port->num_queues; queue++) {
        status = rte_eth_rx_queue_setup(port->id, queue, port->descriptors_in, (unsigned)socket, NULL, pool);
        if (status == 0)
            status = rte_eth_tx_queue_setup(port->id, queue, port->descriptors_out, (unsigned)socket, NULL);
    }
    return status == 0 ||
           refuse(port, "cannot set up its queues (packet_bytes may be too small for its frames)", status);
}

/* Entry i leads to queue (i mod RETA_PERIOD) mod queues: two cards with tables of different sizes agree. */
static bool set_table(const struct dp_port *port, uint16_t size)
{
    struct rte_eth_rss_reta_entry64 table[RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE];
    int status;

    if (size < RETA_PERIOD || size > RTE_ETH_RSS_RETA_SIZE_512)
        return false;
    memset(table, 0, sizeof(table));
    for (uint16_t i = 0; i < size; i++) {
        struct rte_eth_rss_reta_entry64 *group = &table[i / RTE_ETH_RETA_GROUP_SIZE];

        group->mask |= 1ULL << (i % RTE_ETH_RETA_GROUP_SIZE);
        group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = (uint16_t)(i % RETA_PERIOD % port->num_queues);
    }
    status = rte_eth_dev_rss_reta_update(port->id, table, size);
    return status == 0 || refuse(port, "has no table of queues; flows are spread in software", status);
}

static bool start(struct dp_port *port, const struct rte_eth_dev_info *info)
{
    int status = rte_eth_dev_start(port->id);

    if (status != 0)
        return refuse(port, "cannot be started", status);
    port->started = true;
    status = rte_eth_promiscuous_enable(port->id);
    if (status != 0 && status != -ENOTSUP)
        return refuse(port, "cannot be made promiscuous", status);
    if (port->spreads)
        port->spreads = set_table(port, info->reta_size);
    return true;
}

static bool open_device(struct dp_port *port, const struct dp_port_config *config)
{
    struct rte_eth_dev_info info;
    int status;

    port->id = RTE_MAX_ETHPORTS;
    if (!probe(port))
        return false;
    status = rte_eth_dev_info_get(port->id, &info);
    if (status != 0)
        return refuse(port, "does not say what it can do", status);
    want_queues(port, &info, config->num_queues);
    return configure(port, config, &info) && set_mtu(port, told_mtu(port, config->mtu, &info)) &&
           set_up_queues(port, config->pool) && start(port, &info);
}

struct dp_port *dp_port_open(const struct dp_port_config *config)
{
    struct dp_port *port = calloc(1, sizeof(*port));

    if (port == NULL)
        return NULL;
    snprintf(port->label, sizeof(port->label), "%s", config->label);
    snprintf(port->device, sizeof(port->device), "%s", config->device);
    memcpy(port->key, config->rss_key, sizeof(port->key));
    port->is_pci = dp_port_is_pci(config->device);
    if (open_device(port, config))
        return port;
    dp_port_close(port);
    return NULL;
}

void dp_port_close(struct dp_port *port)
{
    struct rte_eth_dev_info info;

    if (port == NULL)
        return;
    if (rte_eth_dev_is_valid_port(port->id) && rte_eth_dev_info_get(port->id, &info) == 0) {
        if (port->started)
            (void)rte_eth_dev_stop(port->id);
        (void)rte_eth_dev_close(port->id);
        if (!port->is_pci && info.device != NULL)
            (void)rte_dev_remove(info.device);
    }
    free(port);
}

uint16_t dp_port_queues(const struct dp_port *port)
{
    return port->num_queues;
}

bool dp_port_spreads(const struct dp_port *port)
{
    return port->spreads;
}

uint16_t dp_port_receive(struct dp_port *port, uint16_t queue, struct rte_mbuf *packets[], uint16_t max)
{
    return rte_eth_rx_burst(port->id, queue, packets, max);
}

/* Makes every packet one segment, for a device that takes no other; those that do not fit one buffer are freed. */
static uint16_t join_segments(struct rte_mbuf *packets[], uint16_t num)
{
    uint16_t kept = 0;

    for (uint16_t i = 0; i < num; i++) {
        if (packets[i]->nb_segs > 1 && rte_pktmbuf_linearize(packets[i]) != 0)
            rte_pktmbuf_free(packets[i]);
        else
            packets[kept++] = packets[i];
    }
    return kept;
}

uint16_t dp_port_transmit(struct dp_port *port, uint16_t queue, struct rte_mbuf *packets[], uint16_t num)
{
    uint16_t left = port->sends_segments ? num : join_segments(packets, num);
    uint16_t refused = (uint16_t)(num - left);
    uint16_t sent = 0;

    for (int tries = 0; sent < left && tries < TRIES_MAX; tries++) {
        uint16_t taken = rte_eth_tx_burst(port->id, queue, packets + sent, (uint16_t)(left - sent));

        sent = (uint16_t)(sent + taken);
        for (int i = 0; sent < left && taken == 0 && i < TRY_PAUSES; i++)
            rte_pause();
    }
    refused = (uint16_t)(refused + left - sent);
    rte_pktmbuf_free_bulk(packets + sent, (unsigned)(left - sent));
    return refused;
}

void dp_port_losses_get(const struct dp_port *port, struct dp_port_losses *out)
{
    struct rte_eth_stats stats;

    *out = (struct dp_port_losses){0};
    if (rte_eth_stats_get(port->id, &stats) != 0)
        return;
    *out = (struct dp_port_losses){
        .missed = stats.imissed, .no_memory = stats.rx_nombuf, .bad_in = stats.ierrors, .bad_out = stats.oerrors};
}

void dp_port_link(struct dp_port *port)
{
    struct rte_eth_link link;
    bool up;

    if (rte_eth_link_get_nowait(port->id, &link) != 0)
        return;
    up = link.link_status == RTE_ETH_LINK_UP;
    if (port->link_known && up == port->link_up)
        return;
    if (port->link_known || !up)
        log_info("port=%s link=%s", port->label, up ? "up" : "down");
    port->link_known = true;
    port->link_up = up;
}
