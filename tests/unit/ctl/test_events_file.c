/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/events_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

struct place {
    char folder[32];
    char path[64];
    struct ctl_events_file *file;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/test_events.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/events", place->folder);
    place->file = malloc(sizeof(*place->file));
    ctl_events_file_init(place->file);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    ctl_events_file_fini(place->file);
    unlink(place->path);
    rmdir(place->folder);
    free(place->file);
    free(place);
    return 0;
}

static void load(struct place *place, const char *lines)
{
    memcpy(place->file->batch, lines, strlen(lines));
    place->file->num = strlen(lines);
    place->file->written = 0;
}

static void content_is(const char *path, const char *wanted)
{
    char content[256] = "";
    int fd = open(path, O_RDONLY);

    assert_true(read(fd, content, sizeof(content) - 1) >= 0);
    close(fd);
    assert_string_equal(content, wanted);
}

static void test_created_and_appended(void **state)
{
    struct place *place = *state;
    struct stat status;

    umask(0);
    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    load(place, "a\nb\n");
    assert_int_equal(ctl_events_file_write(place->file, 0), 0);
    assert_int_equal(place->file->num, 0);
    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    load(place, "c\n");
    assert_int_equal(ctl_events_file_write(place->file, 0), 0);
    content_is(place->path, "a\nb\nc\n");
}

static void test_half_a_line_is_ended(void **state)
{
    struct place *place = *state;
    int fd = open(place->path, O_WRONLY | O_CREAT, 0600);

    assert_int_equal(write(fd, "a\nbroken", 8), 8);
    close(fd);
    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    load(place, "c\n");
    assert_int_equal(ctl_events_file_write(place->file, 0), 0);
    content_is(place->path, "a\nbroken\nc\n");
}

static void test_a_link_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(symlink("/tmp/nowhere", place->path), 0);
    assert_int_equal(ctl_events_file_open(place->file, place->path), -ELOOP);
    assert_int_equal(place->file->fd, -1);
    assert_int_equal(ctl_events_file_open(place->file, "/nonexistent/x"), -ENOENT);
}

static void test_failed_reopen_keeps_the_old_file(void **state)
{
    struct place *place = *state;

    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    assert_int_equal(ctl_events_file_open(place->file, place->folder), -EISDIR);
    load(place, "a\n");
    assert_int_equal(ctl_events_file_write(place->file, 0), 0);
    content_is(place->path, "a\n");
}

static void test_reopen_repeats_the_half_written_line(void **state)
{
    struct place *place = *state;

    load(place, "a\nbcd\n");
    place->file->written = 4;
    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    assert_int_equal(ctl_events_file_write(place->file, 0), 0);
    content_is(place->path, "bcd\n");
}

/* A pipe that nobody reads stands for a disk that hangs. */
static void test_a_slow_file_is_not_waited_for(void **state)
{
    struct place *place = *state;
    char *content = malloc(1 << 20);
    size_t total = 0;
    ssize_t got;
    int reader;

    assert_int_equal(mkfifo(place->path, 0600), 0);
    reader = open(place->path, O_RDONLY | O_NONBLOCK);
    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    memset(place->file->batch, 'x', CTL_EVENTS_BATCH_MAX);
    place->file->num = CTL_EVENTS_BATCH_MAX;
    assert_int_equal(ctl_events_file_write(place->file, 10), -EAGAIN);
    assert_true(place->file->written > 0 && place->file->written < place->file->num);
    while (ctl_events_file_write(place->file, 0) == -EAGAIN) {
        got = read(reader, content + total, (1 << 20) - total);
        assert_true(got > 0);
        total += (size_t)got;
    }
    while ((got = read(reader, content + total, (1 << 20) - total)) > 0)
        total += (size_t)got;
    assert_int_equal(total, CTL_EVENTS_BATCH_MAX);
    close(reader);
    free(content);
}

/* A limit on the size of files stands for a disk that is full: first a short write, then an error, then it goes on. */
static void test_a_full_disk_loses_nothing(void **state)
{
    struct place *place = *state;
    struct rlimit before;
    struct rlimit small;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(ctl_events_file_open(place->file, place->path), 0);
    load(place, "a\nbcd\n");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(ctl_events_file_write(place->file, 0), -EFBIG);
    assert_int_equal(ctl_events_file_write(place->file, 0), -EFBIG);
    assert_int_equal(place->file->written, 3);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(ctl_events_file_write(place->file, 0), 0);
    content_is(place->path, "a\nbcd\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_created_and_appended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_a_line_is_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_reopen_keeps_the_old_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reopen_repeats_the_half_written_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_slow_file_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk_loses_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
