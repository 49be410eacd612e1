/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char path[64];

static int setup(void **state)
{
    int fd;

    strcpy(path, "/tmp/cellgate-capture-XXXXXX");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    return unlink(path);
}

static void put(const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

/* A pcap file of link type `link_type` with two frames: {0x45, 1} and {0x60, 2}. */
static size_t two_frames(uint8_t *out, uint32_t link_type)
{
    const uint32_t head[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, link_type};
    const uint32_t frames[2][4] = {{100, 7, 2, 2}, {101, 8, 2, 60}};
    const uint8_t data[2][2] = {{0x45, 1}, {0x60, 2}};
    size_t len = sizeof(head);

    memcpy(out, head, sizeof(head));
    for (int i = 0; i < 2; i++) {
        memcpy(out + len, frames[i], 16);
        memcpy(out + len + 16, data[i], 2);
        len += 18;
    }
    return len;
}

static void test_frames_times_and_cuts(void **state)
{
    char error[CTL_CAPTURE_ERROR_MAX] = "";
    uint8_t file[128];
    struct ctl_frame frame;
    struct ctl_capture *capture;

    put(file, two_frames(file, 1));
    capture = ctl_capture_open(path, error);
    assert_non_null(capture);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_int_equal(frame.time_us, 100000007);
    assert_int_equal(frame.data.left, 2);
    assert_false(frame.cut);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_true(frame.cut);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_END);
    ctl_capture_close(capture);
}

static void test_raw_ip_becomes_ethernet(void **state)
{
    char error[CTL_CAPTURE_ERROR_MAX] = "";
    uint8_t file[128];
    struct ctl_frame frame;
    struct ctl_capture *capture;

    put(file, two_frames(file, 101));
    capture = ctl_capture_open(path, error);
    assert_non_null(capture);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_int_equal(frame.data.left, 16);
    assert_memory_equal(frame.data.at + 12, "\x08\x00\x45\x01", 4);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_memory_equal(frame.data.at + 12, "\x86\xdd\x60\x02", 4);
    ctl_capture_close(capture);
}

static void test_gzip_is_read(void **state)
{
    char error[CTL_CAPTURE_ERROR_MAX] = "";
    uint8_t file[128];
    size_t len = two_frames(file, 1);
    struct ctl_frame frame;
    struct ctl_capture *capture;
    gzFile gz = gzopen(path, "wb");

    assert_int_equal(gzwrite(gz, file, (unsigned)len), len);
    gzclose(gz);
    capture = ctl_capture_open(path, error);
    assert_non_null(capture);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_END);
    ctl_capture_close(capture);
}

static void test_a_truncated_file_gives_its_whole_frames(void **state)
{
    char error[CTL_CAPTURE_ERROR_MAX] = "";
    uint8_t file[128];
    size_t len = two_frames(file, 1);
    struct ctl_frame frame;
    struct ctl_capture *capture;

    put(file, len - 1);
    capture = ctl_capture_open(path, error);
    assert_non_null(capture);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_BROKEN);
    assert_non_null(strstr(error, "breaks off after 1 frames"));
    assert_non_null(strstr(error, path));
    ctl_capture_close(capture);
}

static void test_what_is_no_capture_is_named(void **state)
{
    char error[CTL_CAPTURE_ERROR_MAX] = "";
    uint8_t file[128];

    put("not a capture at all, but long enough", 37);
    assert_null(ctl_capture_open(path, error));
    assert_non_null(strstr(error, "is no capture"));
    assert_null(ctl_capture_open("/nonexistent/file.pcap", error));
    assert_non_null(strstr(error, "cannot be opened"));
    assert_null(ctl_capture_open("/tmp", error));
    put(file, two_frames(file, 105)); /* IEEE 802.11 */
    assert_null(ctl_capture_open(path, error));
    assert_non_null(strstr(error, "link type 105"));
    put("", 0);
    assert_null(ctl_capture_open(path, error));
}

static void test_what_is_written_can_be_read(void **state)
{
    char error[CTL_CAPTURE_ERROR_MAX] = "";
    struct ctl_capture_out *out = ctl_capture_create(path, error);
    struct ctl_capture *capture;
    struct ctl_frame frame;

    assert_non_null(out);
    ctl_capture_write(out, 5000001, bytes_of("abcdef", 6));
    assert_true(ctl_capture_finish(out));
    capture = ctl_capture_open(path, error);
    assert_non_null(capture);
    assert_int_equal(ctl_capture_next(capture, &frame, error), CTL_CAPTURE_FRAME);
    assert_int_equal(frame.time_us, 5000001);
    assert_true(bytes_equal(frame.data, bytes_of("abcdef", 6)));
    ctl_capture_close(capture);
    assert_null(ctl_capture_create("/nonexistent/out.pcap", error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_frames_times_and_cuts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_raw_ip_becomes_ethernet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gzip_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_truncated_file_gives_its_whole_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_capture_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_written_can_be_read, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
