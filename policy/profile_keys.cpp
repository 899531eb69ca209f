#include "policy/profile_keys.hpp"

#include "core/base/escape.hpp"

#include <limits>
#include <sstream>

namespace cordon::policy {
namespace {

using reading = const key_reading&;

std::string found(const toml::node& value) {
  std::ostringstream name;
  name << value.type();
  return name.str();
}

/// Records that `r` holds something else than `expected`.
void mistyped(reading r, const std::string& expected) {
  r.to.rejected(
      {r.where, "expected " + expected + ", found " + found(r.value)});
}

std::optional<std::string> text_of(reading r) {
  auto text = r.value.value_exact<std::string>();
  if (!text)
    mistyped(r, "a string");
  return text;
}

bool is_true(reading r) {
  const auto on = r.value.value_exact<bool>();
  if (!on)
    mistyped(r, "true or false");
  return on.value_or(false);
}

std::optional<std::uint64_t> number_of(reading r, const toml::node& value,
                                       std::uint64_t highest) {
  const auto number = value.value_exact<std::int64_t>();
  if (number && *number >= 0 && static_cast<std::uint64_t>(*number) <= highest)
    return static_cast<std::uint64_t>(*number);
  r.to.rejected({r.where, "expected a whole number from 0 to "
                              + std::to_string(highest)});
  return std::nullopt;
}

/// Calls `use` for each string of a list.
template <class Use>
void each_string(reading r, Use use) {
  const auto list = strings_of(r.value, r.where);
  if (!list) {
    r.to.rejected(list.error());
    return;
  }
  for (const auto& text : *list)
    use(text);
}

/// Calls `use` for each element of a list of whole numbers.
template <class Use>
void each_number(reading r, std::uint64_t highest, Use use) {
  const auto* const list = r.value.as_array();
  if (list == nullptr)
    return mistyped(r, "a list of numbers");
  for (const auto& item : *list)
    if (const auto number = number_of(r, item, highest))
      use(static_cast<std::uint32_t>(*number));
}

template <class T, class Use>
void take(reading r, checked<T> parsed, Use use) {
  if (parsed)
    use(std::move(*parsed));
  else
    r.to.rejected(parsed.error());
}

void read_environment(reading r) {
  const auto* const table = r.value.as_table();
  if (table == nullptr)
    return mistyped(r, "a table of strings");
  for (const auto& [name, value] : *table) {
    const auto text = value.value_exact<std::string>();
    if (!text)
      return mistyped(r, "strings as values");
    r.to.env(std::string(name.str()), *text, r.where);
  }
}

void bind_port_of(reading r, const toml::node& item) {
  const auto bind = [&](std::uint16_t port) { r.to.bind_port(port, r.where); };
  if (const auto text = item.value_exact<std::string>())
    take(r, parse_bind_ports(*text, r.where), [&](const auto& ports) {
      for (const auto port : ports)
        bind(port);
    });
  else if (const auto number
           = number_of(r, item, std::numeric_limits<std::uint16_t>::max()))
    bind(static_cast<std::uint16_t>(*number));
}

void read_bind_ports(reading r) {
  const auto* const list = r.value.as_array();
  if (list == nullptr)
    return mistyped(r, "a list of ports");
  for (const auto& item : *list)
    bind_port_of(r, item);
}

void read_timeout(reading r) {
  if (const auto whole = r.value.value_exact<std::int64_t>())
    return take(r, parse_seconds(std::to_string(*whole), r.where),
                [&](auto t) { r.to.timeout(t, r.where); });
  const auto decimal = r.value.value_exact<double>();
  if (!decimal)
    return mistyped(r, "seconds");
  std::ostringstream text;
  text << std::fixed;
  text.precision(3);
  text << *decimal;
  take(r, parse_seconds(text.str(), r.where),
       [&](auto t) { r.to.timeout(t, r.where); });
}

void read_gpus(reading r) {
  if (const auto text = r.value.value_exact<std::string>())
    return take(r, parse_gpu(*text, r.where),
                [&](auto g) { r.to.gpu(std::move(g), r.where); });
  profile::gpu_choice chosen;
  each_number(r, highest_index,
              [&](std::uint32_t index) { chosen.indices.push_back(index); });
  r.to.gpu(std::move(chosen), r.where);
}

template <class Use>
void each_protection(reading r, Use use) {
  each_string(r, [&](const std::string& name) {
    if (const auto what = find_protection(name))
      return use(*what);
    r.to.rejected({r.where, "'" + escape(name) + "' is not a protection"});
  });
}

constexpr auto highest_id = std::numeric_limits<std::uint32_t>::max() - 1;

// clang-format off
constexpr key_row rows[] = {
  {"program", "exec", [](reading r) {
     if (auto t = text_of(r)) r.to.exec(std::move(*t), r.where); }},
  {"program", "args", [](reading r) {
     take(r, strings_of(r.value, r.where), [&](auto a) { r.to.args(std::move(a)); }); }},
  {"program", "env", read_environment},
  {"program", "cwd", [](reading r) {
     if (auto t = text_of(r)) r.to.cwd(std::move(*t), r.where); }},
  {"program", "uid", [](reading r) {
     if (auto n = number_of(r, r.value, highest_id)) r.user.uid = static_cast<std::uint32_t>(*n);
     r.user.from = r.where; }},
  {"program", "gid", [](reading r) {
     if (auto n = number_of(r, r.value, highest_id)) r.user.gid = static_cast<std::uint32_t>(*n);
     r.user.from = r.where; }},
  {"program", "hostname", [](reading r) {
     if (auto t = text_of(r)) r.to.hostname(std::move(*t), r.where); }},
  {"program", "clean_env", [](reading r) { if (is_true(r)) r.to.clean_env(); }},
  {"program", "no_coredump", [](reading r) { if (is_true(r)) r.to.no_coredump(); }},
  {"program", "no_huge_pages", [](reading r) { if (is_true(r)) r.to.no_huge_pages(); }},
  {"determinism", "no_randomize_memory", [](reading r) {
     if (is_true(r)) r.to.no_randomize_memory(); }},
  {"determinism", "deterministic_dirs", [](reading r) {
     if (is_true(r)) r.to.deterministic_dirs(r.where); }},
  {"filesystem", "read", [](reading r) {
     each_string(r, [&](const std::string& p) { r.to.read(p, r.where); }); }},
  {"filesystem", "write", [](reading r) {
     each_string(r, [&](const std::string& p) { r.to.write(p, r.where); }); }},
  {"filesystem", "read_if_exists", [](reading r) {
     each_string(r, [&](const std::string& p) { r.to.read_if_exists(p, r.where); }); }},
  {"filesystem", "write_if_exists", [](reading r) {
     each_string(r, [&](const std::string& p) { r.to.write_if_exists(p, r.where); }); }},
  {"filesystem", "deny", [](reading r) {
     each_string(r, [&](const std::string& p) { r.to.deny_path(p, r.where); }); }},
  {"filesystem", "chroot", [](reading r) {
     if (auto t = text_of(r)) r.to.chroot(std::move(*t), r.where); }},
  {"filesystem", "mount", [](reading r) {
     each_string(r, [&](const std::string& m) {
       take(r, parse_mount(m, r.where), [&](auto made) {
         r.to.mount(std::move(made.at), std::move(made.host), made.read_only, r.where); }); }); }},
  {"network", "allow", [](reading r) {
     each_string(r, [&](const std::string& rule) {
       take(r, parse_connect_ports(rule, r.where), [&](const auto& ports) {
         for (const auto port : ports) r.to.connect_port(port, r.where); }); }); }},
  {"network", "allow_bind", read_bind_ports},
  {"syscalls", "extra_allow", [](reading r) {
     each_string(r, [&](const std::string& n) { r.to.allow_group(n, r.where); }); }},
  {"syscalls", "extra_deny", [](reading r) {
     each_string(r, [&](const std::string& n) { r.to.deny_syscall(n, r.where); }); }},
  {"limits", "open_files", [](reading r) {
     if (auto n = number_of(r, r.value, std::numeric_limits<std::int64_t>::max()))
       r.to.max_open_files(*n, r.where); }},
  {"limits", "processes", [](reading r) {
     if (auto n = number_of(r, r.value, std::numeric_limits<std::int64_t>::max()))
       r.to.max_processes(*n, r.where); }},
  {"limits", "timeout", read_timeout},
  {"limits", "cpu_cores", [](reading r) {
     each_number(r, highest_index, [&](std::uint32_t n) { r.to.cpu_core(n, r.where); }); }},
  {"limits", "gpu_devices", read_gpus},
  {"protections", "allow_degraded", [](reading r) {
     each_protection(r, [&](protection p) { r.to.allow_degraded(p); }); }},
  {"protections", "disable", [](reading r) {
     each_protection(r, [&](protection p) { r.to.disable(p, r.where); }); }},
};
// clang-format on

} // namespace

std::span<const key_row> key_table() {
  return rows;
}

std::string keys_of(std::string_view section) {
  std::string names;
  for (const auto& row : rows)
    if (row.section == section)
      (names += names.empty() ? "" : ", ") += row.key;
  return names;
}

checked<std::vector<std::string>> strings_of(const toml::node& value,
                                             const origin& where) {
  const auto* const list = value.as_array();
  if (list == nullptr)
    return reject(where, "expected a list of strings, found " + found(value));
  std::vector<std::string> texts;
  for (const auto& item : *list) {
    const auto text = item.value_exact<std::string>();
    if (!text)
      return reject(where, "expected a list of strings, found " + found(item)
                               + " in it");
    texts.push_back(*text);
  }
  return texts;
}

} // namespace cordon::policy
