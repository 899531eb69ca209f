// AF_UNIX datagrams, and every message that may have an address, sent by the
// supervisor.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <cstring>
#include <fstream>
#include <sstream>

using namespace cordon::test;
using enum shown;

namespace {

const words opened{"--extra-allow-syscall", "unix_datagram"};

/// Inside root has no capability; so it has none outside either.
words without_capabilities(const world& place) {
  return place.who().is_root()
             ? words{"/usr/bin/setpriv", "--bounding-set=-all",
                     "--inh-caps=-all", "--securebits=+noroot"}
             : words{};
}

std::string fresh(const world& place, const std::string& name) {
  return place.files().directory("inside/" + name, place.who());
}

command outside_in(const world& place, const std::string& name,
                   const words& program) {
  return place.outside(
      without_capabilities(place)
      + words{"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", fresh(place, name)}
      + program);
}

std::string difference(const std::string& one, const std::string& two) {
  std::istringstream left(one), right(two);
  std::string all, a, b;
  while (std::getline(left, a) && std::getline(right, b))
    if (a != b)
      all.append("outside ").append(a).append("\n inside ").append(b) += '\n';
  return all;
}

void agree(const world& place, const words& options, const words& program,
           std::size_t at_least) {
  const outcome outside = run(outside_in(place, "bare", program));
  const outcome inside = run(place.confined(
      options + opened + words{"--cwd", fresh(place, "walled")}, program));
  INFO(outside.err << inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(difference(outside.out, inside.out) == "");
  CHECK(inside.out.size() == outside.out.size());
  CHECK(inside.out.size() > at_least);
}

words python(const char* script) {
  return {"/usr/bin/python3", "-u", "-c", script};
}

/// Who sent the next datagram.
struct ucred sender_of_next(int fd, std::string& text) {
  alignas(cmsghdr) char room[256];
  char bytes[256] = {};
  iovec part{bytes, sizeof bytes - 1};
  msghdr into{};
  into.msg_iov = &part;
  into.msg_iovlen = 1;
  into.msg_control = room;
  into.msg_controllen = sizeof room;
  struct ucred who {};
  if (::recvmsg(fd, &into, 0) < 0)
    return who;
  text = bytes;
  for (auto* at = CMSG_FIRSTHDR(&into); at != nullptr;
       at = CMSG_NXTHDR(&into, at))
    if (at->cmsg_type == SCM_CREDENTIALS)
      std::memcpy(&who, CMSG_DATA(at), sizeof who);
  return who;
}

std::string name_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

} // namespace

TEST_CASE("messages inside and outside agree, whatever the arguments",
          "[e2e][lane][sockets][datagrams]") {
  const world place(GENERATE(from_range(everybody())));
  const auto [program, at_least] = GENERATE(std::pair{"datagrams", 3'000UL},
                                            std::pair{"messages", 3'000UL});
  agree(place, {}, {programs::target(program)}, at_least);
}

TEST_CASE("no datagram reaches a socket file outside, by any name or call",
          "[e2e][lane][sockets][datagrams][threat-17]") {
  const world place(GENERATE(from_range(everybody())));
  auto outside
      = unix_listener::at(place.files() / "outside/socket", SOCK_DGRAM);
  auto own = unix_listener::at(place.inside() + "/own", SOCK_DGRAM);
  const words program{programs::target("datagram_escapes"),
                      "path=" + outside.name(), "own=" + own.name()};
  const words options = opened + words{"-r",    "/proc",
                                       "-r",    place.files() / "outside",
                                       "--cwd", fresh(place, "walled")};
  const char* const refused = "EACCES|EPERM|ELOOP|EXDEV|EBADF";

  for (const bool by_names : {false, true}) {
    const words what = program + (by_names ? words{"names=1"} : words{});
    const answers inside = answers_of(place.confined(options, what));
    CHECK(outside.arrivals() == 0);
    CHECK(own.arrivals() > 0);
    const answers bare = answers_of(outside_in(place, "bare", what));
    CHECK(outside.arrivals() >= 6);
    own.arrivals();
    std::vector<probe_row> rows{{"own", "ok", "ok", nowhere}};
    if (by_names)
      for (const char* name :
           {"path", "dots", "link", "link in the way", "root of /proc",
            "fd of /proc", "fd of the number"})
        rows.push_back({name, "ok", refused});
    else
      for (const char* name :
           {"sendmsg", "sendmmsg", "connect", "sendto by a pair",
            "sendmsg by a pair", "connect a pair", "raw type"})
        rows.push_back({name, "ok", refused});
    if (by_names) {
      rows.push_back({"hard link", "ok|EPERM|EACCES", refused, here});
    } else {
      rows.push_back({"pair", "ok", "ok", nowhere});
      rows.push_back({"send by a pair", "ok", "ECONNREFUSED", nowhere});
    }
    CHECK(compare(rows, place.who(), bare, inside) >= 7);
  }
}

TEST_CASE("threads that change address, message and fd send nowhere else",
          "[e2e][lane][sockets][datagrams][threat-01]") {
  const world place(GENERATE(from_range(everybody())));
  auto outside
      = unix_listener::at(place.files() / "outside/socket", SOCK_DGRAM);
  auto own = unix_listener::at(place.inside() + "/own", SOCK_DGRAM);
  const words program{programs::target("datagram_escapes"),
                      "path=" + outside.name(), "own=" + own.name()};

  const answers inside = answers_of(
      place.confined(opened + words{"--cwd", fresh(place, "walled")},
                     program + words{"flips=2000"}));
  CHECK(outside.arrivals() == 0);
  CHECK(own.arrivals() > 0);
  CHECK(inside.at("flips reached the other") == "no");
  CHECK(inside.at("flips reached") == "some");
  CHECK(inside.at("flips refused") == "some");
  const answers bare = answers_of(
      outside_in(place, "bare", program + words{"flips=10000000"}));
  CHECK(outside.arrivals() > 0);
  CHECK(bare.at("flips reached the other") == "yes");
}

TEST_CASE("without the group there are no datagrams, and sendmsg is not "
          "trapped",
          "[e2e][sockets][datagrams]") {
  const world place(GENERATE(from_range(everybody())));
  const words program{programs::target("datagram_escapes"),
                      "path=" + place.inside() + "/none",
                      "own=" + place.inside() + "/none"};

  const answers inside = answers_of(place.confined({}, program));
  const outcome unsupervised
      = run(place.confined(opened + words{"--no-supervisor"}, program));

  for (const char* name : {"own", "pair", "raw type"})
    CHECK(inside.at(name) == "EPERM");
  CHECK(unsupervised.code() == 125);
  CHECK(
      unsupervised.last_error_line().find("unix_datagram needs the supervisor")
      != std::string::npos);
}

TEST_CASE("who receives is told the program's user, and no process that "
          "supervises it",
          "[e2e][lane][sockets][datagrams]") {
  const world place(GENERATE(from_range(everybody())));
  auto own = unix_listener::at(place.inside() + "/own", SOCK_DGRAM);
  const int on = 1;
  REQUIRE(::setsockopt(own.fd(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
  const auto flags = ::fcntl(own.fd(), F_GETFL);
  ::fcntl(own.fd(), F_SETFL, flags & ~O_NONBLOCK);
  const timeval limit{60, 0};
  ::setsockopt(own.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  running inside{place.confined(words{"-p", "python"} + opened, python(R"(
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to = os.environ.get('TO') or sys.argv[1]
def creds(pid):
    data = struct.pack('3i', pid, os.getuid(), os.getgid())
    return [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, data)]
s.sendto(b'plain', to)
s.sendmsg([b'given'], creds(os.getpid()), 0, to)
for pid in (os.getppid(), 1, os.getpid() + 1):
    try: s.sendmsg([b'forged'], creds(pid), 0, to)
    except PermissionError: print('refused')
s.connect(to)
s.send(b'%d' % os.getpid())
sys.stdin.readline()
)") + words{own.name()})};

  std::string text;
  const pid_t supervisor = inside.pid();
  for (const char* expected : {"plain", "given"}) {
    const auto who = sender_of_next(own.fd(), text);
    CHECK(text == expected);
    CHECK(who.uid == place.who().uid);
    CHECK(who.gid == place.who().gid);
    CHECK(who.pid != supervisor);
    CHECK(name_of(who.pid) == "cordon-courier");
  }
  // What has no address the program sends itself.
  const auto who = sender_of_next(own.fd(), text);
  CHECK(text == std::to_string(who.pid));
  inside.send("\n");
  inside.close_input();
  const outcome end = inside.wait();
  INFO(end.err);
  CHECK(end.code() == 0);
  CHECK(end.out == "refused\nrefused\nrefused\n");
}

TEST_CASE("a refused datagram is explained with -v",
          "[e2e][lane][sockets][datagrams]") {
  const world place(GENERATE(from_range(everybody())));
  auto outside
      = unix_listener::at(place.files() / "outside/socket", SOCK_DGRAM);
  const words program{programs::target("datagram_escapes"),
                      "path=" + outside.name(), "own=" + outside.name()};

  const outcome result = run(place.confined(opened + words{"-v"}, program));

  CHECK(result.err.find("denied send") != std::string::npos);
  CHECK(result.err.find("no write grant covers " + outside.name())
        != std::string::npos);
}

TEST_CASE("programs log and notify: logger, sd_notify's message, queues, "
          "blocked and broken off",
          "[e2e][lane][sockets][datagrams]") {
  const world place(GENERATE(from_range(everybody())));
  agree(place, {"-p", "python"}, python(R"(
import array, os, signal, socket, struct, subprocess, threading, time
def receiver(name):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(name)
    return s
log = receiver('log')
print('logger', subprocess.run(['/usr/bin/logger', '-u', 'log', '-t', 'me', 'a line']).returncode)
print(log.recv(100).endswith(b'a line'))
notify = receiver('notify')
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
r, w = os.pipe()
fds = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [w]))]
print(s.sendmsg([b'READY=1\n', b'BARRIER=1'], fds, socket.MSG_NOSIGNAL, 'notify'))
text, control, flags, source = notify.recvmsg(100, 100)
print(text, len(control), flags, source)
got = array.array('i', control[0][2])[0]
os.close(w)
os.write(got, b'through'); print(os.read(r, 10))
client = receiver('client')
client.sendto(b'question', 'notify')
text, back = notify.recvfrom(100)
notify.sendto(text + b' answered', back)
print(client.recvfrom(100))
busy = receiver('busy')
def fill():
    s.setblocking(False)
    try:
        while True: s.sendto(b'x', 'busy')
    except BlockingIOError: s.setblocking(True)
fill()
pid = os.fork()
if pid == 0: s.sendto(b'never', 'busy'); os._exit(1)
time.sleep(0.2)
os.kill(pid, signal.SIGKILL)
print('killed:', os.waitpid(pid, 0)[1])
def keep_sending():
    s.sendto(b'y' * 1000, 'busy')
threads = [threading.Thread(target=keep_sending) for _ in range(50)]
for t in threads: t.start()
seen = 0
while seen < 50: seen += len(busy.recv(2000)) == 1000
for t in threads: t.join()
print('all came')
fill()
def exec_away():
    for _ in range(20): threading.Thread(target=keep_sending, daemon=True).start()
    time.sleep(0.2)
    os.execv('/bin/true', ['true'])
pid = os.fork()
if pid == 0: exec_away()
print('execed:', os.waitpid(pid, 0)[1])
a, b = socket.socketpair()
def pour(): a.sendmsg([b'z' * 3000000])
t = threading.Thread(target=pour); t.start()
n = 0
while n < 3000000: n += len(b.recv(100000))
t.join()
print('poured', n)
)"),
        100);
}

TEST_CASE("a call that sends very much leaves others their turn",
          "[e2e][lane][sockets][datagrams][threat-27]") {
  const world place(GENERATE(from_range(everybody())));

  const outcome inside
      = run(place.confined(opened + words{"--cwd", fresh(place, "walled")},
                           {programs::target("message_flood")}));

  INFO(inside.err);
  CHECK(inside.out == "sent=all\nturns=yes\n");
}
