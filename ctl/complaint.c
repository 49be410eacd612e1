/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/complaint.h"

#include "ctl/printable.h"

#include <stdarg.h>

void ctl_complaints_init(struct ctl_complaints *complaints, const char *file)
{
    complaints->num = 0;
    complaints->num_more = 0;
    (void)ctl_printable(complaints->file, sizeof(complaints->file), bytes_of(file, strlen(file)));
}

void ctl_complain(struct ctl_complaints *complaints, unsigned line, unsigned column, const char *format, ...)
{
    char raw[CTL_COMPLAINT_TEXT_MAX];
    struct ctl_complaint *complaint;
    va_list args;

    if (complaints->num == CTL_COMPLAINTS_MAX) {
        complaints->num_more++;
        return;
    }
    complaint = &complaints->list[complaints->num++];
    complaint->line = line;
    complaint->column = column;
    va_start(args, format);
    if (vsnprintf(raw, sizeof(raw), format, args) < 0)
        raw[0] = 0;
    va_end(args);
    (void)ctl_printable(complaint->text, sizeof(complaint->text), bytes_of(raw, strlen(raw)));
}

void ctl_complaints_line(const struct ctl_complaints *complaints, size_t index, char *out, size_t size)
{
    const struct ctl_complaint *complaint = &complaints->list[index];

    if (complaint->line == 0)
        (void)snprintf(out, size, "%s: %s", complaints->file, complaint->text);
    else
        (void)snprintf(out, size, "%s:%u:%u: %s", complaints->file, complaint->line, complaint->column,
                       complaint->text);
}

void ctl_complaints_print(const struct ctl_complaints *complaints, FILE *to)
{
    char line[CTL_COMPLAINT_FILE_MAX + CTL_COMPLAINT_TEXT_MAX + 32];

    for (size_t i = 0; i < complaints->num; i++) {
        ctl_complaints_line(complaints, i, line, sizeof(line));
        (void)fprintf(to, "%s\n", line);
    }
    if (complaints->num_more != 0)
        (void)fprintf(to, "%s: and %zu more\n", complaints->file, complaints->num_more);
}
