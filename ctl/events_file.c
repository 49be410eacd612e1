/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/events_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0640

void ctl_events_file_init(struct ctl_events_file *file)
{
    file->fd = -1;
    file->num = 0;
    file->written = 0;
}

void ctl_events_file_fini(struct ctl_events_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

static bool ends_in_half_a_line(int fd)
{
    struct stat status;
    char last;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
           pread(fd, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

/* Back to the start of the line that is half written. */
static void rewind_line(struct ctl_events_file *file)
{
    while (file->written > 0 && file->batch[file->written - 1] != '\n')
        file->written--;
}

int ctl_events_file_open(struct ctl_events_file *file, const char *path)
{
    /* Readable, to look at its end; not blocking, because a pipe in place of a file must not hold up the end of the program. */
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, MODE);

    if (fd < 0)
        return -errno;
    if (ends_in_half_a_line(fd) && write(fd, "\n", 1) != 1) {
        int cause = errno ? -errno : -EIO;

        close(fd);
        return cause;
    }
    ctl_events_file_fini(file);
    file->fd = fd;
    rewind_line(file);
    return 0;
}

int ctl_events_file_write(struct ctl_events_file *file, int wait_ms)
{
    while (file->written < file->num) {
        ssize_t done = write(file->fd, file->batch + file->written, file->num - file->written);
        struct pollfd ready = {.fd = file->fd, .events = POLLOUT};

        if (done > 0) {
            file->written += (size_t)done;
            continue;
        }
        if (done == 0)
            return -EIO;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -errno;
        if (poll(&ready, 1, wait_ms) <= 0)
            return -EAGAIN;
    }
    file->num = 0;
    file->written = 0;
    return 0;
}
