/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/tls.h"

#include "dataplane/tls_extensions.h"
#include "dataplane/tls_hello.h"
#include "dataplane/tls_machine.h"
#include "dataplane/tls_messages.h"
#include "dataplane/tls_record.h"

#define MESSAGE_HEADER_LEN 4

enum { ALERT_WARNING = 1, ALERT_FATAL = 2, ALERT_CLOSE_NOTIFY = 0 };

void dp_tls_init(struct dp_tls *tls, struct val_case *c, struct dp_blocks *blocks, bool observe)
{
    *tls = (struct dp_tls){.c = c, .blocks = blocks, .state = DP_TLS_STATE_START, .observe = observe};
}

static enum dp_tls_status fault(struct dp_tls *tls, enum reason reason)
{
    tls->state = DP_TLS_STATE_FAULT;
    tls->reasons |= reason_bit(reason);
    tls->c->reasons |= reason_bit(reason);
    return DP_TLS_FAULT;
}

/* Moves `len` bytes of the current record's fragment out of `data`. */
static struct bytes consume(struct dp_tls_direction *d, struct bytes *data, uint32_t len)
{
    struct bytes piece = bytes_of(NULL, 0);

    if (len > d->record_left || !bytes_take(data, len, &piece))
        return bytes_of(NULL, 0);
    d->taken += len;
    d->record_left -= len;
    if (d->record_left == 0) {
        d->record_edge = d->taken;
        d->header_len = 0;
    }
    return piece;
}

/* Looks at as much of a record header as there is. */
static enum dp_tls_status check_header(struct dp_tls *tls, int side)
{
    struct dp_tls_direction *d = &tls->direction[side];
    enum dp_tls_record_place place = DP_TLS_RECORD_LATER;
    enum reason reason;

    if (d->record_edge == 0)
        place = side == CASE_CLIENT ? DP_TLS_RECORD_FIRST_OF_CLIENT : DP_TLS_RECORD_FIRST_OF_SERVER;
    reason = dp_tls_record_check(d->header, d->header_len, place);
    if (reason != REASON_UNDECIDED)
        return fault(tls, reason);
    if (d->header_len < DP_TLS_RECORD_HEADER_LEN)
        return DP_TLS_MORE;
    if (place == DP_TLS_RECORD_FIRST_OF_CLIENT)
        tls->c->tls.record_version = dp_tls_record_version(d->header);
    d->record_type = d->header[0];
    d->record_left = dp_tls_record_len(d->header);
    return DP_TLS_MORE;
}

static enum dp_tls_status feed_header(struct dp_tls *tls, int side, struct bytes *data)
{
    struct dp_tls_direction *d = &tls->direction[side];

    while (d->header_len < DP_TLS_RECORD_HEADER_LEN && bytes_u8(data, &d->header[d->header_len])) {
        d->header_len++;
        d->taken++;
    }
    return check_header(tls, side);
}

/* Whether a record of `side` may be read now. */
static enum dp_tls_status listen_to(struct dp_tls *tls, int side)
{
    const uint8_t type = tls->direction[side].record_type;

    if (side == CASE_SERVER && tls->state == DP_TLS_STATE_START && tls->direction[CASE_CLIENT].taken == 0)
        return tls->observe ? DP_TLS_WAIT : fault(tls, REASON_NOT_TLS);
    if (type == DP_TLS_RECORD_ALERT)
        return DP_TLS_MORE;
    switch (dp_tls_machine_turn(tls->state, side)) {
    case DP_TLS_TURN_SPEAKS:
        return DP_TLS_MORE;
    case DP_TLS_TURN_WAITS:
        return DP_TLS_WAIT;
    default:
        break;
    }
    if (type == DP_TLS_RECORD_CHANGE_CIPHER_SPEC &&
        dp_tls_machine_next(tls->state, side, DP_TLS_EVENT_CHANGE_CIPHER_SPEC) != DP_TLS_STATE_FAULT)
        return DP_TLS_MORE;
    return tls->observe ? DP_TLS_WAIT : fault(tls, REASON_MALFORMED_HANDSHAKE);
}

/* Everything that was to be shown has been: by both sides, or by the one that is heard. */
static enum dp_tls_status due_flow(struct dp_tls *tls)
{
    tls->state = DP_TLS_STATE_END;
    for (int side = 0; side < CASE_SIDES; side++)
        if (tls->alone == 0 || tls->alone == side + 1)
            tls->c->party[side].complete = 1;
    return DP_TLS_DUE_FLOW;
}

