#include "cli/handover.hpp"

#include "core/base/unique_fd.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace cordon::cli {
namespace {

using json = nlohmann::json;

constexpr int version = 3;

/// Names are bytes, JSON is text: one number a byte, which needs no escaping.
std::vector<std::uint8_t> to_bytes(const std::string& s) {
  return {s.begin(), s.end()};
}

std::string from_bytes(const json& j) {
  const auto bytes = j.get<std::vector<std::uint8_t>>();
  return {bytes.begin(), bytes.end()};
}

json bytes_of(const seccomp_notif& raw) {
  const auto* const first = reinterpret_cast<const char*>(&raw);
  return to_bytes({first, sizeof raw});
}

std::optional<seccomp_notif> notif_of(const json& j) {
  if (j.is_null())
    return std::nullopt;
  const auto bytes = from_bytes(j);
  seccomp_notif raw{};
  std::memcpy(&raw, bytes.data(), std::min(bytes.size(), sizeof raw));
  return raw;
}

json to_json(const policy::mirror_spec::place& place) {
  return {{"path", to_bytes(place.path)},
          {"writes", place.wanted == policy::access::write},
          {"must_exist", place.must_exist},
          {"from", to_bytes(place.from)}};
}

json to_json(const policy::mirror_spec& spec) {
  json mounts = json::array(), grants = json::array(), denials = json::array();
  for (const auto& each : spec.mounts)
    mounts.push_back({{"at", to_bytes(each.what.at)},
                      {"host", to_bytes(each.what.host)},
                      {"read_only", each.what.read_only},
                      {"from", to_bytes(each.from)}});
  for (const auto& each : spec.grants)
    grants.push_back(to_json(each));
  for (const auto& each : spec.denials)
    denials.push_back(to_json(each));
  return {
      {"root", to_bytes(spec.root)},   {"root_from", to_bytes(spec.root_from)},
      {"mounts", std::move(mounts)},   {"grants", std::move(grants)},
      {"denials", std::move(denials)}, {"hostname", to_bytes(spec.hostname)},
      {"sorted", spec.sorted}};
}

std::vector<policy::mirror_spec::place> places_of(const json& list) {
  std::vector<policy::mirror_spec::place> made;
  for (const auto& j : list)
    made.push_back({from_bytes(j.at("path")),
                    j.at("writes").get<bool>() ? policy::access::write
                                               : policy::access::read,
                    j.at("must_exist"), from_bytes(j.at("from"))});
  return made;
}

std::optional<policy::mirror_spec> mirror_of(const json& j) {
  if (j.is_null())
    return std::nullopt;
  policy::mirror_spec spec;
  spec.root = from_bytes(j.at("root"));
  spec.root_from = from_bytes(j.at("root_from"));
  for (const auto& each : j.at("mounts"))
    spec.mounts.push_back({{from_bytes(each.at("at")),
                            from_bytes(each.at("host")), each.at("read_only")},
                           from_bytes(each.at("from"))});
  spec.grants = places_of(j.at("grants"));
  spec.denials = places_of(j.at("denials"));
  spec.hostname = from_bytes(j.at("hostname"));
  spec.sorted = j.at("sorted");
  return spec;
}

json presence_of(const std::optional<status::presence::hold>& held) {
  if (!held)
    return nullptr;
  return {{"runtime", held->runtime},
          {"directory", held->directory},
          {"board", held->board},
          {"endpoint", held->endpoint},
          {"name", held->name}};
}

std::optional<status::presence::hold> presence_of(const json& j) {
  if (j.is_null())
    return std::nullopt;
  return status::presence::hold{j.at("runtime"), j.at("directory"),
                                j.at("board"), j.at("endpoint"), j.at("name")};
}

/// The fds that the lane program takes on.
std::vector<int> descriptors_of(const handover& run) {
  std::vector<int> all{run.signals, run.keeper.control};
  if (run.listener >= 0)
    all.push_back(run.listener);
  if (run.audit >= 0)
    all.push_back(run.audit);
  if (run.presence)
    all.insert(all.end(), {run.presence->runtime, run.presence->directory,
                           run.presence->board, run.presence->endpoint});
  return all;
}

json to_json(const sockets::rules& rules) {
  return {{"connect_tcp", rules.connect_tcp},
          {"connect_abstract", rules.connect_abstract},
          {"datagrams", rules.datagrams},
          {"listen_ports", rules.listen_ports},
          {"listen_anywhere", rules.listen_anywhere}};
}

sockets::rules rules_of(const json& j) {
  return {j.at("connect_tcp"), j.at("connect_abstract"), j.at("datagrams"),
          j.at("listen_ports").get<std::vector<std::uint16_t>>(),
          j.at("listen_anywhere")};
}

json to_json(const handover& run) {
  json paths = json::array();
  for (const auto& path : run.write_paths)
    paths.push_back(to_bytes(path));
  return {{"version", version},
          {"name", to_bytes(run.label.name)},
          {"verbosity", run.label.verbosity},
          {"status_fd", run.label.status_fd.value_or(-1)},
          {"timeout_ms", run.label.timeout.count()},
          {"listener", run.listener},
          {"signals", run.signals},
          {"control", run.keeper.control},
          {"keeper", run.keeper.pid},
          {"signal_scope", run.keeper.signal_scope},
          {"write_paths", std::move(paths)},
          {"max_processes", run.max_processes},
          {"sockets", to_json(run.sockets)},
          {"mirror", run.mirror ? to_json(*run.mirror) : json(nullptr)},
          {"stub", to_bytes(run.stub)},
          {"first", run.first ? bytes_of(*run.first) : json(nullptr)},
          {"asked_to_trace_first", run.asked_to_trace_first},
          {"presence", presence_of(run.presence)},
          {"audit", run.audit},
          {"policy_text", run.policy_text},
          {"policy_toml", run.policy_toml}};
}

handover from_json(const json& j) {
  handover run;
  run.label.name = from_bytes(j.at("name"));
  run.label.verbosity = j.at("verbosity");
  if (const int fd = j.at("status_fd"); fd >= 0)
    run.label.status_fd = fd;
  run.label.timeout
      = std::chrono::milliseconds{j.at("timeout_ms").get<std::int64_t>()};
  run.listener = j.at("listener");
  run.signals = j.at("signals");
  run.keeper.control = j.at("control");
  run.keeper.pid = j.at("keeper");
  run.keeper.signal_scope = j.at("signal_scope");
  for (const auto& path : j.at("write_paths"))
    run.write_paths.push_back(from_bytes(path));
  run.max_processes = j.at("max_processes");
  run.sockets = rules_of(j.at("sockets"));
  run.mirror = mirror_of(j.at("mirror"));
  run.stub = from_bytes(j.at("stub"));
  run.first = notif_of(j.at("first"));
  run.asked_to_trace_first = j.at("asked_to_trace_first");
  run.presence = presence_of(j.at("presence"));
  run.audit = j.at("audit");
  run.policy_text = j.at("policy_text");
  run.policy_toml = j.at("policy_toml");
  return run;
}

/// Lets an fd survive the exec.
void keep(int fd) {
  static_cast<void>(::fcntl(fd, F_SETFD, 0));
}

} // namespace

