// The grammar that the command line and TOML share: text to values.
//
// `where` names the option or key; every refusal quotes what was found and says
// what was expected.
#pragma once

#include "policy/issue.hpp"
#include "policy/profile.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::policy {

/// The longest timeout: ten years of 365 days.
inline constexpr std::chrono::seconds longest_timeout{315'360'000};
/// The highest index of a CPU core or GPU.
inline constexpr std::uint32_t highest_index = 1023;

/// "UID:GID", decimal, both below 2^32 - 1.
[[nodiscard]] checked<identity> parse_user(std::string_view text, origin where);
/// ":443,:80" or ":443,80": TCP ports 1…65535, any host; sorted, each once.
[[nodiscard]] checked<std::vector<std::uint16_t>>
parse_connect_ports(std::string_view text, origin where);
/// "8080,9000-9010": TCP ports 0…65535 and inclusive ranges; sorted, each
/// once. Port 0 is a port the kernel picks.
[[nodiscard]] checked<std::vector<std::uint16_t>>
parse_bind_ports(std::string_view text, origin where);
/// "2", "0.5": seconds, above 0, at most `longest_timeout`, with at most three
/// decimals.
[[nodiscard]] checked<std::chrono::milliseconds>
parse_seconds(std::string_view text, origin where);
/// "0,2,3": indices 0…1023, in the order written, each once.
[[nodiscard]] checked<std::vector<std::uint32_t>>
parse_indices(std::string_view text, origin where);
/// "all" (any case) or indices.
[[nodiscard]] checked<profile::gpu_choice> parse_gpu(std::string_view text,
                                                     origin where);
/// "VIRTUAL:HOST", with ":ro" or ":rw" at the end: where, what, and whether it
/// may not be written to. `from` is set.
[[nodiscard]] checked<mount> parse_mount(std::string_view text, origin where);
/// A name of a sandbox or profile: 1…64 bytes of [A-Za-z0-9._-], not starting
/// with "." or "-".
[[nodiscard]] checked<std::string> parse_name(std::string_view text,
                                              origin where);

} // namespace cordon::policy
