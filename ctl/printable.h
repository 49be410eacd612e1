/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * printable: text from strangers, made safe for a terminal and a log without losing a byte.
 *
 * What goes in is bytes: a name from a certificate, a word from a file. What comes out is UTF-8 in which every character
 * shows itself: control characters (C0, DEL, C1), everything that turns the direction of writing or has no width,
 * line separators, and bytes that are no UTF-8 are written as `\xNN`, one for each byte, and a backslash as `\\`. So the
 * original can be restored, and two different inputs never look the same by an escape alone.
 *
 * Threads: any; no state. It does not know JSON: a JSON writer quotes the result as it would any other text.
 */
#ifndef CELLGATE_CTL_PRINTABLE_H
#define CELLGATE_CTL_PRINTABLE_H

#include "base/bytes.h"

#define CTL_PRINTABLE_GROWTH 4 /* the result is at most this many times as long as the input */

/* ctl_printable: writes `text` made printable and a NUL to `out` of `size` bytes (at least 1); what does not fit is left
 * out at the border of a whole character or escape. Returns the length without the NUL. */
size_t ctl_printable(char *out, size_t size, struct bytes text);

/* ctl_printable_rest: the same for text in which backslashes are escaped already (validator/describe): they stay as they
 * are, so that nothing is escaped twice. */
size_t ctl_printable_rest(char *out, size_t size, struct bytes text);

#endif
