#include "core/landlock/ruleset.hpp"

#include "core/landlock/access.hpp"
#include "core/linux/calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace cordon::landlock {
namespace {

std::size_t attribute_size(int abi) {
  if (abi >= 6)
    return 24;
  return abi >= 4 ? 16 : 8;
}

} // namespace

int probe_abi() noexcept {
  const int abi = sys::landlock_create_ruleset(
      nullptr, 0, sys::abi::landlock_create_ruleset_version);
  return abi < 0 ? 0 : abi;
}

result<ruleset> ruleset::create(const handled& what, int abi) {
  const sys::landlock_ruleset attributes{what.fs, what.net, what.scoped};
  const int fd
      = sys::landlock_create_ruleset(&attributes, attribute_size(abi), 0);
  if (fd < 0)
    return fail_errno("create the Landlock ruleset");
  return ruleset{unique_fd{fd}};
}

result<void> ruleset::allow_path(const std::string& path,
                                 std::uint64_t access) {
  const unique_fd place{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  if (!place)
    return fail_errno("open a granted path", path);
  struct stat facts {};
  if (::fstat(place.get(), &facts) != 0)
    return fail_errno("look at a granted path", path);
  if (!S_ISDIR(facts.st_mode))
    access &= fs::on_file;
  if (access == 0) // the kernel refuses an empty rule (ENOMSG)
    return {};
  const sys::landlock_path_beneath rule{access, place.get()};
  if (sys::landlock_add_rule(fd_.get(), sys::abi::landlock_rule_path_beneath,
                             &rule)
      != 0)
    return fail_errno("add a Landlock rule", path);
  return {};
}

result<void> ruleset::allow_port(std::uint16_t port, std::uint64_t access) {
  const sys::landlock_port rule{access, port};
  if (sys::landlock_add_rule(fd_.get(), sys::abi::landlock_rule_net_port, &rule)
      != 0)
    return fail_errno("add a Landlock port rule");
  return {};
}

} // namespace cordon::landlock
