/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mint: makes mutual TLS 1.2 handshakes, each with its own randoms, key shares and signatures, as a pcap file, and the
 * policy and anchors under which they are good. The same arguments always give the same bytes.
 *
 * Flows come in rounds of --interleave flows, each round in four steps: all of its flows open and say their ClientHello,
 * then all servers answer, then all clients, then all end. 1 is one flow after the other; the number of flows means that
 * every ClientHello precedes the first Certificate.
 *
 * Signatures are nearly all of the work. They are made ahead, by several threads, for a block of flows at a time (whole
 * rounds); memory is bounded by the larger of one round and one block, and by the leaves.
 */
#include "mint_handshake.h"
#include "mint_random.h"
#include "mint_wire.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX      100000000U
#define LEAVES_MAX     1000000U
#define LEAVES_DEFAULT 1000U
#define THREADS_MAX    64U
#define BLOCK_FLOWS    4096U
#define START_US       1772366400000000U /* 2026-03-01 12:00:00 UTC; the certificates are valid then */
#define CLIENT_HOSTS   50000U /* addresses from 198.18.0.1 on; each further flow of one takes the next port */
#define CLIENT_PORT    20000U
#define SERVER_HOSTS   60000U /* addresses from 10.4.1.0 on, one for each leaf */
#define SERVER_PORT    8883U

static const char usage[] =
    "usage: mint [OPTION...]\n"
    "  --flows N        handshakes to make (1000)\n"
    "  --interleave N   flows that are open at once (all)\n"
    "  --leaves N       certificates on each side (1000, or as many as flows)\n"
    "  --seed N         the same seed gives the same bytes (1)\n"
    "  --bad PERCENT    share of flows in which one side signs with a key that is not its certificate's (0)\n"
    "  --mss N          bytes in a segment at most (1460)\n"
    "  --gap-us N       time between two frames (1)\n"
    "  --threads N      threads that make signatures (all cores)\n"
    "  --dir DIR        write DIR/mint.pcap, DIR/policy.yaml, DIR/anchors/, DIR/expected.jsonl\n"
    "  --out FILE       write the capture to FILE instead; - is standard output\n"
    "  --policy-out DIR write policy, anchors and expected.jsonl to DIR instead\n";

struct options {
    uint32_t num_flows;
    uint32_t interleave;
    uint32_t num_leaves;
    uint32_t num_threads;
    uint32_t bad_percent;
    uint32_t gap_us;
    uint32_t mss;
    uint64_t seed;
    const char *dir;
    const char *out;
    const char *policy_out;
};

/* A flow of the block in hand. */
struct slot {
    struct mint_flow flow;
    struct mint_connection connection;
};

struct mint {
    const struct options *options;
    struct mint_people *people;
    struct mint_wire wire;
    FILE *expected; /* NULL: nobody asked */
    struct slot *slots;
};

/* A thread's part of a block. */
struct share {
    struct slot *first;
    uint32_t num;
};

static uint64_t number(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *rest;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &rest, 10);
    if (errno != 0 || rest == text || *rest != '\0' || text[0] == '-' || value < least || value > most)
        mint_die("--%s takes a number from %llu to %llu, not \"%s\"", option, (unsigned long long)least,
                 (unsigned long long)most, text);
    return value;
}

