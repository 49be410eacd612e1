/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/tls_machine.h"
#include "validator/case.h"

#define STATE(x) DP_TLS_STATE_##x
#define EVENT(x) DP_TLS_EVENT_##x

/* Every legal step, written down a second time, from the RFCs' message flows. */
static const struct {
    unsigned int state;
    int side;
    unsigned int event;
    unsigned int next;
} LEGAL[] = {
    /* RFC 5246 7.3: ClientHello, ServerHello; RFC 8446 2.1: HelloRetryRequest, once */
    {STATE(START), CASE_CLIENT, EVENT(CLIENT_HELLO), STATE(HELLO)},
    {STATE(HELLO), CASE_SERVER, EVENT(SERVER_HELLO), STATE(SERVER_HELLO)},
    {STATE(HELLO), CASE_SERVER, EVENT(SERVER_HELLO_13), STATE(END)},
    {STATE(HELLO), CASE_SERVER, EVENT(HELLO_RETRY), STATE(RETRY)},
    {STATE(RETRY), CASE_CLIENT, EVENT(CLIENT_HELLO), STATE(HELLO_AGAIN)},
    {STATE(RETRY), CASE_CLIENT, EVENT(CHANGE_CIPHER_SPEC), STATE(RETRY)},
    {STATE(RETRY), CASE_SERVER, EVENT(CHANGE_CIPHER_SPEC), STATE(RETRY)},
    {STATE(HELLO_AGAIN), CASE_SERVER, EVENT(SERVER_HELLO_13), STATE(END)},
    {STATE(HELLO_AGAIN), CASE_SERVER, EVENT(CHANGE_CIPHER_SPEC), STATE(HELLO_AGAIN)},
    /* RFC 5246 7.3, the server's flight; 7.4.2 Certificate may be left out (anonymous, PSK) */
    {STATE(SERVER_HELLO), CASE_SERVER, EVENT(CERTIFICATE), STATE(CERTIFICATE)},
    {STATE(SERVER_HELLO), CASE_SERVER, EVENT(SERVER_KEY_EXCHANGE), STATE(KEY_EXCHANGE)},
    {STATE(SERVER_HELLO), CASE_SERVER, EVENT(CERTIFICATE_REQUEST), STATE(REQUEST)},
    {STATE(SERVER_HELLO), CASE_SERVER, EVENT(SERVER_HELLO_DONE), STATE(END)},
    {STATE(CERTIFICATE), CASE_SERVER, EVENT(CERTIFICATE_STATUS), STATE(STATUS)}, /* RFC 6066 8 */
    {STATE(CERTIFICATE), CASE_SERVER, EVENT(SERVER_KEY_EXCHANGE), STATE(KEY_EXCHANGE)},
    {STATE(CERTIFICATE), CASE_SERVER, EVENT(CERTIFICATE_REQUEST), STATE(REQUEST)},
    {STATE(CERTIFICATE), CASE_SERVER, EVENT(SERVER_HELLO_DONE), STATE(END)},
    {STATE(STATUS), CASE_SERVER, EVENT(SERVER_KEY_EXCHANGE), STATE(KEY_EXCHANGE)},
    {STATE(STATUS), CASE_SERVER, EVENT(CERTIFICATE_REQUEST), STATE(REQUEST)},
    {STATE(STATUS), CASE_SERVER, EVENT(SERVER_HELLO_DONE), STATE(END)},
    {STATE(KEY_EXCHANGE), CASE_SERVER, EVENT(CERTIFICATE_REQUEST), STATE(REQUEST)},
    {STATE(KEY_EXCHANGE), CASE_SERVER, EVENT(SERVER_HELLO_DONE), STATE(END)},
    {STATE(REQUEST), CASE_SERVER, EVENT(SERVER_HELLO_DONE), STATE(SERVER_DONE)},
    /* abbreviated: RFC 5246 7.3 figure 2, RFC 5077 3.1 figure 2 */
    {STATE(SERVER_HELLO), CASE_SERVER, EVENT(NEW_SESSION_TICKET), STATE(END)},
    {STATE(SERVER_HELLO), CASE_SERVER, EVENT(CHANGE_CIPHER_SPEC), STATE(END)},
    /* the client's flight, asked for a certificate: RFC 5246 7.4.6 to 7.4.8 */
    {STATE(CLIENT_PART), CASE_CLIENT, EVENT(CERTIFICATE), STATE(CLIENT_CERTIFICATE)},
    {STATE(CLIENT_PART), CASE_CLIENT, EVENT(CERTIFICATE_EMPTY), STATE(CLIENT_NAMELESS)},
    {STATE(CLIENT_CERTIFICATE), CASE_CLIENT, EVENT(CLIENT_KEY_EXCHANGE), STATE(CLIENT_KEY_EXCHANGE)},
    {STATE(CLIENT_NAMELESS), CASE_CLIENT, EVENT(CLIENT_KEY_EXCHANGE), STATE(END)},
    {STATE(CLIENT_KEY_EXCHANGE), CASE_CLIENT, EVENT(CERTIFICATE_VERIFY), STATE(END)},
    {STATE(CLIENT_KEY_EXCHANGE), CASE_CLIENT, EVENT(CHANGE_CIPHER_SPEC), STATE(END)},
    /* the client is all that is heard */
    {STATE(CLIENT_ALONE), CASE_CLIENT, EVENT(CERTIFICATE), STATE(CLIENT_CERTIFICATE)},
    {STATE(CLIENT_ALONE), CASE_CLIENT, EVENT(CERTIFICATE_EMPTY), STATE(CLIENT_NAMELESS)},
    {STATE(CLIENT_ALONE), CASE_CLIENT, EVENT(CLIENT_KEY_EXCHANGE), STATE(END)},
    {STATE(CLIENT_ALONE), CASE_CLIENT, EVENT(CHANGE_CIPHER_SPEC), STATE(END)},
};

