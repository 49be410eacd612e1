/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mint_handshake: the bytes of one mutual TLS 1.2 handshake (ECDHE_ECDSA, X25519, P-256), flight by flight.
 *
 * Everything follows from seed and flow number, except the two signatures: they cost nearly all of the time, so
 * mint_handshake_sign() makes them apart (in any thread), and mint_handshake_flight() puts the flights together from them
 * as often as wanted. Both randoms, the session id and the key shares are the flow's own.
 *
 * Flights hold TLS records, each message in one of its own. What follows ChangeCipherSpec is random bytes of the right
 * length: whoever does not know the keys cannot tell.
 */
#ifndef CELLGATE_PERF_MINT_HANDSHAKE_H
#define CELLGATE_PERF_MINT_HANDSHAKE_H

#include "mint_people.h"

#define MINT_FLIGHT_MAX 8192

enum mint_flight {
    MINT_CLIENT_HELLO,
    MINT_SERVER_HELLO, /* to ServerHelloDone, with ServerKeyExchange and CertificateRequest */
    MINT_CLIENT_KEYS,  /* Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec, Finished */
    MINT_SERVER_END,   /* ChangeCipherSpec, Finished */
};

/* Whose signature is made with the thief's key. */
enum mint_forgery { MINT_HONEST = 0, MINT_SERVER_FORGED, MINT_CLIENT_FORGED };

struct mint_signature {
    uint8_t len;
    uint8_t bytes[MINT_SIGNATURE_MAX];
};

/* A flow: who meets whom is decided by its number. */
struct mint_flow {
    const struct mint_people *people;
    uint64_t seed;
    uint64_t index;
    enum mint_forgery forgery;
    struct mint_signature signature[MINT_SIDES];
};

/* mint_handshake_leaf: the leaf that stands on `side` of the flow. */
const struct mint_person *mint_handshake_leaf(const struct mint_flow *flow, enum mint_side side);

/* mint_handshake_sign: makes both signatures of the flow. */
void mint_handshake_sign(struct mint_flow *flow);

/* mint_handshake_flight: writes a flight, returns its length. */
size_t mint_handshake_flight(uint8_t out[MINT_FLIGHT_MAX], const struct mint_flow *flow, enum mint_flight flight);

#endif