/* `name` is the option's name; false when there is no such option. */
static int take_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "flows") == 0)
        options->num_flows = (uint32_t)number(name, value, 1, FLOWS_MAX);
    else if (strcmp(name, "interleave") == 0)
        options->interleave = (uint32_t)number(name, value, 1, FLOWS_MAX);
    else if (strcmp(name, "leaves") == 0)
        options->num_leaves = (uint32_t)number(name, value, 1, LEAVES_MAX);
    else if (strcmp(name, "threads") == 0)
        options->num_threads = (uint32_t)number(name, value, 1, THREADS_MAX);
    else if (strcmp(name, "bad") == 0)
        options->bad_percent = (uint32_t)number(name, value, 0, 100);
    else if (strcmp(name, "gap-us") == 0)
        options->gap_us = (uint32_t)number(name, value, 1, 1000000);
    else if (strcmp(name, "mss") == 0)
        options->mss = (uint32_t)number(name, value, 1, MINT_MSS_MAX);
    else if (strcmp(name, "seed") == 0)
        options->seed = number(name, value, 0, UINT64_MAX);
    else if (strcmp(name, "dir") == 0)
        options->dir = value;
    else if (strcmp(name, "out") == 0)
        options->out = value;
    else if (strcmp(name, "policy-out") == 0)
        options->policy_out = value;
    else
        return 0;
    return 1;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"flows", required_argument, NULL, 'o'},
        {"interleave", required_argument, NULL, 'o'},
        {"leaves", required_argument, NULL, 'o'},
        {"threads", required_argument, NULL, 'o'},
        {"bad", required_argument, NULL, 'o'},
        {"gap-us", required_argument, NULL, 'o'},
        {"seed", required_argument, NULL, 'o'},
        {"dir", required_argument, NULL, 'o'},
        {"out", required_argument, NULL, 'o'},
        {"policy-out", required_argument, NULL, 'o'},
        {"mss", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct options options = {.num_flows = 1000, .seed = 1, .gap_us = 1, .mss = MINT_MSS_MAX};
    int which = 0;
    int code;

    options.num_threads = cores<1 ? 1 : cores>(long) THREADS_MAX ? THREADS_MAX : (uint32_t)cores;
    while ((code = getopt_long(argc, argv, "", names, &which)) != -1) {
        if (code == 'h') {
            fputs(usage, stdout);
            exit(0);
        }
        if (code != 'o' || !take_option(&options, names[which].name, optarg))
            exit(2);
    }
    if (optind != argc || (options.dir == NULL && options.out == NULL)) {
        fputs(usage, stderr);
        exit(2);
    }
    if (options.interleave == 0 || options.interleave > options.num_flows)
        options.interleave = options.num_flows;
    if (options.num_leaves == 0)
        options.num_leaves = LEAVES_DEFAULT;
    if (options.num_leaves > options.num_flows)
        options.num_leaves = options.num_flows;
    if (options.policy_out == NULL)
        options.policy_out = options.dir;
    return options;
}

static void put_address(uint8_t out[4], uint32_t address)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(address >> (24 - 8 * i));
}

static void fill_slot(struct slot *slot, const struct mint *mint, uint32_t index)
{
    struct mint_connection *connection = &slot->connection;
    struct {
        uint32_t seq[MINT_SIDES];
        uint16_t ip_id[MINT_SIDES];
        uint16_t luck;
        uint16_t side;
    } random;

    mint_random(&random, sizeof(random), mint->options->seed, "connection", index);
    memset(slot, 0, sizeof(*slot));
    slot->flow.people = mint->people;
    slot->flow.seed = mint->options->seed;
    slot->flow.index = index;
    if (random.luck % 100 < mint->options->bad_percent)
        slot->flow.forgery = random.side % 2 ? MINT_SERVER_FORGED : MINT_CLIENT_FORGED;
    put_address(connection->address[MINT_CLIENT], 0xc6120001U + index % CLIENT_HOSTS);
    put_address(connection->address[MINT_SERVER], 0x0a040100U + index % mint->options->num_leaves % SERVER_HOSTS);
    connection->port[MINT_CLIENT] = (uint16_t)(CLIENT_PORT + index / CLIENT_HOSTS);
    connection->port[MINT_SERVER] = SERVER_PORT;
    for (enum mint_side side = MINT_CLIENT; side < MINT_SIDES; side++) {
        connection->seq[side] = random.seq[side];
        connection->ip_id[side] = random.ip_id[side];
    }
}

static void *sign_share(void *argument)
{
    struct share *share = argument;

    for (uint32_t i = 0; i < share->num; i++)
        mint_handshake_sign(&share->first[i].flow);
    return NULL;
}

static void sign_block(struct mint *mint, uint32_t num)
{
    pthread_t threads[THREADS_MAX];
    struct share shares[THREADS_MAX];
    uint32_t num_threads = mint->options->num_threads < num ? mint->options->num_threads : num;
    uint32_t done = 0;

    for (uint32_t i = 0; i < num_threads; i++) {
        shares[i] = (struct share){.first = mint->slots + done, .num = (num - done) / (num_threads - i)};
        done += shares[i].num;
        if (pthread_create(&threads[i], NULL, sign_share, &shares[i]) != 0)
            mint_die("cannot start a thread");
    }
    for (uint32_t i = 0; i < num_threads; i++)
        pthread_join(threads[i], NULL);
}

static void send_flight(struct mint *mint, struct slot *slot, enum mint_side side, enum mint_flight flight)
{
    uint8_t data[MINT_FLIGHT_MAX];
    size_t len = mint_handshake_flight(data, &slot->flow, flight);

    mint_wire_send(&mint->wire, &slot->connection, side, data, len);
}

