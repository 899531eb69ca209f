#include "core/process/plan_bytes.hpp"

#include "core/process/wire.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace cordon::process {
namespace {

/// Appends to the plan and says where things went.
class writer {
public:
  explicit writer(std::size_t head)
      : bytes_(head) {
  }

  wire::region append(const void* data, std::size_t length) {
    // sock_filter and pointers into the plan want at most 8.
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    const wire::region where{static_cast<std::uint32_t>(bytes_.size()),
                             static_cast<std::uint32_t>(length)};
    const auto* first = static_cast<const char*>(data);
    bytes_.insert(bytes_.end(), first, first + length);
    return where;
  }

  wire::string_list append(const std::vector<std::string>& strings) {
    std::string joined;
    for (const auto& s : strings)
      joined.append(s.c_str(), s.size() + 1);
    return {append(joined.data(), joined.size()),
            static_cast<std::uint32_t>(strings.size())};
  }

  std::vector<char> finish(wire::plan& head) && {
    head.size = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &head, sizeof head);
    return std::move(bytes_);
  }

  [[nodiscard]] bool too_large() const {
    return bytes_.size() > std::numeric_limits<std::int32_t>::max();
  }

private:
  std::vector<char> bytes_;
};

bool has_nul(const std::vector<std::string>& strings) {
  return std::ranges::any_of(strings, [](const std::string& s) {
    return s.find('\0') != std::string::npos;
  });
}

result<void> check(const launch& what) {
  if (what.candidates.empty() || what.argv.empty())
    return fail(EINVAL, "start a program without a name");
  if (has_nul(what.candidates) || has_nul(what.argv) || has_nul(what.env)
      || has_nul({what.cwd, what.stub}))
    return fail(EINVAL, "pass a string with a NUL byte");
  if (what.fds.size() > wire::max_fds)
    return fail(E2BIG, "grant that many file descriptors");
  if (std::ranges::any_of(what.cpu_cores, [](std::uint32_t core) {
        return core >= wire::max_cores;
      }))
    return fail(EINVAL, "use a CPU above 1023");
  return {};
}

std::uint32_t flags_of(const launch& what) {
  std::uint32_t flags = 0;
  const auto set
      = [&](bool on, wire::plan_flag flag) { flags |= on ? flag : 0U; };
  set(what.signal_scope, wire::signal_scope);
  set(what.no_coredump, wire::no_coredump);
  set(what.no_huge_pages, wire::no_huge_pages);
  set(what.no_randomize_memory, wire::no_randomize_memory);
  set(what.traps, wire::has_listener);
  set(what.leave_terminal, wire::leave_terminal);
  set(what.tell_running, wire::tell_running);
  set(static_cast<bool>(what.directory), wire::has_directory);
  set(what.user.has_value(), wire::has_user);
  set(what.max_open_files.has_value(), wire::has_open_files);
  set(!what.cpu_cores.empty(), wire::has_cores);
  return flags;
}

wire::plan head_of(const launch& what) {
  wire::plan head{};
  head.version = wire::wire_version;
  head.flags = flags_of(what);
  head.open_files = what.max_open_files.value_or(0);
  head.timeout_ms = static_cast<std::uint64_t>(what.timeout.count());
  // The kernel's signal set is the first 64 bits of the C library's.
  std::memcpy(&head.signal_mask, &what.mask, sizeof head.signal_mask);
  head.closed_stdio = what.closed_stdio;
  for (const int number : what.trapped)
    head.trapped[static_cast<std::size_t>(number) / 64] |= 1ULL
                                                           << (number % 64);
  for (const auto core : what.cpu_cores)
    head.cores[core / 64] |= 1ULL << (core % 64);
  if (what.user) {
    head.uid = what.user->uid;
    head.gid = what.user->gid;
  }
  head.fd_count = static_cast<std::uint32_t>(what.fds.size());
  std::ranges::transform(what.fds, head.fd_targets, &granted_fd::target);
  return head;
}

} // namespace

result<std::vector<char>> plan_bytes(const launch& what) {
  if (const auto sound = check(what); !sound)
    return tl::make_unexpected(sound.error());
  auto head = head_of(what);
  writer to{sizeof head};
  head.candidates = to.append(what.candidates);
  head.argv = to.append(what.argv);
  head.env = to.append(what.env);
  if (!what.cwd.empty())
    head.cwd = to.append(what.cwd.c_str(), what.cwd.size() + 1);
  if (!what.stub.empty())
    head.stub = to.append(what.stub.c_str(), what.stub.size() + 1);
  head.policy_filter
      = to.append(what.policy_filter.data(),
                  what.policy_filter.size() * sizeof(sock_filter));
  if (to.too_large())
    return fail(E2BIG, "pass that many arguments");
  return std::move(to).finish(head);
}

} // namespace cordon::process
