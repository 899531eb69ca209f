#include "policy/protection.hpp"

#include <algorithm>

namespace cordon::policy {
namespace {

struct protection_row {
  std::string_view name;
  int abi;
};

/// In the order of the enumerators.
constexpr std::array<protection_row, protection_count> table{{
    {"fs-refer", 2},
    {"fs-truncate", 3},
    {"net-tcp", 4},
    {"fs-ioctl-dev", 5},
    {"signal-scope", 6},
    {"abstract-unix-socket-scope", 6},
}};

constexpr const protection_row& row_of(protection what) noexcept {
  return table[static_cast<std::size_t>(what)];
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::string_view name_of(protection what) noexcept {
  return row_of(what).name;
}

std::string_view name_of(protection_status status) noexcept {
  switch (status) {
  case protection_status::active:
    return "active";
  case protection_status::stand_in:
    return "stand-in";
  case protection_status::degraded:
    return "degraded";
  case protection_status::disabled:
    return "disabled";
  }
  return "";
}

std::optional<protection> find_protection(std::string_view name) noexcept {
  for (const auto what : all_protections)
    if (std::ranges::equal(name, name_of(what), {}, lower))
      return what;
  return std::nullopt;
}

int required_abi(protection what) noexcept {
  return row_of(what).abi;
}

} // namespace cordon::policy
