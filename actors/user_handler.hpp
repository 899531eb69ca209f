// Code of an embedding program that answers trapped calls. No CAF here; for
// handlers that are actors see actors/handler_actor.hpp.
#pragma once

#include "actors/answer.hpp"
#include "core/base/result.hpp"
#include "core/notify/calls.hpp"
#include "core/notify/request.hpp"
#include "core/notify/target_memory.hpp"
#include "policy/handled_calls.hpp"

#include <any>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::actors {

/// A call as a handler sees it. Everything read of the caller is checked to
/// have been the caller's; afterwards it may change its memory, so decide by
/// what was read and never by reading twice.
class handler_call {
public:
  handler_call(std::shared_ptr<notify::calls> kernel,
               std::shared_ptr<const notify::request> asked)
      : kernel_(std::move(kernel))
      , asked_(std::move(asked)) {
  }

  /// The decoded call. Of a number without a row: `op` is `raw`, and number,
  /// thread and six registers are all there is.
  [[nodiscard]] const notify::request& asked() const noexcept {
    return *asked_;
  }

  /// Fills `into` from the caller's memory; at most 1 MiB. Errors: EFAULT,
  /// E2BIG, and ESRCH when the caller has gone.
  [[nodiscard]] result<void> read(std::uint64_t address,
                                  std::span<std::byte> into) const;
  /// Up to a NUL; ENAMETOOLONG when there is none within `limit` bytes.
  [[nodiscard]] result<std::string> read_string(std::uint64_t address,
                                                std::size_t limit = 4096) const;
  /// Writes into the caller's memory, as far as the caller itself could; at
  /// most 1 MiB.
  [[nodiscard]] result<void> write(std::uint64_t address,
                                   std::span<const std::byte> bytes) const;
  /// The argument strings of an `exec`: at most 4096, of 128 KiB in all.
  ///
  /// No boundary: in wall mode the kernel reads path and arguments again when
  /// it runs the call, and the program may have changed them. What may be
  /// executed is for the grants to say.
  [[nodiscard]] result<std::vector<std::string>> argv() const;

private:
  [[nodiscard]] result<void> check_alive() const;

  std::shared_ptr<notify::calls> kernel_;
  std::shared_ptr<const notify::request> asked_;
};

/// Returns what the call gets; `answer{}` (next) is "not mine". `let_pass` is
/// carried out only for calls that this policy lets the kernel run anyway; for
/// others the call fails with EPERM. A handler that throws ends the run.
using handler_function = std::function<answer(const handler_call&)>;

/// A handler and what it is for. They are asked after cordon's own, in the
/// order of the request, until one answers.
struct user_handler {
  policy::handled_call what;
  handler_function run;
  /// false: on the run's own thread, where it must not block, as it keeps every
  /// trapped call of the run waiting. true: on a worker of the actor system;
  /// what takes more than 30 seconds fails with EIO.
  bool on_worker = false;
  std::any by_actor = {}; ///< made by `handled_by`; then there is no `run`
};

/// The call returns a new fd to read `bytes` from: a sealed memfd, at its
/// start.
[[nodiscard]] answer give_bytes(std::span<const std::byte> bytes,
                                bool close_on_exec = true);
[[nodiscard]] answer give_bytes(std::string_view text,
                                bool close_on_exec = true);

} // namespace cordon::actors
