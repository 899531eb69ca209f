"""Tries what an untrusted program should not do, and what it may."""
import errno
import os
import signal
import socket
import sys

PARENT = int(sys.argv[1])  # a process outside


def attempt(what, action):
    try:
        action()
        print(f"{what}\tok")
    except OSError as error:
        print(f"{what}\t{errno.errorcode.get(error.errno, error.errno)}")


def connect(port):
    with socket.socket() as s:
        s.connect(("127.0.0.1", port))


attempt("read /etc/shadow", lambda: open("/etc/shadow").close())
attempt("read /etc/hostname", lambda: open("/etc/hostname").close())
attempt("create /usr/planted", lambda: open("/usr/planted", "w").close())
attempt("create /tmp/planted", lambda: open("/tmp/planted", "w").close())
attempt("connect :443", lambda: connect(443))
attempt("signal", lambda: os.kill(PARENT, signal.SIGTERM))
attempt("syscall chroot", lambda: os.chroot("/"))
attempt("create result.txt", lambda: open("result.txt", "w").close())
with open("result.txt", "w") as result:
    print(sum(i * i for i in range(1_000_000)), file=result)
