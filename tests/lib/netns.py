# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces that vanish with the process that made them.

A Namespace has no name in /run/netns: it lives as long as this process keeps a
descriptor of it or a process runs in it, and every process started here is
killed by the kernel when its parent dies. So nothing is left behind, whatever
ends a test, and two runs never meet. What is made inside a namespace (links,
addresses, routes) has plain names.

Start processes from the main thread only: the kernel ties "killed when the
parent dies" to the thread that started them.
"""
import ctypes
import os
import signal
import subprocess

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))
    return result


def die_with_parent():
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def enter_own_mounts(binds):
    """A /sys that shows the namespace's interfaces, as `ip netns exec` gives, and files of its own."""
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    check(libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None))
    for source, target in binds:
        check(libc.mount(os.fsencode(source), os.fsencode(target), None, MS_BIND, None))


def why_not():
    """why_not() says why namespaces can't be had here, or "" where they can."""
    if os.geteuid() != 0:
        return "needs root"
    try:
        Namespace("probe").close()
    except OSError as error:
        return f"no network namespaces: {error.strerror}"
    return ""


class Namespace:
    """One network namespace; `with ns:` moves the calling thread into it for a while."""

    def __init__(self, name):
        self.name = name
        self.binds = []         # (file of ours, its name for processes in here)
        self.cpus = []          # those that processes in here may use; none: as ours
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        check(libc.unshare(CLONE_NEWNET))
        try:
            self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        finally:
            check(libc.setns(home, CLONE_NEWNET))
            os.close(home)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        self._homes = []
        self.ip("link", "set", "lo", "up")

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self):
        self._homes.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        check(libc.setns(self.fd, CLONE_NEWNET))
        return self

    def __exit__(self, *_):
        home = self._homes.pop()
        check(libc.setns(home, CLONE_NEWNET))
        os.close(home)

    def popen(self, command, **more):
        """Starts a process in this namespace; it dies with us."""
        def enter():
            die_with_parent()
            check(libc.setns(self.fd, CLONE_NEWNET))
            enter_own_mounts(self.binds)
            if self.cpus:
                os.sched_setaffinity(0, self.cpus)
        return subprocess.Popen(command, preexec_fn=enter, **more)

    def run(self, *command, timeout=20):
        """Runs a command to its end; an error is an exception with its words."""
        process = self.popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        if process.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {err.strip() or out.strip()}")
        return out

    def ip(self, *words):
        return self.run("ip", *words)

    def sysctl(self, key, value):
        path = "/proc/sys/" + key.replace(".", "/")
        with self, open(path, "w", encoding="ascii") as file:
            file.write(str(value))