error become_lane(const handover& run, const std::string& lane) {
  const auto text
      = to_json(run).dump(-1, ' ', false, json::error_handler_t::replace);
  const unique_fd file{::memfd_create("cordon-handover", 0)};
  if (!file
      || ::write(file.get(), text.data(), text.size())
             != static_cast<ssize_t>(text.size()))
    return {errno, "write the handover", {}};
  for (const int fd : descriptors_of(run))
    keep(fd);
  auto number = std::to_string(file.get());
  char name[] = "cordon-lane";
  char* const argv[] = {name, number.data(), nullptr};
  // No environment: nothing of the caller's may steer the loader here.
  char* const env[] = {nullptr};
  ::execve(lane.c_str(), argv, env);
  return {errno, "start the lane", lane};
}

result<handover> read_handover(int fd) {
  const unique_fd file{fd};
  struct stat facts {};
  if (::fstat(fd, &facts) != 0)
    return fail_errno("read the handover");
  std::string text(static_cast<std::size_t>(facts.st_size), '\0');
  if (::pread(fd, text.data(), text.size(), 0) != facts.st_size)
    return fail_errno("read the handover");
  const auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object() || parsed.value("version", 0) != version)
    return fail(EPROTO, "understand the handover");
  try {
    return from_json(parsed);
  } catch (const json::exception&) {
    return fail(EPROTO, "understand the handover");
  }
}

} // namespace cordon::cli
