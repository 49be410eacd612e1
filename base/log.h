/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * log: lines for a person, about changes of state. Never called per packet and never from the hot path.
 *
 * One line each, to standard error: `<level>cellgate: key=value text`, with the level as systemd's journal reads it
 * (RFC 5424 numbers in angle brackets) when standard error is not a terminal. Control characters in the text are
 * replaced, so that nothing from a file or a peer can forge a line.
 *
 * Threads: any; each line is one write. Errors: a line that cannot be written is lost.
 */
#ifndef CELLGATE_BASE_LOG_H
#define CELLGATE_BASE_LOG_H

#include <stdarg.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 };

/* log_line: writes one line; the text is cut at 1 kB. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)

#endif
