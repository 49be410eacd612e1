/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static void make(char path[], size_t len)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    for (size_t i = 0; i < len; i += 1000) {
        char block[1000];
        size_t part = len - i < sizeof(block) ? len - i : sizeof(block);

        memset(block, 'a' + (int)(i / 1000 % 26), sizeof(block));
        assert_int_equal(write(fd, block, part), part);
    }
    close(fd);
}

static void check_length(size_t len)
{
    char path[] = "/tmp/test_file.XXXXXX";
    uint8_t *data = NULL;
    size_t got = 0;

    make(path, len);
    assert_int_equal(ctl_file_read(&data, &got, path, len), 0);
    assert_int_equal(got, len);
    if (len != 0)
        assert_int_equal(data[len - 1], 'a' + (len - 1) / 1000 % 26);
    free(data);
    data = NULL;
    if (len != 0)
        assert_int_equal(ctl_file_read(&data, &got, path, len - 1), -EFBIG);
    assert_null(data);
    unlink(path);
}

static void test_whole_or_not_at_all(void **state)
{
    check_length(0);
    check_length(1);
    check_length(65535);
    check_length(65536);
    check_length(65537);
    check_length(300000);
}

static void test_what_cannot_be_read(void **state)
{
    uint8_t *data;
    size_t len;

    assert_int_equal(ctl_file_read(&data, &len, "/nonexistent/file", 10), -ENOENT);
    assert_int_equal(ctl_file_read(&data, &len, "/tmp", 10), -EISDIR);
    assert_int_equal(ctl_file_read(&data, &len, "/dev/zero", 1000000), -EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_or_not_at_all),
        cmocka_unit_test(test_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
