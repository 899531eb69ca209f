// io_uring: a second entry to the kernel that no filter sees.
//
// secret=FILE (not granted inside) port=N (a TCP listener outside)
// [ring=FD]: an inherited ring
#include "tests/targets/probe.hpp"

#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>
#include <string>

using namespace probe;

namespace {

/// A ring of four entries; every failure shows as a negative result.
class ring {
public:
  ring()
      : fd_(call(SYS_io_uring_setup, 4, &parameters_)) {
    if (fd_ < 0)
      return;
    submissions_ = map(IORING_OFF_SQ_RING);
    completions_ = map(IORING_OFF_CQ_RING);
    entries_ = reinterpret_cast<io_uring_sqe*>(map(IORING_OFF_SQES));
  }

  [[nodiscard]] long fd() const {
    return fd_;
  }

  /// Runs one operation; its result as a system call's.
  long run(const io_uring_sqe& entry) {
    if (fd_ < 0)
      return -1;
    entries_[0] = entry;
    *at(submissions_, parameters_.sq_off.array) = 0;
    std::atomic_ref(*at(submissions_, parameters_.sq_off.tail)).fetch_add(1);
    if (call(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0)
        < 0)
      return -1;
    const auto* done = reinterpret_cast<const io_uring_cqe*>(
        completions_ + parameters_.cq_off.cqes);
    const int result = done[taken_ % parameters_.cq_entries].res;
    std::atomic_ref(*at(completions_, parameters_.cq_off.head)).fetch_add(1);
    ++taken_;
    if (result >= 0)
      return result;
    errno = -result;
    return -1;
  }

private:
  char* map(unsigned long offset) const {
    return static_cast<char*>(::mmap(
        nullptr, 16384, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
        static_cast<int>(fd_), static_cast<off_t>(offset)));
  }
  static std::uint32_t* at(char* base, std::uint32_t offset) {
    return reinterpret_cast<std::uint32_t*>(base + offset);
  }

  io_uring_params parameters_{};
  long fd_;
  char* submissions_ = nullptr;
  char* completions_ = nullptr;
  io_uring_sqe* entries_ = nullptr;
  unsigned taken_ = 0;
};

long open_by_ring(const std::string& path) {
  ring one;
  open_how how{O_RDONLY, 0, 0};
  io_uring_sqe entry{};
  entry.opcode = IORING_OP_OPENAT2;
  entry.fd = AT_FDCWD;
  entry.addr = static_cast<std::uint64_t>(word(path.c_str()));
  entry.len = sizeof how;
  entry.off = static_cast<std::uint64_t>(word(&how));
  const long fd = one.run(entry);
  return fd < 0 ? -1 : read_some(static_cast<int>(fd));
}

long connect_by_ring(int port) {
  ring one;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  io_uring_sqe entry{};
  entry.opcode = IORING_OP_CONNECT;
  entry.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  entry.addr = static_cast<std::uint64_t>(word(&address));
  entry.off = sizeof address;
  return one.run(entry);
}

/// The first descriptor of a process that is an io_uring, by asking each to
/// register nothing: only a ring gets past EBADF and EOPNOTSUPP.
long inherited_ring() {
  for (int fd = 3; fd < 512; ++fd)
    if (call(SYS_io_uring_register, fd, IORING_REGISTER_PROBE, nullptr, 0) == 0
        || (errno != EBADF && errno != EOPNOTSUPP && errno != ENOSYS))
      return 0;
  errno = EBADF;
  return -1;
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const std::string secret = told.text("secret");
  const int port = told.number("port");
  in_child("setup", [] { return ring{}.fd(); });
  report("enter", call(SYS_io_uring_enter, -1, 1, 0, 0, nullptr, 0));
  // IORING_REGISTER_SEND_MSG_RING, the operation that takes no ring.
  report("register", call(SYS_io_uring_register, -1, 31, nullptr, 1));
  in_child("open_by_ring", [&] { return open_by_ring(secret); });
  in_child("connect_by_ring", [&] { return connect_by_ring(port); });
  report("inherited_ring", inherited_ring());
}
