/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate_table: the states of a flow at the gate, what can happen, and what follows: one table.
 *
 *     SYN --open--> OPEN --due_server--> DUE_SERVER --accept_server--> CLIENT --due_flow--> DUE_FLOW
 *                     \--due_flow-----------------------------------------------------------/  |
 *                                                                                     accept   v
 *     ACCEPTED <--acknowledged-- KEEP <--------------------------------------------------------/
 *
 *     block:  any undecided state --> CUT     (alert and RST to both ends; a tombstone answers what still comes)
 *     reset:  any undecided state --> CUT     (an end did it itself: nothing is sent)
 *     end:    OPEN, CLIENT, DUE_* --> ENDED   (an alert, or the client's FIN: only the end of the TCP connection passes)
 *     pass:   any undecided state --> PASSING (the policy lets it through unjudged, or only watches)
 *
 * What the table does not list is our own mistake, and a cut: no event that comes at the wrong time opens the gate.
 *
 * Threads: constant data. It knows no packets.
 */
#ifndef CELLGATE_DATAPLANE_GATE_TABLE_H
#define CELLGATE_DATAPLANE_GATE_TABLE_H

#include <stdbool.h>

enum dp_gate_state {
    DP_GATE_NONE = 0,   /* no flow */
    DP_GATE_SYN,        /* a SYN passed, perhaps a SYN-ACK; nothing else */
    DP_GATE_OPEN,       /* connected; the handshake is being read */
    DP_GATE_DUE_SERVER, /* a verdict about the server is owed */
    DP_GATE_CLIENT,     /* the server was accepted; the client's part is being read */
    DP_GATE_DUE_FLOW,   /* a verdict about the flow is owed */
    DP_GATE_KEEP,       /* accepted; the bytes that the verdict rests on are not all acknowledged */
    DP_GATE_ACCEPTED,
    DP_GATE_PASSING, /* passes without having been judged */
    DP_GATE_ENDED,   /* given up by an end: no more data passes */
    DP_GATE_CUT,     /* a tombstone */
    DP_GATE_STATES
};

enum dp_gate_event {
    DP_GATE_EVENT_OPEN = 0,      /* the client acknowledged the SYN-ACK */
    DP_GATE_EVENT_DUE_SERVER,    /* the server has shown everything, the client hasn't */
    DP_GATE_EVENT_DUE_FLOW,      /* everything has been shown */
    DP_GATE_EVENT_ACCEPT_SERVER, /* a verdict */
    DP_GATE_EVENT_ACCEPT,        /* a verdict about the flow */
    DP_GATE_EVENT_BLOCK,         /* a verdict, or the policy's answer to what was found */
    DP_GATE_EVENT_PASS,          /* the policy's answer: pass, or watch only */
    DP_GATE_EVENT_WATCH_CLIENT,  /* monitor mode: the server is refused; the client's part is read all the same */
    DP_GATE_EVENT_END,           /* an end gave the handshake up */
    DP_GATE_EVENT_RESET,         /* an end reset the connection, or sent on one that has ended */
    DP_GATE_EVENT_ACKNOWLEDGED,  /* every byte that the verdict rests on has arrived */
    DP_GATE_EVENTS
};

enum dp_gate_action {
    DP_GATE_DO_NOTHING = 0,
    DP_GATE_DO_CUT,    /* record, discard what is held, alert and RST to both ends */
    DP_GATE_DO_BURY,   /* record, discard what is held, send nothing */
    DP_GATE_DO_ASK,    /* give the case to the judge */
    DP_GATE_DO_RESUME, /* release the server's part, read on */
    DP_GATE_DO_ACCEPT, /* record, release everything, keep what is not acknowledged */
    DP_GATE_DO_PASS,   /* record, release everything */
    DP_GATE_DO_FORGET, /* free what was kept */
    DP_GATE_ACTIONS
};

struct dp_gate_step {
    unsigned char state;  /* enum dp_gate_state: the next one */
    unsigned char action; /* enum dp_gate_action */
};

/* dp_gate_step_for: what follows from `event` in `state`. Any numbers are allowed; what is not listed is a cut. */
struct dp_gate_step dp_gate_step_for(unsigned int state, unsigned int event);

/* dp_gate_reading: true in the states in which the TLS machine may be fed. */
bool dp_gate_reading(unsigned int state);

/* dp_gate_undecided: true in the states in which a verdict is still owed and the flow has a handshake. */
bool dp_gate_undecided(unsigned int state);

#endif
