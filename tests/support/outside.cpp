#include "tests/support/outside.hpp"

#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <random>

namespace cordon::test {
namespace {

unique_fd bound(int family, int type, const void* address, std::size_t size) {
  unique_fd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd
      || ::bind(fd.get(), static_cast<const sockaddr*>(address),
                static_cast<socklen_t>(size))
             != 0)
    std::abort();
  if (type == SOCK_STREAM && ::listen(fd.get(), 64) != 0)
    std::abort();
  return fd;
}

/// Accepts until nobody waits any more.
int accept_all(int fd) {
  int count = 0;
  for (;; ++count) {
    const unique_fd peer(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer)
      return count;
  }
}

int receive_all(int fd) {
  int count = 0;
  for (char byte = 0; ::recv(fd, &byte, 1, MSG_DONTWAIT) >= 0;)
    ++count;
  return count;
}

} // namespace

std::string unique_name(const std::string& stem) {
  static int count = 0;
  return "cordon-test-" + stem + "-" + std::to_string(::getpid()) + "-"
         + std::to_string(++count);
}

tcp_listener::tcp_listener() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  fd_ = bound(AF_INET, SOCK_STREAM, &address, sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

int tcp_listener::arrivals() {
  return accept_all(fd_.get());
}

int unused_port() {
  constexpr int first = 10'000, count = 20'000; // ip_local_port_range: 32768…
  std::random_device random;
  while (true) {
    const int port = first + static_cast<int>(random() % count);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const unique_fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
               sizeof address)
        == 0)
      return port;
  }
}

unix_listener::unix_listener(std::string name, bool is_abstract, int type)
    : name_(std::move(name))
    , type_(type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + (is_abstract ? 1 : 0), name_.data(),
              name_.size());
  fd_ = bound(AF_UNIX, type, &address,
              offsetof(sockaddr_un, sun_path) + name_.size() + 1);
  if (!is_abstract)
    ::chmod(name_.c_str(), 0777);
}

unix_listener unix_listener::abstract(const std::string& name, int type) {
  return {name, true, type};
}

unix_listener unix_listener::at(const std::string& path) {
  return {path, false, SOCK_STREAM};
}

unix_listener unix_listener::at(const std::string& path, int type) {
  return {path, false, type};
}

int unix_listener::arrivals() {
  return type_ == SOCK_STREAM ? accept_all(fd_.get()) : receive_all(fd_.get());
}

ipc_objects::ipc_objects()
    : key(0x0C0D0000 + (::getpid() & 0xFFFF))
    , shm(::shmget(key, 4096, IPC_CREAT | 0666))
    , sem(::semget(key, 1, IPC_CREAT | 0666))
    , msg(::msgget(key, IPC_CREAT | 0666))
    , queue("/" + unique_name("queue"))
    , file("/dev/shm/" + unique_name("file")) {
  const mode_t before = ::umask(0);
  const unique_fd queue_fd(
      ::mq_open(queue.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666, nullptr));
  const unique_fd file_fd(
      ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  ::umask(before);
  if (shm < 0 || sem < 0 || msg < 0 || !queue_fd || !file_fd)
    std::abort();
}

ipc_objects::~ipc_objects() {
  ::shmctl(shm, IPC_RMID, nullptr);
  ::semctl(sem, 0, IPC_RMID);
  ::msgctl(msg, IPC_RMID, nullptr);
  ::mq_unlink(queue.c_str());
  ::unlink(file.c_str());
}

} // namespace cordon::test