static void note_kind(struct dp_tls *tls, unsigned int was, enum dp_tls_event event)
{
    switch (event) {
    case DP_TLS_EVENT_NEW_SESSION_TICKET:
    case DP_TLS_EVENT_CHANGE_CIPHER_SPEC:
        if (was == DP_TLS_STATE_SERVER_HELLO)
            tls->c->tls.kind = CASE_KIND_RESUMED;
        break;
    case DP_TLS_EVENT_CERTIFICATE:
    case DP_TLS_EVENT_CERTIFICATE_EMPTY:
    case DP_TLS_EVENT_SERVER_KEY_EXCHANGE:
    case DP_TLS_EVENT_CERTIFICATE_REQUEST:
    case DP_TLS_EVENT_SERVER_HELLO_DONE:
    case DP_TLS_EVENT_CLIENT_KEY_EXCHANGE:
        tls->c->tls.kind = CASE_KIND_FULL;
        break;
    default:
        break;
    }
}

/* Takes one step in the table. Where a side stops speaking, its record must end as well: what stood behind the message in
 * the same record would reach the receiver unread. */
static enum dp_tls_status step(struct dp_tls *tls, int side, enum dp_tls_event event)
{
    struct dp_tls_direction *d = &tls->direction[side];
    const unsigned int was = tls->state;
    const enum dp_tls_state next = dp_tls_machine_next(was, side, event);

    if (next == DP_TLS_STATE_FAULT)
        return fault(tls, REASON_MALFORMED_HANDSHAKE);
    if (d->record_left != 0 && dp_tls_machine_turn(next, side) != DP_TLS_TURN_SPEAKS)
        return fault(tls, REASON_MALFORMED_HANDSHAKE);
    tls->state = (uint8_t)next;
    note_kind(tls, was, event);
    switch (next) {
    case DP_TLS_STATE_HELLO:
        if (tls->alone == CASE_CLIENT + 1)
            tls->state = DP_TLS_STATE_CLIENT_ALONE;
        d->pass_edge = d->taken;
        return DP_TLS_MORE;
    case DP_TLS_STATE_RETRY:
        /* the client's ChangeCipherSpec passes with the hello that follows it */
        if (side == CASE_SERVER)
            d->pass_edge = d->taken;
        return DP_TLS_MORE;
    case DP_TLS_STATE_HELLO_AGAIN:
        d->pass_edge = d->taken;
        return DP_TLS_MORE;
    case DP_TLS_STATE_SERVER_DONE:
        if (tls->alone != 0)
            return due_flow(tls);
        tls->c->party[CASE_SERVER].complete = 1;
        return DP_TLS_DUE_SERVER;
    case DP_TLS_STATE_END:
        return due_flow(tls);
    default:
        return DP_TLS_MORE;
    }
}

/* RFC 6066 8: CertificateStatus comes only where ServerHello has announced it. */
static bool status_announced(const struct dp_tls *tls)
{
    return tls->observe || dp_tls_hello_offers(tls->c, CASE_SERVER, DP_TLS_EXT_STATUS_REQUEST) ||
           dp_tls_hello_offers(tls->c, CASE_SERVER, DP_TLS_EXT_STATUS_REQUEST_V2);
}

/* The version that says how a message reads: where no ServerHello was heard, the record's. */
static uint16_t version_of(const struct dp_tls *tls, int side)
{
    return tls->c->tls.server_hello_seen ? tls->c->tls.version : dp_tls_record_version(tls->direction[side].header);
}

/* Reads a whole message; `event` becomes more exact where the content says so. */
static bool read_message(struct dp_tls *tls, int side, enum dp_tls_event *event, struct case_span message)
{
    struct val_case *c = tls->c;

    switch (*event) {
    case DP_TLS_EVENT_CLIENT_HELLO:
        return dp_tls_hello_client(c, message, !tls->observe);
    case DP_TLS_EVENT_SERVER_HELLO_13:
        return dp_tls_hello_server(c, event, message, !tls->observe);
    case DP_TLS_EVENT_CERTIFICATE:
        if (!dp_tls_certificate(c, side, message))
            return false;
        if (c->party[side].num_certificates == 0)
            *event = DP_TLS_EVENT_CERTIFICATE_EMPTY;
        return true;
    case DP_TLS_EVENT_CERTIFICATE_STATUS:
        return status_announced(tls) && dp_tls_certificate_status(c, message);
    case DP_TLS_EVENT_SERVER_KEY_EXCHANGE:
        return dp_tls_server_key_exchange(c, message, version_of(tls, side));
    case DP_TLS_EVENT_CERTIFICATE_REQUEST:
        return dp_tls_certificate_request(c, message, version_of(tls, side));
    case DP_TLS_EVENT_SERVER_HELLO_DONE:
        return true; /* its length has been checked */
    case DP_TLS_EVENT_NEW_SESSION_TICKET:
        return dp_tls_new_session_ticket(c, message);
    case DP_TLS_EVENT_CLIENT_KEY_EXCHANGE:
        return dp_tls_client_key_exchange(c, message, version_of(tls, side));
    case DP_TLS_EVENT_CERTIFICATE_VERIFY:
        return dp_tls_certificate_verify(c, message, version_of(tls, side));
    default:
        return false;
    }
}

