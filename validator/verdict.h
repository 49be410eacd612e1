/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verdict: what the judge says of a case. Small, copied by value, self-contained.
 *
 * A verdict covers the server's part of a flow, or the whole flow. Where the client still owes its part (it was asked for
 * a certificate), the judge first gives a verdict that covers the server: BLOCK ends the flow at once; ACCEPT lets the
 * server's flight through, and the client's part is judged when it is there. Only a verdict that covers the flow is final
 * and makes a record; a BLOCK always does, whatever part it is about.
 *
 * It does not hold identities: the record takes them from the case.
 */
#ifndef CELLGATE_VALIDATOR_VERDICT_H
#define CELLGATE_VALIDATOR_VERDICT_H

#include "base/reason.h"

#include <stdint.h>

enum val_action { VAL_ACTION_UNDECIDED = 0, VAL_ACTION_ACCEPT = 1, VAL_ACTION_BLOCK = 2 };
enum val_covers { VAL_COVERS_NOTHING = 0, VAL_COVERS_SERVER = 1, VAL_COVERS_FLOW = 2 };

/* Grades of evidence, for each side of a flow. */
enum val_grade {
    VAL_GRADE_0 = 0, /* nothing */
    VAL_GRADE_1 = 1, /* known only from outside this flow */
    VAL_GRADE_2 = 2, /* certificate seen, possession left to the peers */
    VAL_GRADE_3 = 3, /* resumed, bound to a session of grade 4 */
    VAL_GRADE_4 = 4, /* certificate and possession verified for this very flow */
};

enum val_possession {
    VAL_POSSESSION_NONE = 0, /* nothing was shown that could be checked */
    VAL_POSSESSION_PROVED = 1,
    VAL_POSSESSION_FAILED = 2,
    VAL_POSSESSION_UNOBSERVABLE = 3, /* static RSA and the like */
};

#define VAL_NO_CONDUIT 0xffffU

struct val_verdict {
    uint8_t action;        /* enum val_action: what the policy decides, regardless of mode */
    uint8_t covers;        /* enum val_covers */
    uint8_t monitor;       /* 1: the policy's mode is monitor; `action` is what would have been done */
    uint8_t reason;        /* enum reason; REASON_OK if and only if action is ACCEPT */
    uint8_t grade[2];      /* enum val_grade by enum case_side */
    uint8_t possession[2]; /* enum val_possession by enum case_side */
    uint8_t side_refused;  /* 0: none; 1: the client's certificate; 2: the server's; 3: both */
    uint8_t reserved[3];
    uint16_t conduit; /* index in the policy; VAL_NO_CONDUIT */
    uint16_t reserved2;
    uint32_t policy_epoch;
    uint32_t held_us; /* filled by the data plane: longest time that a packet of the flow waited */
    uint64_t reasons; /* set of enum reason: everything found, tolerated things included */
};

_Static_assert(sizeof(struct val_verdict) <= 64, "a verdict is copied by value");

/* val_alert_for: the TLS alert (RFC 5246 7.2) that tells the peer on `side` (enum case_side) of a blocked flow why:
 * 42..48 to the side whose own certificate was refused, 40 for a blocked resumption, 70 for a version, 49 otherwise. */
uint8_t val_alert_for(const struct val_verdict *verdict, int side);

#endif
