// The socket files of a view, for whoever connects.
#pragma once

#include "core/paths/carrier.hpp"
#include "core/sockets/bound_names.hpp"
#include "core/sockets/files.hpp"

namespace cordon::paths {

class socket_files final : public sockets::files {
public:
  /// Both must live as long.
  socket_files(const carrier& in, const sockets::bound_names& names) noexcept
      : in_(in)
      , names_(names) {
  }

  [[nodiscard]] sockets::or_refusal<sockets::socket_file>
  find(const notify::request& asked, std::string path) const override {
    auto about = path;
    auto found = in_.find_socket(asked, path);
    // Who answers a datagram knows its sender by the kernel's name for it.
    if (found.error == ENOENT && asked.op == syscall::operation::send)
      if (const auto* const bound = names_.find(path);
          bound != nullptr && bound->starts_with('/'))
        found = in_.find_socket(asked, about = *bound);
    if (found.error != 0)
      return tl::make_unexpected(
          sockets::refusal{found.error, std::move(found.about)});
    return sockets::socket_file{std::move(found.fd), std::move(about)};
  }

private:
  const carrier& in_;
  const sockets::bound_names& names_;
};

} // namespace cordon::paths