static void send_step(struct mint *mint, struct slot *slot, int step)
{
    struct mint_wire *wire = &mint->wire;
    struct mint_connection *connection = &slot->connection;

    switch (step) {
    case 0:
        mint_wire_open(wire, connection);
        send_flight(mint, slot, MINT_CLIENT, MINT_CLIENT_HELLO);
        mint_wire_ack(wire, connection, MINT_SERVER);
        break;
    case 1:
        send_flight(mint, slot, MINT_SERVER, MINT_SERVER_HELLO);
        mint_wire_ack(wire, connection, MINT_CLIENT);
        break;
    case 2:
        send_flight(mint, slot, MINT_CLIENT, MINT_CLIENT_KEYS);
        send_flight(mint, slot, MINT_SERVER, MINT_SERVER_END);
        break;
    default:
        mint_wire_close(wire, connection);
        break;
    }
}

/* One line for each flow: which, and what a judge has to say of it. */
static void write_expected(struct mint *mint, const struct slot *slot)
{
    static const char *const forged[] = {"none", "server", "client"};
    const struct mint_connection *connection = &slot->connection;
    const uint8_t *client = connection->address[MINT_CLIENT];
    const uint8_t *server = connection->address[MINT_SERVER];

    if (fprintf(mint->expected,
                "{\"src_ip\":\"%u.%u.%u.%u\",\"src_port\":%u,\"dest_ip\":\"%u.%u.%u.%u\",\"dest_port\":%u,"
                "\"sni\":\"%s\",\"forged\":\"%s\",\"reason\":\"%s\"}\n",
                client[0], client[1], client[2], client[3], connection->port[MINT_CLIENT], server[0], server[1],
                server[2], server[3], connection->port[MINT_SERVER],
                mint_handshake_leaf(&slot->flow, MINT_SERVER)->name, forged[slot->flow.forgery],
                slot->flow.forgery == MINT_HONEST ? "ok" : "possession_failed") < 0)
        mint_die("cannot write expected.jsonl: %s", strerror(errno));
}

static void write_round(struct mint *mint, struct slot *first, uint32_t num)
{
    for (int step = 0; step < 4; step++)
        for (uint32_t i = 0; i < num; i++)
            send_step(mint, &first[i], step);
    for (uint32_t i = 0; i < num && mint->expected != NULL; i++)
        write_expected(mint, &first[i]);
}

static void make_flows(struct mint *mint)
{
    uint32_t num_flows = mint->options->num_flows;
    uint32_t round = mint->options->interleave;
    uint32_t block = round >= BLOCK_FLOWS ? round : BLOCK_FLOWS / round * round;

    mint->slots = calloc(block < num_flows ? block : num_flows, sizeof(*mint->slots));
    if (mint->slots == NULL)
        mint_die("no memory for %u flows at once", block);
    for (uint32_t done = 0; done < num_flows;) {
        uint32_t num = num_flows - done < block ? num_flows - done : block;

        for (uint32_t i = 0; i < num; i++)
            fill_slot(&mint->slots[i], mint, done + i);
        sign_block(mint, num);
        for (uint32_t i = 0; i < num; i += round)
            write_round(mint, mint->slots + i, num - i < round ? num - i : round);
        done += num;
    }
    free(mint->slots);
}

static FILE *open_capture(const struct options *options)
{
    FILE *out;

    if (options->out == NULL)
        return mint_create(options->dir, "mint.pcap");
    if (strcmp(options->out, "-") == 0)
        return stdout;
    out = fopen(options->out, "wb");
    if (out == NULL)
        mint_die("%s: %s", options->out, strerror(errno));
    return out;
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    struct mint mint = {.options = &options};
    struct timespec start;
    FILE *capture;
    double took_s;

    clock_gettime(CLOCK_MONOTONIC, &start);
    mint.people = mint_people_new(options.seed, options.num_leaves);
    if (options.policy_out != NULL) {
        mint_people_write(mint.people, options.policy_out);
        mint.expected = mint_create(options.policy_out, "expected.jsonl");
    }
    capture = open_capture(&options);
    mint_wire_init(&mint.wire, capture, START_US, options.gap_us, options.mss);
    make_flows(&mint);
    mint_wire_finish(&mint.wire);
    if ((capture != stdout && fclose(capture) != 0) || (mint.expected != NULL && fclose(mint.expected) != 0))
        mint_die("cannot write: %s", strerror(errno));
    mint_people_free(mint.people);
    took_s = seconds_since(&start);
    fprintf(stderr, "mint: %u flows, %llu frames, %llu bytes in %.1f s (%.0f flows/s)\n", options.num_flows,
            (unsigned long long)mint.wire.num_frames, (unsigned long long)mint.wire.num_bytes, took_s,
            options.num_flows / took_s);
    return 0;
}
