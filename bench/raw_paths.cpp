// raw_paths ROOT COMMAND…: the floor of a call about a path in a view. Runs
// COMMAND under a filter that traps open, stat, readlink and access, and
// carries them out in ROOT with one loop that does the same kernel work as
// cordon's lane and nothing else: epoll, RECV, the path read from memory,
// openat2 in the root, fstat, ID_VALID, then what the call is about, SEND or
// ADDFD.
#include "bench/raw_loop.hpp"
#include "core/notify/target_memory.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>

using namespace cordon;

namespace {

/// Paths that begin with this are COMMAND's; its start is the kernel's.
constexpr const char* mark = "/d/";

class answering {
public:
  answering(notify::kernel_calls& kernel, const char* root)
      : kernel_(kernel)
      , root_(::open(root, O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  }

  std::optional<bench::said> answer(const seccomp_notif& raw) {
    const auto& args = raw.data.args;
    const bool at = raw.data.nr == SYS_newfstatat || raw.data.nr == SYS_openat;
    const notify::target_memory memory{static_cast<pid_t>(raw.pid)};
    const auto path = memory.read_string(args[at ? 1 : 0], 4096);
    if (!path)
      return bench::said{EFAULT};
    if (!path->starts_with(mark))
      return pass(raw);
    open_how how{};
    how.flags
        = O_PATH | O_CLOEXEC | (raw.data.nr == SYS_readlink ? O_NOFOLLOW : 0);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const unique_fd pin{sys::openat2(root_.get(), path->c_str(), how)};
    struct stat facts {};
    if (!pin || ::fstat(pin.get(), &facts) != 0)
      return bench::said{errno};
    if (!kernel_.valid(raw.id))
      return bench::said{ESRCH};
    if (raw.data.nr == SYS_openat)
      return open(raw, pin);
    if (raw.data.nr == SYS_access)
      return bench::said{sys::faccessat2(pin.get(), "",
                                         static_cast<int>(args[1]),
                                         AT_EMPTY_PATH)
                                 == 0
                             ? 0
                             : errno};
    if (raw.data.nr == SYS_newfstatat)
      return bench::said{
          give(memory, args[2], std::as_bytes(std::span{&facts, 1}))};
    std::array<char, 4096> text;
    const auto length = ::readlinkat(pin.get(), "", text.data(), text.size());
    const auto bytes = std::span{text}.first(static_cast<std::size_t>(length));
    return bench::said{give(memory, args[1], std::as_bytes(bytes)), length};
  }

private:
  static int give(const notify::target_memory& memory, std::uint64_t where,
                  std::span<const std::byte> bytes) {
    return memory.write(where, bytes) ? 0 : EFAULT;
  }

  std::optional<bench::said> pass(const seccomp_notif& raw) {
    seccomp_notif_resp response{};
    response.id = raw.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    kernel_.send(response);
    return std::nullopt;
  }

  std::optional<bench::said> open(const seccomp_notif& raw,
                                  const unique_fd& pin) {
    const auto flags = static_cast<int>(raw.data.args[2]);
    const unique_fd file{
        ::open(paths::fd_path{pin.get()}.c_str(), flags | O_CLOEXEC)};
    if (!file)
      return bench::said{errno};
    const int error
        = kernel_.send_fd({raw.id, 0}, file.get(), (flags & O_CLOEXEC) != 0);
    if (error == 0)
      return std::nullopt;
    return bench::said{error};
  }

  notify::kernel_calls& kernel_;
  unique_fd root_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  return bench::run(
      argv + 2, {SYS_newfstatat, SYS_openat, SYS_readlink, SYS_access},
      [argv](notify::kernel_calls& kernel) {
        return [with = std::make_shared<answering>(kernel, argv[1])](
                   const seccomp_notif& raw) { return with->answer(raw); };
      });
}
