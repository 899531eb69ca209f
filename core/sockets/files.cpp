#include "core/sockets/files.hpp"

#include "core/metadata/pin.hpp"

#include <cerrno>

namespace cordon::sockets {

or_refusal<socket_file> host_files::find(const notify::request& asked,
                                         std::string path) const {
  notify::request named;
  named.op = asked.op;
  named.tid = asked.tid;
  named.where.path = std::move(path);
  notify::caller_fds fds;
  auto file = metadata::pin(named, fds);
  if (!file)
    return tl::make_unexpected(refusal{file.error().code, {}});
  if (!kernel_->valid(asked.id))
    return tl::make_unexpected(refusal{ESRCH, {}});
  auto about = metadata::name_of(file->fd);
  if (!roots_.cover(about))
    return tl::make_unexpected(refusal{EACCES, std::move(about)});
  return socket_file{std::move(file->fd), std::move(about)};
}

} // namespace cordon::sockets
