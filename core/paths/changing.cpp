// Calls that change an object.
#include "core/linux/calls.hpp"
#include "core/metadata/apply.hpp"
#include "core/paths/carrier.hpp"
#include "core/paths/fd_path.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

namespace cordon::paths {

outcome carrier::change(const request& asked) const {
  if (metadata::changes_nothing(asked))
    return {};
  const auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (object->in_view && is_read_only(object->tree))
    return outcome::failed(EROFS);
  if (auto said = judge(use::write, *object); said.error != 0)
    return said;
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  metadata::pinned pinned;
  pinned.fd.reset(::fcntl(object->fd.get(), F_DUPFD_CLOEXEC, 0));
  return outcome::failed(pinned.fd ? metadata::apply(asked, pinned) : errno);
}

outcome carrier::truncate(const request& asked) const {
  auto object = find(asked);
  if (!object)
    return outcome::failed(object.error().code);
  if (S_ISDIR(object->facts.st_mode))
    return outcome::failed(EISDIR);
  if (!S_ISREG(object->facts.st_mode))
    return outcome::failed(EINVAL);
  if (is_read_only(object->tree))
    return outcome::failed(EROFS);
  if (auto said = judge(use::write, *object); said.error != 0)
    return said;
  // The caller's limit counts, not ours.
  rlimit limit{};
  if (::prlimit(asked.tid, RLIMIT_FSIZE, nullptr, &limit) != 0)
    return outcome::failed(errno);
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  const auto wanted = static_cast<rlim_t>(asked.length);
  if (wanted > limit.rlim_cur && asked.length > object->facts.st_size) {
    const unique_fd thread{sys::pidfd_open_thread(asked.tid)};
    if (thread)
      sys::pidfd_send_signal(thread.get(), SIGXFSZ);
    return outcome::failed(EFBIG);
  }
  // Who holds a lease on it makes us wait.
  outcome made;
  made.rest = [held = std::make_shared<const unique_fd>(std::move(object->fd)),
               length = asked.length] {
    return outcome::of(::truncate(fd_path{held->get()}.c_str(), length));
  };
  return made;
}

} // namespace cordon::paths
