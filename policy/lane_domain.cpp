#include "policy/lane_domain.hpp"

#include "core/landlock/access.hpp"
#include "core/landlock/rules.hpp"
#include "policy/covers.hpp"

namespace cordon::policy {
namespace {

/// Where the dynamic loader looks. Files everybody may read.
constexpr const char* library_places[]
    = {"/lib",       "/lib64",         "/usr/lib",
       "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"};

/// It connects for the program, and no further than the program may.
std::vector<port_rule> connect_rules(const plan& of) {
  std::vector<port_rule> rules;
  for (const auto& rule : of.ports)
    if ((rule.access & landlock::net::connect_tcp) != 0)
      rules.push_back(rule);
  return rules;
}

std::vector<path_rule>
with_own_places(std::vector<path_rule> rules, const plan& of, bool maps_ids,
                const std::vector<std::string>& own_programs,
                const std::string& run_directory) {
  namespace fs = landlock::fs;
  const auto add = [&](std::string path, std::uint64_t rights) {
    rules.push_back(
        {std::move(path), rights & of.handled_fs, false, "cordon itself"});
  };
  // Facts about targets; and the id maps of a user namespace are written there.
  add("/proc", fs::read_file | fs::read_dir
                   | (maps_ids ? fs::write_file | fs::truncate : 0));
  for (const char* const place : library_places)
    add(place, fs::read_grant);
  for (const auto& program : own_programs)
    add(program, fs::execute | fs::read_file);
  if (!run_directory.empty()) {
    // Others' directories beside it are not empty, so they cannot be removed.
    add(run_directory, fs::remove_file);
    add(parent_of(run_directory), fs::remove_dir);
  }
  return rules;
}

result<unique_fd> built(const plan& of, std::vector<path_rule> rules) {
  // Rights that this kernel does not know, or that were switched off.
  for (auto& rule : rules)
    rule.access &= of.handled_fs;
  auto made = landlock::build_ruleset(
      {of.handled_fs, of.handled_net & landlock::net::connect_tcp, of.scoped},
      of.abi, std::move(rules), connect_rules(of));
  if (!made)
    return tl::make_unexpected(made.error().why);
  return std::move(*made);
}

} // namespace

std::vector<path_rule> lane_rules(const plan& of, const profile& p,
                                  const std::vector<std::string>& own_programs,
                                  const std::string& run_directory) {
  return with_own_places(of.paths, of, p.user.has_value(), own_programs,
                         run_directory);
}

result<unique_fd>
build_lane_ruleset(const plan& of, const profile& p,
                   const std::vector<std::string>& own_programs,
                   const std::string& run_directory) {
  return built(of, lane_rules(of, p, own_programs, run_directory));
}

result<unique_fd>
build_lane_ruleset(const plan& of, std::vector<path_rule> granted,
                   const std::vector<std::string>& own_programs,
                   const std::string& run_directory) {
  return built(of, with_own_places(std::move(granted), of, false, own_programs,
                                   run_directory));
}

sockets::rules socket_rules(const profile& p, const plan& of) {
  sockets::rules rules;
  rules.connect_tcp = !p.connect_ports.empty();
  rules.connect_abstract = of.status(protection::abstract_unix_socket_scope)
                           != protection_status::stand_in;
  rules.datagrams = p.opens(syscall::group::unix_datagram);
  for (const auto& grant : p.bind_ports)
    rules.listen_ports.push_back(grant.port);
  rules.listen_anywhere = of.handled_net == 0;
  return rules;
}

std::vector<std::string> write_paths(const plan& of) {
  std::vector<std::string> paths;
  for (const auto& rule : of.paths)
    if ((rule.access & landlock::fs::write_file) != 0)
      paths.push_back(rule.path);
  return paths;
}

} // namespace cordon::policy
