#include "policy/profile_text.hpp"

#include "core/base/escape.hpp"

#include <span>

namespace cordon::policy {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

/// One table and its keys; nothing when no key is set.
class section {
public:
  explicit section(std::string name)
      : name_(std::move(name)) {
  }

  void key(const char* name, const std::string& value) {
    text_ += std::string(name) + " = " + value + "\n";
  }
  void list(const char* name, const std::vector<std::string>& values) {
    if (values.empty())
      return;
    std::string joined;
    for (const auto& value : values)
      joined += (joined.empty() ? "" : ", ") + value;
    key(name, "[" + joined + "]");
  }
  void flag(const char* name, bool on) {
    if (on)
      key(name, "true");
  }
  [[nodiscard]] std::string text() const {
    return text_.empty() ? "" : "\n[" + name_ + "]\n" + text_;
  }

private:
  std::string name_;
  std::string text_;
};

/// A basic string. TOML takes JSON's escapes.
std::string quoted(std::string_view bytes) {
  return "\"" + escape_json(bytes) + "\"";
}

std::vector<std::string> quoted(std::span<const sourced<std::string>> all) {
  std::vector<std::string> made;
  for (const auto& each : all)
    made.push_back(quoted(each.value));
  return made;
}

template <class Number>
std::vector<std::string> numbers(const std::vector<Number>& all) {
  std::vector<std::string> made;
  made.reserve(all.size());
  for (const auto number : all)
    made.push_back(std::to_string(number));
  return made;
}

std::string program(const profile& p) {
  section to{"program"};
  if (p.exec)
    to.key("exec", quoted(p.exec->value));
  std::vector<std::string> args;
  for (const auto& word : p.args)
    args.push_back(quoted(word));
  to.list("args", args);
  std::string env;
  for (const auto& [name, value] : p.env)
    env += (env.empty() ? "" : ", ") + quoted(name) + " = " + quoted(value);
  if (!env.empty())
    to.key("env", "{ " + env + " }");
  if (p.cwd)
    to.key("cwd", quoted(p.cwd->value));
  if (p.user) {
    to.key("uid", std::to_string(p.user->value.uid));
    to.key("gid", std::to_string(p.user->value.gid));
  }
  if (p.hostname)
    to.key("hostname", quoted(p.hostname->value));
  to.flag("clean_env", p.clean_env);
  to.flag("no_coredump", p.no_coredump);
  to.flag("no_huge_pages", p.no_huge_pages);
  return to.text();
}

std::string filesystem(const profile& p) {
  section to{"filesystem"};
  const auto grants = [&](const char* key, access wanted, bool must_exist) {
    std::vector<std::string> paths;
    for (const auto& grant : p.grants)
      if (grant.wanted == wanted && grant.must_exist == must_exist)
        paths.push_back(quoted(grant.path));
    to.list(key, paths);
  };
  grants("read", access::read, true);
  grants("write", access::write, true);
  grants("read_if_exists", access::read, false);
  grants("write_if_exists", access::write, false);
  if (p.chroot)
    to.key("chroot", quoted(p.chroot->value));
  std::vector<std::string> mounts;
  for (const auto& mount : p.mounts)
    mounts.push_back(quoted(mount.at + ":" + mount.host
                            + (mount.read_only ? ":ro" : ":rw")));
  to.list("mount", mounts);
  to.list("deny", quoted(p.denials));
  return to.text();
}

std::string network(const profile& p) {
  section to{"network"};
  std::vector<std::string> connect;
  for (const auto& grant : p.connect_ports)
    connect.push_back(quoted(":" + std::to_string(grant.port)));
  to.list("allow", connect);
  std::vector<std::string> bind;
  for (const auto& grant : p.bind_ports)
    bind.push_back(std::to_string(grant.port));
  to.list("allow_bind", bind);
  return to.text();
}

/// "2.500".
std::string seconds(std::chrono::milliseconds time) {
  const auto thousandths = std::to_string(1000 + time.count() % 1000);
  return std::to_string(time.count() / 1000) + "." + thousandths.substr(1);
}

std::string limits(const profile& p) {
  section to{"limits"};
  if (p.max_open_files)
    to.key("open_files", std::to_string(p.max_open_files->value));
  if (p.max_processes)
    to.key("processes", std::to_string(p.max_processes->value));
  if (p.timeout)
    to.key("timeout", seconds(p.timeout->value));
  to.list("cpu_cores", numbers(p.cpu_cores));
  if (p.gpu && p.gpu->all)
    to.key("gpu_devices", quoted("all"));
  else if (p.gpu)
    to.list("gpu_devices", numbers(p.gpu->indices));
  return to.text();
}

std::string protections(const profile& p) {
  section to{"protections"};
  const auto those = [&](const char* key, insistence wanted) {
    std::vector<std::string> names;
    for (const auto what : all_protections)
      if (p.insists_on(what) == wanted)
        names.push_back(quoted(name_of(what)));
    to.list(key, names);
  };
  those("allow_degraded", insistence::degradable);
  those("disable", insistence::disabled);
  return to.text();
}

std::string syscalls(const profile& p) {
  section to{"syscalls"};
  to.list("extra_allow", quoted(p.extra_allow));
  to.list("extra_deny", quoted(p.extra_deny));
  return to.text();
}

std::string determinism(const profile& p) {
  section to{"determinism"};
  to.flag("no_randomize_memory", p.no_randomize_memory);
  to.flag("deterministic_dirs", p.sorted_listings.has_value());
  return to.text();
}

} // namespace

std::string to_toml(const profile& p) {
  auto text = program(p) + determinism(p) + filesystem(p) + network(p)
              + syscalls(p) + limits(p) + protections(p);
  if (text.find(replacement) != std::string::npos)
    return "# Some bytes are no UTF-8 and stand as U+FFFD.\n" + text;
  return text.empty() ? "# grants nothing\n" : text.substr(1);
}

} // namespace cordon::policy
