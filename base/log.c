/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

void log_line(enum log_level level, const char *format, ...)
{
    char line[LOG_LINE_MAX + 32];
    int head;
    int body;
    size_t len;
    va_list args;

    if (isatty(STDERR_FILENO))
        head = snprintf(line, sizeof(line), "cellgate: ");
    else
        head = snprintf(line, sizeof(line), "<%d>cellgate: ", (int)level);
    va_start(args, format);
    body = vsnprintf(line + head, LOG_LINE_MAX, format, args);
    va_end(args);
    if (body < 0)
        return;
    len = strlen(line);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0)
        return; /* nobody is left to be told */
}
