// Socket files: found, pinned and granted, behind the wall or in a view.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/metadata/write_roots.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/request.hpp"

#include <memory>
#include <string>

namespace cordon::sockets {

/// Refused by policy or by the kernel.
struct refusal {
  int error = 0;
  std::string about; ///< of a refusal by policy
};

template <class T>
using or_refusal = tl::expected<T, refusal>;

/// What an address leads to.
struct socket_file {
  unique_fd fd;      ///< O_PATH
  std::string about; ///< for messages
};

class files {
public:
  virtual ~files() = default;
  /// The object that the caller of `asked` calls `path`, when it may connect to
  /// it. The notification was valid when it was found.
  [[nodiscard]] virtual or_refusal<socket_file>
  find(const notify::request& asked, std::string path) const = 0;

protected:
  files() = default;
  files(const files&) = default;
  files(files&&) = default;
  files& operator=(const files&) = default;
  files& operator=(files&&) = default;
};

/// Those of the host, under the write grants of a policy.
class host_files final : public files {
public:
  host_files(std::shared_ptr<notify::calls> kernel, metadata::write_roots roots)
      : kernel_(std::move(kernel))
      , roots_(std::move(roots)) {
  }

  [[nodiscard]] or_refusal<socket_file> find(const notify::request& asked,
                                             std::string path) const override;

private:
  std::shared_ptr<notify::calls> kernel_;
  metadata::write_roots roots_;
};

} // namespace cordon::sockets