#define NUM_LEGAL (sizeof(LEGAL) / sizeof(LEGAL[0]))

static unsigned int expected(unsigned int state, int side, unsigned int event)
{
    for (size_t i = 0; i < NUM_LEGAL; i++)
        if (LEGAL[i].state == state && LEGAL[i].side == side && LEGAL[i].event == event)
            return LEGAL[i].next;
    return DP_TLS_STATE_FAULT;
}

static void test_only_the_legal_steps_are_steps(void **unused)
{
    size_t legal = 0;

    for (unsigned int state = 0; state < DP_TLS_STATE_COUNT; state++)
        for (int side = 0; side < CASE_SIDES; side++)
            for (unsigned int event = 0; event < DP_TLS_EVENT_COUNT; event++) {
                const unsigned int next = dp_tls_machine_next(state, side, event);
                if (next != expected(state, side, event))
                    fail_msg("state %u side %d event %u -> %u", state, side, event, next);
                legal += next != DP_TLS_STATE_FAULT;
            }
    assert_int_equal(legal, NUM_LEGAL);
}

static void test_what_is_outside_the_table_is_a_fault(void **unused)
{
    assert_int_equal(dp_tls_machine_next(DP_TLS_STATE_COUNT, CASE_CLIENT, 1), DP_TLS_STATE_FAULT);
    assert_int_equal(dp_tls_machine_next(DP_TLS_STATE_START, -1, 1), DP_TLS_STATE_FAULT);
    assert_int_equal(dp_tls_machine_next(DP_TLS_STATE_START, CASE_SIDES, 1), DP_TLS_STATE_FAULT);
    assert_int_equal(dp_tls_machine_next(DP_TLS_STATE_START, CASE_CLIENT, DP_TLS_EVENT_COUNT), DP_TLS_STATE_FAULT);
    assert_int_equal(dp_tls_machine_turn(DP_TLS_STATE_COUNT, CASE_CLIENT), DP_TLS_TURN_SILENT);
    assert_int_equal(dp_tls_machine_turn(DP_TLS_STATE_START, 2), DP_TLS_TURN_SILENT);
    assert_int_equal(dp_tls_machine_turn(DP_TLS_STATE_START, -1), DP_TLS_TURN_SILENT);
}

static void test_no_two_sides_speak_at_once(void **unused)
{
    for (unsigned int state = 0; state < DP_TLS_STATE_COUNT; state++)
        assert_false(dp_tls_machine_turn(state, CASE_CLIENT) == DP_TLS_TURN_SPEAKS &&
                     dp_tls_machine_turn(state, CASE_SERVER) == DP_TLS_TURN_SPEAKS);
}

/* A step that the table lists must be reachable: its side speaks there, but for the server's ChangeCipherSpec behind a
 * HelloRetryRequest. */
static void test_steps_belong_to_the_side_that_speaks(void **unused)
{
    for (size_t i = 0; i < NUM_LEGAL; i++) {
        if (LEGAL[i].state == STATE(RETRY) && LEGAL[i].side == CASE_SERVER)
            continue;
        assert_int_equal(dp_tls_machine_turn(LEGAL[i].state, LEGAL[i].side), DP_TLS_TURN_SPEAKS);
    }
}

static void test_types_belong_to_sides(void **unused)
{
    static const struct {
        uint8_t type;
        unsigned int client;
        unsigned int server;
    } types[] = {
        {1, EVENT(CLIENT_HELLO), 0},         {2, 0, EVENT(SERVER_HELLO_13)},
        {4, 0, EVENT(NEW_SESSION_TICKET)},   {11, EVENT(CERTIFICATE), EVENT(CERTIFICATE)},
        {12, 0, EVENT(SERVER_KEY_EXCHANGE)}, {13, 0, EVENT(CERTIFICATE_REQUEST)},
        {14, 0, EVENT(SERVER_HELLO_DONE)},   {15, EVENT(CERTIFICATE_VERIFY), 0},
        {16, EVENT(CLIENT_KEY_EXCHANGE), 0}, {22, 0, EVENT(CERTIFICATE_STATUS)},
    };
    size_t num = 0;

    for (unsigned int type = 0; type < 256; type++) {
        unsigned int client = 0;
        unsigned int server = 0;

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
            if (types[i].type == type) {
                client = types[i].client;
                server = types[i].server;
                num++;
            }
        assert_int_equal(dp_tls_machine_event(CASE_CLIENT, (uint8_t)type), client);
        assert_int_equal(dp_tls_machine_event(CASE_SERVER, (uint8_t)type), server);
    }
    assert_int_equal(num, sizeof(types) / sizeof(types[0]));
}

static void test_limits(void **unused)
{
    assert_int_equal(dp_tls_machine_limit(EVENT(OTHER)), 0);
    assert_int_equal(dp_tls_machine_limit(EVENT(SERVER_HELLO_DONE)), 0);
    assert_int_equal(dp_tls_machine_limit(EVENT(CHANGE_CIPHER_SPEC)), 0);
    assert_int_equal(dp_tls_machine_limit(EVENT(CERTIFICATE)), 1U << 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_legal_steps_are_steps),
        cmocka_unit_test(test_what_is_outside_the_table_is_a_fault),
        cmocka_unit_test(test_no_two_sides_speak_at_once),
        cmocka_unit_test(test_steps_belong_to_the_side_that_speaks),
        cmocka_unit_test(test_types_belong_to_sides),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
