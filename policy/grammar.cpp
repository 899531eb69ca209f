#include "policy/grammar.hpp"

#include "core/base/escape.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>

namespace cordon::policy {
namespace {

constexpr std::uint32_t highest_port = 65535;

std::string quoted(std::string_view text) {
  return "'" + escape(text) + "'";
}

/// Decimal digits only: no sign, no blanks, nothing after them.
std::optional<std::uint64_t> digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> items;
  while (true) {
    const auto comma = text.find(',');
    items.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos)
      return items;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::uint16_t> sorted(const std::set<std::uint16_t>& ports) {
  return {ports.begin(), ports.end()};
}

} // namespace

checked<identity> parse_user(std::string_view text, origin where) {
  constexpr auto highest = std::numeric_limits<std::uint32_t>::max() - 1;
  const auto colon = text.find(':');
  const auto uid = digits(text.substr(0, colon));
  const auto gid = colon == std::string_view::npos
                       ? std::nullopt
                       : digits(text.substr(colon + 1));
  if (!uid || !gid || *uid > highest || *gid > highest)
    return reject(std::move(where),
                  quoted(text)
                      + " is not an identity; expected UID:GID, two "
                        "numbers");
  return identity{static_cast<std::uint32_t>(*uid),
                  static_cast<std::uint32_t>(*gid)};
}

checked<std::vector<std::uint16_t>> parse_connect_ports(std::string_view text,
                                                        origin where) {
  if (!text.starts_with(':'))
    return reject(std::move(where),
                  quoted(text)
                      + " names no port; expected :PORT[,PORT…] "
                        "(any host)");
  std::set<std::uint16_t> ports;
  for (auto item : split(text)) {
    if (item.starts_with(':'))
      item.remove_prefix(1);
    const auto port = digits(item);
    if (!port || *port == 0 || *port > highest_port)
      return reject(std::move(where), quoted(item)
                                          + " is not a TCP port; expected "
                                            "1…65535");
    ports.insert(static_cast<std::uint16_t>(*port));
  }
  return sorted(ports);
}

checked<std::vector<std::uint16_t>> parse_bind_ports(std::string_view text,
                                                     origin where) {
  std::set<std::uint16_t> ports;
  for (const auto item : split(text)) {
    const auto dash = item.find('-');
    const auto first = digits(item.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : digits(item.substr(dash + 1));
    if (!first || !last || *first > highest_port || *last > highest_port)
      return reject(std::move(where), quoted(item)
                                          + " is not a TCP port; expected "
                                            "0…65535 or a range such as "
                                            "9000-9010");
    if (*first > *last)
      return reject(std::move(where),
                    quoted(item)
                        + " is a reversed range; expected the lower "
                          "port first");
    for (auto port = *first; port <= *last; ++port)
      ports.insert(static_cast<std::uint16_t>(port));
  }
  return sorted(ports);
}

checked<std::chrono::milliseconds> parse_seconds(std::string_view text,
                                                 origin where) {
  const auto dot = text.find('.');
  const auto whole = digits(text.substr(0, dot));
  auto fraction = dot == std::string_view::npos
                      ? std::string("0")
                      : std::string(text.substr(dot + 1));
  const auto longest = static_cast<std::uint64_t>(longest_timeout.count());
  if (whole && *whole <= longest && fraction.size() <= 3 && !fraction.empty()) {
    fraction.resize(3, '0');
    if (const auto thousandths = digits(fraction)) {
      const std::chrono::milliseconds time{*whole * 1000 + *thousandths};
      if (time.count() > 0 && time <= longest_timeout)
        return time;
    }
  }
  return reject(std::move(where),
                quoted(text)
                    + " is not a time; expected seconds above "
                      "0, such as 2 or 0.5");
}

checked<std::vector<std::uint32_t>> parse_indices(std::string_view text,
                                                  origin where) {
  std::vector<std::uint32_t> indices;
  for (const auto item : split(text)) {
    const auto index = digits(item);
    if (!index || *index > highest_index)
      return reject(std::move(where),
                    quoted(item)
                        + " is not an index; expected numbers "
                          "such as 0,2,3 up to 1023");
    const auto value = static_cast<std::uint32_t>(*index);
    if (std::ranges::find(indices, value) == indices.end())
      indices.push_back(value);
  }
  return indices;
}

checked<profile::gpu_choice> parse_gpu(std::string_view text, origin where) {
  constexpr auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (std::ranges::equal(text, std::string_view("all"), {}, lower))
    return profile::gpu_choice{true, {}, std::move(where)};
  auto indices = parse_indices(text, where);
  if (!indices)
    return reject(std::move(where), quoted(text)
                                        + " names no GPU; expected 'all' or "
                                          "indices such as 0,2");
  return profile::gpu_choice{false, std::move(*indices), std::move(where)};
}

checked<mount> parse_mount(std::string_view text, origin where) {
  mount made;
  auto rest = text;
  if (rest.ends_with(":ro") || rest.ends_with(":rw")) {
    made.read_only = rest.ends_with(":ro");
    rest.remove_suffix(3);
  }
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size())
    return reject(std::move(where),
                  quoted(text)
                      + " is no mount; expected VIRTUAL:HOST[:ro], both not "
                        "empty");
  made.at = rest.substr(0, colon);
  made.host = rest.substr(colon + 1);
  made.from = std::move(where);
  return made;
}

checked<std::string> parse_name(std::string_view text, origin where) {
  constexpr auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (text.empty() || text.size() > 64 || text[0] == '.' || text[0] == '-'
      || !std::ranges::all_of(text, allowed))
    return reject(std::move(where),
                  quoted(text)
                      + " is not a name; expected 1 to 64 letters, "
                        "digits, '.', '_' or '-', not starting with "
                        "'.' or '-'");
  return std::string(text);
}

} // namespace cordon::policy
