// connect and listen, which the supervisor carries out.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;
using enum shown;

namespace {

/// What `program` says outside and inside, each in a directory of its own.
void agree(const world& place, const words& options, const words& program,
           std::size_t at_least) {
  const outcome outside = run(place.bare(program, place.fresh("bare")));
  const outcome inside = run(
      place.confined(options + words{"--cwd", place.fresh("walled")}, program));
  INFO(outside.err << inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(differences(outside.out, inside.out) == "");
  CHECK(inside.out.size() == outside.out.size());
  CHECK(inside.out.size() > at_least);
}

words python(const char* script) {
  return {"/usr/bin/python3", "-u", "-c", script};
}

} // namespace

TEST_CASE("connections to socket files inside and outside agree, whatever the "
          "arguments",
          "[e2e][lane][sockets]") {
  const world place(GENERATE(from_range(everybody())));
  agree(place, {}, {programs::target("local_sockets")}, 3'000);
}

TEST_CASE("nothing reaches a socket file outside, by any name or message",
          "[e2e][lane][sockets][threat-17]") {
  const world place(GENERATE(from_range(everybody())));
  auto outside_listener = unix_listener::at(place.files() / "outside/socket");
  auto own = unix_listener::at(place.inside() + "/own");
  const words program{programs::target("socket_escapes"),
                      "path=" + outside_listener.name(), "own=" + own.name()};

  const answers inside = answers_of(
      place.confined({"-r", "/proc", "-r", place.files() / "outside", "--cwd",
                      place.fresh("walled")},
                     program));
  CHECK(outside_listener.arrivals() == 0);
  CHECK(own.arrivals() > 0);
  const answers outside = answers_of(place.bare(program, place.fresh("bare")));
  CHECK(outside_listener.arrivals() >= 10);

  const char* const refused = "EACCES|EPERM|ELOOP|EXDEV|EBADF";
  std::vector<probe_row> rows{
      {"own", "ok", "ok", nowhere},
      {"datagram", "EPROTOTYPE", refused, nowhere},
      {"sendto", "EPROTOTYPE", refused, nowhere},
      {"connect, connected", "EISCONN", refused, nowhere},
      {"sendto, connected", "EISCONN", "EACCES|EISCONN", nowhere},
      {"sendmsg, connected", "EISCONN", "EISCONN", nowhere},
      {"sendmsg, stream", "EOPNOTSUPP", "EOPNOTSUPP", nowhere},
      {"sendmsg, packets", "ENOTCONN", "ENOTCONN", nowhere}};
  for (const char* name :
       {"path", "dots", "link", "link in the way", "root of /proc",
        "fd of /proc", "fd of the thread", "fd of the number", "fd of /dev",
        "through a directory's fd", "working directory"})
    rows.push_back({name, "ok", refused});
  for (const char* name : {"hard link", "renamed"})
    rows.push_back({name, "ok|EPERM|EACCES|ENOENT", refused, here});
  CHECK(compare(rows, place.who(), outside, inside) >= 10);
}

TEST_CASE("a thread that changes the address reaches no other socket",
          "[e2e][lane][sockets][threat-01]") {
  const world place(GENERATE(from_range(everybody())));
  auto outside_listener = unix_listener::at(place.files() / "outside/socket");
  auto own = unix_listener::at(place.inside() + "/own");
  const words program{programs::target("socket_escapes"),
                      "path=" + outside_listener.name(), "own=" + own.name()};

  const answers inside = answers_of(place.confined(
      {"--cwd", place.fresh("walled")}, program + words{"flips=3000"}));

  CHECK(outside_listener.arrivals() == 0);
  CHECK(own.arrivals() > 0);
  // Both were tried.
  CHECK(inside.at("flips reached") == "some");
  CHECK(inside.at("flips refused") == "some");
  const answers outside = answers_of(
      place.bare(program + words{"flips=10000000"}, place.fresh("bare")));
  CHECK(inside.at("flips reached the other") == "no");
  CHECK(outside.at("flips reached the other") == "yes");
  CHECK(outside_listener.arrivals() > 0);
}

TEST_CASE("a connection that blocks ends as it would outside: accepted, "
          "interrupted, started again, timed out, killed, execed away",
          "[e2e][lane][sockets]") {
  const world place(GENERATE(from_range(everybody())));
  agree(place, {"-p", "python"}, python(R"(
import ctypes, os, signal, socket, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
class Address(ctypes.Structure):
    _fields_ = [('family', ctypes.c_ushort), ('path', ctypes.c_char * 108)]
where = Address(1, b'busy')
server = socket.socket(socket.AF_UNIX)
server.bind('busy')
server.listen(0)
kept = []
def fill():
    while True:
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try: s.connect('busy')
        except BlockingIOError: return
        kept.append(s)
def accept_soon(after=0.3):
    threading.Thread(target=lambda: (time.sleep(after), server.accept())).start()
def connect(limit=None):
    s = socket.socket(socket.AF_UNIX)
    if limit: s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    ctypes.set_errno(0)
    failed = libc.connect(s.fileno(), ctypes.byref(where), 6)
    return os.strerror(ctypes.get_errno()) if failed else 'connected'
hits = 0
def handler(number):
    global hits
    hits += 1
catch = ctypes.CFUNCTYPE(None, ctypes.c_int)(handler)
def alarm(restarts):
    libc.siginterrupt(signal.SIGALRM, 0 if restarts else 1)
    libc.signal(signal.SIGALRM, catch)
    libc.siginterrupt(signal.SIGALRM, 0 if restarts else 1)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
fill()
accept_soon()
print('accepted:', connect())
fill()
alarm(False)
print('interrupted:', connect(), hits)
alarm(True)
accept_soon(0.6)
print('started again:', connect(), hits)
fill()
alarm(True)
print('with a limit:', connect(struct.pack('ll', 5, 0)), hits)
print('too long:', connect(struct.pack('ll', 0, 100000)), hits)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0.1)
accept_soon()
print('ignored:', connect())
fill()
def child(body):
    pid = os.fork()
    if pid == 0: body(); os._exit(1)
    return pid
pid = child(connect)
time.sleep(0.2)
os.kill(pid, signal.SIGKILL)
print('killed:', os.waitpid(pid, 0)[1])
def exec_away():
    for _ in range(20): threading.Thread(target=connect, daemon=True).start()
    time.sleep(0.2)
    os.execv('/bin/true', ['true'])
print('execed:', os.waitpid(child(exec_away), 0)[1])
server.close()
print('refused:', connect())
)"),
        100);
}

TEST_CASE("programs talk over sockets: manager, queue, fd passing, TCP",
          "[e2e][lane][sockets]") {
  const world place(GENERATE(from_range(everybody())));
  agree(place,
        {"-p", "python", "--net-allow", ":20971", "--net-allow-bind", "20971"},
        python(R"(
import array, multiprocessing, os, socket
from multiprocessing.managers import BaseManager
from multiprocessing.connection import Listener, Client
import threading
if __name__ == '__main__':
    context = multiprocessing.get_context('fork')
    manager = BaseManager(address=os.getcwd() + '/manager', authkey=b'k', ctx=context)
    BaseManager.register('d', callable=lambda d={}: d,
                         exposed=['__setitem__', '__getitem__'])
    manager.start()
    d = manager.d()
    d.__setitem__('a', 5)
    print('manager', d.__getitem__('a'))
    manager.shutdown()
    for address, family in (('sock', 'AF_UNIX'), (('127.0.0.1', 20971), 'AF_INET'), ('\0name' + os.getcwd(), 'AF_UNIX')):
        with Listener(address, family) as listener:
            def serve():
                with listener.accept() as c: c.send(c.recv() * 2)
            t = threading.Thread(target=serve)
            t.start()
            with Client(address, family) as c:
                c.send([1, 2])
                print(family, c.recv())
            t.join()
    a, b = socket.socketpair()
    r, w = os.pipe()
    socket.send_fds(a, [b'x'], [w])
    os.write(socket.recv_fds(b, 1, 1)[1][0], b'passed')
    print(os.read(r, 10))
)"),
        50);
}

TEST_CASE("sockets listen unseen nowhere", "[e2e][lane][sockets][abuse-58]") {
  const world place(GENERATE(from_range(everybody())));
  const auto script = python(R"(
import socket
def attempt(name, bind=None):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if bind: s.bind(('127.0.0.1', bind))
        s.listen(1)
        print(name, 'ok')
    except OSError as e: print(name, e.strerror)
attempt('unbound')
attempt('granted', 20972)
attempt('other', 20973)
)");
  const words options{"-p", "python", "--net-allow-bind", "20972"};

  CHECK(run(place.confined(options, script)).out
        == "unbound Permission denied\ngranted ok\nother Permission denied\n");
  CHECK(run(place.outside(script)).out == "unbound ok\ngranted ok\nother ok\n");
}

TEST_CASE("without a supervisor connections stay refused",
          "[e2e][sockets][threat-17]") {
  const world place(GENERATE(from_range(everybody())));
  auto own = unix_listener::at(place.inside() + "/own");
  const words program{programs::target("socket_escapes"), "path=" + own.name(),
                      "own=" + own.name(), "flips=1"};

  const outcome result = run(place.confined({"--no-supervisor"}, program));

  CHECK(result.out.starts_with("own=EACCES\n"));
  CHECK(own.arrivals() == 0);
}

TEST_CASE("a refused connection is explained with -v", "[e2e][lane][sockets]") {
  const world place(GENERATE(from_range(everybody())));
  auto outside_listener = unix_listener::at(place.files() / "outside/socket");
  const words program{programs::target("socket_escapes"),
                      "path=" + outside_listener.name(),
                      "own=" + outside_listener.name(), "flips=1"};

  const outcome result = run(place.confined({"-v"}, program));

  CHECK(result.err.find("denied connect") != std::string::npos);
  CHECK(result.err.find("no write grant covers " + outside_listener.name())
        != std::string::npos);
  CHECK(result.err.find("--fs-write") != std::string::npos);
}
