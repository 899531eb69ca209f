// Objects with names that the whole host shares.
//
// key=N (of a shared memory segment, a semaphore set and a queue outside)
// shm=ID sem=ID msg=ID queue=/NAME file=/dev/shm/NAME
// stream=NAME datagram=NAME (abstract sockets outside) path=SOCKET (by path)
#include "tests/targets/probe.hpp"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <string>

using namespace probe;

namespace {

void shared_memory(int key, int id) {
  report("shmget", call(SYS_shmget, key, 0, 0));
  report("shmget_private", call(SYS_shmget, IPC_PRIVATE, 4096, 0600));
  const long address = call(SYS_shmat, id, nullptr, 0);
  report("shmat", address == -1 ? -1 : 0);
  shmid_ds state{};
  report("shmctl", call(SYS_shmctl, id, IPC_STAT, &state));
  // SHM_STAT_ANY takes the index that an identifier's low bits are.
  report("shmctl_any", call(SYS_shmctl, id & 0x7FFF, 15, &state));
}

void semaphores(int key, int id) {
  report("semget", call(SYS_semget, key, 1, 0));
  sembuf up{0, 1, IPC_NOWAIT};
  report("semop", call(SYS_semop, id, &up, 1));
  report("semtimedop", call(SYS_semtimedop, id, &up, 1, nullptr));
  report("semctl", call(SYS_semctl, id, 0, GETVAL, 0));
}

void queues(int key, int id) {
  report("msgget", call(SYS_msgget, key, 0));
  struct {
    long type = 1;
    char text[8] = "message";
  } message;
  report("msgsnd",
         call(SYS_msgsnd, id, &message, sizeof message.text, IPC_NOWAIT));
  report("msgrcv",
         call(SYS_msgrcv, id, &message, sizeof message.text, 0, IPC_NOWAIT));
  msqid_ds state{};
  report("msgctl", call(SYS_msgctl, id, IPC_STAT, &state));
}

void posix(const std::string& queue, const std::string& file) {
  const char* name = queue.c_str() + 1; // the kernel's name has no slash
  report("mq_open", call(SYS_mq_open, name, O_RDWR, 0, nullptr));
  report("mq_open_new",
         call(SYS_mq_open, "cordon-test-new", O_RDWR | O_CREAT, 0600, nullptr));
  report("mq_unlink", call(SYS_mq_unlink, "cordon-test-new"));
  report("shm_file", ::open(file.c_str(), O_RDWR | O_CLOEXEC));
}

struct address {
  sockaddr_un text{};
  socklen_t size = 0;
};

address named(const std::string& name, bool abstract) {
  address made;
  made.text.sun_family = AF_UNIX;
  char* start = made.text.sun_path + (abstract ? 1 : 0);
  name.copy(start, sizeof made.text.sun_path - 2);
  made.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path)
                                     + name.size() + 1);
  return made;
}

long reach(const std::string& name, bool abstract, int type, bool connecting) {
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  const address to = named(name, abstract);
  const auto* generic = reinterpret_cast<const sockaddr*>(&to.text);
  if (connecting)
    return ::connect(fd, generic, to.size);
  return ::sendto(fd, "x", 1, MSG_NOSIGNAL, generic, to.size);
}

/// A datagram socket made by socketpair(2), then turned to another peer.
long reconnected_pair(const std::string& name) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
    return -1;
  const address to = named(name, true);
  return ::connect(pair[0], reinterpret_cast<const sockaddr*>(&to.text),
                   to.size);
}

void sockets(const facts& told) {
  const std::string stream = told.text("stream");
  const std::string datagram = told.text("datagram");
  const std::string path = told.text("path");
  report("abstract_connect", reach(stream, true, SOCK_STREAM, true));
  report("abstract_sendto", reach(datagram, true, SOCK_DGRAM, false));
  report("abstract_datagram_connect", reach(datagram, true, SOCK_DGRAM, true));
  report("abstract_reconnected_pair", reconnected_pair(datagram));
  report("path_connect", reach(path, false, SOCK_STREAM, true));
  const std::string relative = "../../../../../../.." + path;
  report("path_connect_relative", reach(relative, false, SOCK_STREAM, true));
}

/// Its own socket pairs are its own business.
void own() {
  int pair[2];
  report("own_socketpair", ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  report("own_sendto_without_address",
         ::sendto(pair[0], "x", 1, MSG_NOSIGNAL, nullptr, 0));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const int key = told.number("key");
  // Identifiers start at 0.
  shared_memory(key, std::stoi(told.text("shm")));
  semaphores(key, std::stoi(told.text("sem")));
  queues(key, std::stoi(told.text("msg")));
  posix(told.text("queue"), told.text("file"));
  sockets(told);
  own();
}