/* Appends to the case, which moves to a larger block when it must. */
static bool append(struct dp_tls *tls, struct case_span *out, struct bytes piece)
{
    struct val_case *old = tls->c;
    uint32_t capacity = 0;
    size_t wanted;

    if (case_append(old, out, piece))
        return true;
    wanted = old->used + piece.left;
    if (wanted > DP_BLOCK_MAX)
        return false;
    /* Doubling keeps the number of copies small when the bytes come one by one. */
    if (wanted < 2 * (size_t)old->capacity)
        wanted = 2 * (size_t)old->capacity < DP_BLOCK_MAX ? 2 * (size_t)old->capacity : DP_BLOCK_MAX;
    struct val_case *fresh = dp_blocks_get(tls->blocks, wanted, &capacity);
    if (fresh == NULL)
        return false;
    case_grow(fresh, capacity, old);
    dp_blocks_put(tls->blocks, old, old->capacity);
    tls->c = fresh;
    return case_append(fresh, out, piece);
}

/* The first byte of a message says whether it may come at all, the first four how long it will be. */
static enum dp_tls_status check_message(struct dp_tls *tls, int side, uint32_t had, struct bytes head)
{
    struct dp_tls_direction *d = &tls->direction[side];
    const enum dp_tls_event event = dp_tls_machine_event(side, head.at[0]);
    uint8_t type;
    uint32_t len;

    if (had == 0 && dp_tls_machine_next(tls->state, side, event) == DP_TLS_STATE_FAULT)
        return fault(tls, tls->state == DP_TLS_STATE_START ? REASON_NOT_TLS : REASON_MALFORMED_HANDSHAKE);
    if (!bytes_u8(&head, &type) || !bytes_u24(&head, &len))
        return DP_TLS_MORE;
    if (len > dp_tls_machine_limit(event))
        return fault(tls, REASON_MALFORMED_HANDSHAKE);
    d->message_left = len;
    return DP_TLS_MORE;
}

/* Takes the rest of a message header, or of a message's body, or of the record, whichever is least. */
static enum dp_tls_status feed_handshake(struct dp_tls *tls, int side, struct bytes *data)
{
    struct dp_tls_direction *d = &tls->direction[side];
    const uint32_t had = d->message_open ? tls->c->used - d->message_at : 0;
    uint32_t len = had < MESSAGE_HEADER_LEN ? MESSAGE_HEADER_LEN - had : d->message_left;
    struct case_span span;

    len = len < d->record_left ? len : d->record_left;
    len = len < data->left ? len : (uint32_t)data->left;
    if (!append(tls, &span, consume(d, data, len)))
        return fault(tls, REASON_OVERLOAD);
    if (had == 0)
        d->message_at = span.at;
    d->message_open = 1;

    struct case_span message = {.at = d->message_at, .len = had + len};
    if (had < MESSAGE_HEADER_LEN) {
        const enum dp_tls_status status = check_message(tls, side, had, case_bytes(tls->c, message));
        if (status != DP_TLS_MORE || message.len < MESSAGE_HEADER_LEN)
            return status;
    } else {
        d->message_left -= len;
    }
    if (d->message_left != 0)
        return DP_TLS_MORE;
    d->message_open = 0;
    enum dp_tls_event event = dp_tls_machine_event(side, case_bytes(tls->c, message).at[0]);
    if (!read_message(tls, side, &event, message))
        return fault(tls, REASON_MALFORMED_HANDSHAKE);
    return step(tls, side, event);
}

static enum dp_tls_status feed_change_cipher_spec(struct dp_tls *tls, int side, struct bytes *data)
{
    const uint8_t bit = (uint8_t)(1U << side);
    const struct bytes piece = consume(&tls->direction[side], data, 1);

    if (piece.left != 1 || piece.at[0] != 1)
        return fault(tls, REASON_MALFORMED_HANDSHAKE);
    if (tls->state == DP_TLS_STATE_RETRY || tls->state == DP_TLS_STATE_HELLO_AGAIN) {
        if ((tls->compatible & bit) != 0)
            return fault(tls, REASON_MALFORMED_HANDSHAKE);
        tls->compatible |= bit;
    }
    return step(tls, side, DP_TLS_EVENT_CHANGE_CIPHER_SPEC);
}

