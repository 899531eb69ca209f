// What is said at a control endpoint: one request, one reply, the end. Both are
// packets of a fixed size; a text comes as a sealed memory file beside the
// reply, so nobody ever waits for a reader.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::status {

namespace control {

inline constexpr std::uint32_t version = 1;

enum class what : std::uint32_t {
  ping = 1,
  signal,      ///< to the program; `argument` is the number
  end,         ///< of the run: everything in it is killed
  policy_text, ///< what the kernel enforces, for people
  policy_toml, ///< the effective profile
};

struct request {
  std::uint32_t version = control::version;
  std::uint32_t what = 0;
  std::int32_t argument = 0;
  std::uint32_t reserved = 0; ///< 0
};
static_assert(sizeof(request) == 16);

struct reply {
  std::uint32_t version = control::version;
  std::int32_t error = 0;   ///< an errno, or 0
  std::uint64_t length = 0; ///< of the text that comes with it; 0: none
};
static_assert(sizeof(reply) == 16);

/// The longest text.
inline constexpr std::size_t longest_text = 1 << 22;

} // namespace control

// ---- the endpoint's side: nothing here waits

/// Whether somebody who runs as `peer` may control a run of `owner`: the same
/// user, and root.
[[nodiscard]] bool may_control(uid_t peer, uid_t owner) noexcept;

/// The next client that may; others are sent away. Errors: EAGAIN when nobody
/// waits; those of accept(2), among them EMFILE while no fd is free: the client
/// still waits then, and the endpoint stays readable.
[[nodiscard]] result<unique_fd> accept_client(int endpoint);

/// What a client asked. Nothing yet, or an error: EPROTO for what is no
/// request of this version, ECONNRESET when it went away.
[[nodiscard]] result<std::optional<control::request>> read_request(int client);

/// Sends a reply; a client that does not take it is no concern of ours.
void send_reply(int client, int error, std::string_view text = {});

// ---- the client's side

/// Asks the run whose directory is `run` and waits for the answer, 10 seconds
/// at most. The text of the reply. Errors: those of connect(2), the reply's
/// own, ETIMEDOUT, EPROTO.
[[nodiscard]] result<std::string> ask(int run, control::what what,
                                      int argument = 0);

} // namespace cordon::status
