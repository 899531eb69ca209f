// The socket files of a view, for whoever connects.
#pragma once

#include "core/paths/carrier.hpp"
#include "core/sockets/files.hpp"

namespace cordon::paths {

class socket_files final : public sockets::files {
public:
  /// `in` must live as long.
  explicit socket_files(const carrier& in) noexcept
      : in_(in) {
  }

  [[nodiscard]] sockets::or_refusal<sockets::socket_file>
  find(const notify::request& asked, std::string path) const override {
    auto about = path;
    auto found = in_.find_socket(asked, std::move(path));
    if (found.error != 0)
      return tl::make_unexpected(
          sockets::refusal{found.error, std::move(found.about)});
    return sockets::socket_file{std::move(found.fd), std::move(about)};
  }

private:
  const carrier& in_;
};

} // namespace cordon::paths
