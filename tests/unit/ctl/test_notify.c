/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void assert_arrives(const char *variable, const struct sockaddr_un *address, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char got[64] = "";

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)address, len), 0);
    setenv("NOTIFY_SOCKET", variable, 1);
    assert_int_equal(ctl_notify("READY=1"), 0);
    assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), 7);
    assert_string_equal(got, "READY=1");
    close(fd);
}

static void test_path(void **state)
{
    char folder[] = "/tmp/cellgate-notify-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
    assert_arrives(address.sun_path, &address, sizeof(address));
    assert_int_not_equal(ctl_notify("READY=1"), 0); /* nobody listens any more */
    unlink(address.sun_path);
    rmdir(folder);
}

static void test_abstract(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int len;

    (void)state;
    len = snprintf(name, sizeof(name), "@cellgate-test-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
    assert_arrives(name, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len));
}

static void test_nobody_asked(void **state)
{
    char path[256];

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(ctl_notify("READY=1"), 0);
    setenv("NOTIFY_SOCKET", "", 1);
    assert_int_equal(ctl_notify("READY=1"), 0);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    setenv("NOTIFY_SOCKET", path, 1);
    assert_int_not_equal(ctl_notify("READY=1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_abstract),
        cmocka_unit_test(test_nobody_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
