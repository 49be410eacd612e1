/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_FIRST 65536

static int read_all(int fd, uint8_t **data, size_t *len, size_t max)
{
    size_t size = FILE_FIRST;
    uint8_t *held = malloc(size);

    *len = 0;
    while (held) {
        ssize_t got = read(fd, held + *len, size - *len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || *len + (size_t)got > max) {
            int cause = got < 0 ? -errno : -EFBIG;

            free(held);
            return cause;
        }
        if (got == 0) {
            *data = held;
            return 0;
        }
        *len += (size_t)got;
        if (*len == size) {
            uint8_t *larger = realloc(held, size * 2);

            if (!larger)
                free(held);
            held = larger;
            size *= 2;
        }
    }
    return -ENOMEM;
}

int ctl_file_read(uint8_t **data, size_t *len, const char *path, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int result;

    if (fd < 0)
        return -errno;
    result = read_all(fd, data, len, max);
    close(fd);
    return result;
}