static enum dp_tls_status feed_alert(struct dp_tls *tls, int side, struct bytes *data)
{
    struct dp_tls_direction *d = &tls->direction[side];
    const bool is_level = d->record_left == 2;
    struct bytes piece = consume(d, data, 1);
    uint8_t byte;

    if (!bytes_u8(&piece, &byte))
        return DP_TLS_MORE;
    if (is_level) {
        d->alert_level = byte;
        return DP_TLS_MORE;
    }
    if (d->alert_level == ALERT_FATAL || (d->alert_level == ALERT_WARNING && byte == ALERT_CLOSE_NOTIFY)) {
        d->pass_edge = d->taken;
        tls->ended |= (uint8_t)(1U << side);
        tls->reasons |= reason_bit(REASON_PEER_ALERT);
        tls->c->reasons |= reason_bit(REASON_PEER_ALERT);
        return DP_TLS_ENDED;
    }
    if (d->alert_level == ALERT_WARNING && tls->observe)
        return DP_TLS_MORE;
    return fault(tls, REASON_MALFORMED_HANDSHAKE);
}

static enum dp_tls_status feed_fragment(struct dp_tls *tls, int side, struct bytes *data)
{
    struct dp_tls_direction *d = &tls->direction[side];
    const enum dp_tls_status status = listen_to(tls, side);

    if (status != DP_TLS_MORE)
        return status;
    if (d->record_type == DP_TLS_RECORD_HANDSHAKE)
        return feed_handshake(tls, side, data);
    if (d->message_open) /* RFC 8446 5.1: nothing comes between the records of one message */
        return fault(tls, REASON_MALFORMED_HANDSHAKE);
    if (d->record_type == DP_TLS_RECORD_CHANGE_CIPHER_SPEC)
        return feed_change_cipher_spec(tls, side, data);
    if (d->record_type == DP_TLS_RECORD_ALERT)
        return feed_alert(tls, side, data);
    return fault(tls, REASON_MALFORMED_HANDSHAKE);
}

enum dp_tls_status dp_tls_feed(struct dp_tls *tls, int side, struct bytes data)
{
    struct dp_tls_direction *d = &tls->direction[side];
    enum dp_tls_status status = DP_TLS_MORE;

    if (tls->state == DP_TLS_STATE_FAULT)
        return DP_TLS_FAULT;
    if ((tls->ended & (1U << side)) != 0)
        return DP_TLS_ENDED;
    if (tls->c == NULL)
        return DP_TLS_WAIT;
    if (tls->state == DP_TLS_STATE_END)
        return DP_TLS_DUE_FLOW;
    if (tls->alone != 0 && tls->alone != side + 1)
        return DP_TLS_WAIT;
    if (data.left > DP_TLS_BYTES_MAX - d->taken)
        return fault(tls, REASON_OVERLOAD);
    while (status == DP_TLS_MORE && !bytes_done(&data))
        status =
            d->header_len < DP_TLS_RECORD_HEADER_LEN ? feed_header(tls, side, &data) : feed_fragment(tls, side, &data);
    return status;
}

void dp_tls_resume(struct dp_tls *tls, struct val_case *c)
{
    tls->c = c;
    if (tls->state != DP_TLS_STATE_SERVER_DONE)
        return;
    tls->state = DP_TLS_STATE_CLIENT_PART;
    tls->server_accepted = 1;
    tls->direction[CASE_SERVER].pass_edge = tls->direction[CASE_SERVER].taken;
}

void dp_tls_alone(struct dp_tls *tls, int side)
{
    if (!tls->observe || tls->c == NULL || tls->alone != 0)
        return;
    if (side == CASE_SERVER && tls->state == DP_TLS_STATE_START)
        tls->state = DP_TLS_STATE_HELLO;
    else if (side == CASE_CLIENT && tls->state == DP_TLS_STATE_HELLO)
        tls->state = DP_TLS_STATE_CLIENT_ALONE;
    else if (side != CASE_CLIENT || tls->state != DP_TLS_STATE_START)
        return;
    tls->alone = (uint8_t)(side + 1);
    tls->reasons |= reason_bit(REASON_ONE_SIDED);
    tls->c->reasons |= reason_bit(REASON_ONE_SIDED);
}

bool dp_tls_expects(const struct dp_tls *tls, int side)
{
    return side == CASE_CLIENT || !tls->server_accepted;
}
