/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: base/bytes. The input is a program and its own data: each operation is taken from the front by the reader
 * itself, then done on what is left. What a reader promises is checked after each: it reads within its bounds (the
 * sanitizer sees to that, since the input has memory of its own length), moves forward by what it gave, and when it fails
 * leaves everything as it was.
 */
#include "base/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum operation { TAKE, SKIP, UINT, U8, U16, U24, U32, VECTOR, EQUAL, NUM_OPERATIONS };

/* What an operation gave, and how many bytes it should have moved. */
struct outcome {
    bool done;
    size_t moved;
    struct bytes view;
    bool has_view;
};

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* The number that stands at the front, by other means. */
static uint32_t number_at(struct bytes in, size_t width)
{
    uint32_t value = 0;

    for (size_t i = 0; i < width; i++)
        value = value * 256 + in.at[i];
    return value;
}

static struct outcome read_number(struct bytes *in, size_t width, uint8_t operation)
{
    struct bytes before = *in;
    uint32_t value = 0xdeadbeef;
    uint16_t narrow = 0;
    uint8_t byte = 0;
    bool done;

    switch (operation) {
    case U8:
        done = bytes_u8(in, &byte);
        value = done ? byte : value;
        break;
    case U16:
        done = bytes_u16(in, &narrow);
        value = done ? narrow : value;
        break;
    case U24:
        done = bytes_u24(in, &value);
        break;
    case U32:
        done = bytes_u32(in, &value);
        break;
    default:
        done = bytes_uint(in, width, &value);
        break;
    }
    demand(done == (before.left >= width));
    demand(value == (done ? number_at(before, width) : 0xdeadbeef));
    return (struct outcome){.done = done, .moved = width};
}

static struct outcome read_vector(struct bytes *in, size_t width)
{
    struct outcome outcome = {.has_view = true};

    outcome.done = bytes_vector(in, width, &outcome.view);
    outcome.moved = width + outcome.view.left;
    return outcome;
}

static struct outcome operate(struct bytes *in, uint8_t operation, uint16_t argument)
{
    static const uint8_t widths[] = {[UINT] = 0, [U8] = 1, [U16] = 2, [U24] = 3, [U32] = 4};
    struct outcome outcome = {.moved = argument};

    switch (operation) {
    case TAKE:
        outcome.has_view = true;
        outcome.done = bytes_take(in, argument, &outcome.view);
        return outcome;
    case SKIP:
        outcome.done = bytes_skip(in, argument);
        return outcome;
    case VECTOR:
        return read_vector(in, 1 + argument % 3U);
    case EQUAL:
        outcome.moved = 0;
        outcome.done = bytes_equal(*in, *in);
        demand(outcome.done);
        return outcome;
    default:
        return read_number(in, operation == UINT ? 1 + argument % 4U : widths[operation], operation);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint8_t operation;
    uint16_t argument;

    while (bytes_u8(&in, &operation) && bytes_u16(&in, &argument)) {
        struct bytes before = in;
        struct outcome outcome = operate(&in, operation % NUM_OPERATIONS, argument & 0x3ff);

        if (!outcome.done) {
            demand(in.at == before.at && in.left == before.left);
            continue;
        }
        demand(before.left - in.left == outcome.moved);
        demand(in.left == 0 || in.at == before.at + outcome.moved);
        if (outcome.has_view && outcome.view.left != 0)
            demand(outcome.view.at >= before.at && outcome.view.at + outcome.view.left == before.at + outcome.moved);
    }
    demand(in.left < 3 && bytes_done(&in) == (in.left == 0));
    return 0;
}
