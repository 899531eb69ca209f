#include "core/process/launch.hpp"

#include <algorithm>

namespace cordon::process {

std::vector<std::string> resolve_program(const std::string& program,
                                         const std::string& path) {
  if (program.find('/') != std::string::npos)
    return {program};
  std::vector<std::string> candidates;
  for (std::size_t from = 0; from <= path.size();) {
    const auto colon = std::min(path.find(':', from), path.size());
    const auto directory = path.substr(from, colon - from);
    auto& candidate = candidates.emplace_back(directory);
    if (!directory.empty())
      candidate += '/';
    candidate += program;
    from = colon + 1;
  }
  return candidates;
}

std::string search_path(const std::vector<std::string>& env) {
  for (const auto& variable : env)
    if (variable.starts_with("PATH="))
      return variable.substr(5);
  return "/bin:/usr/bin";
}

const char* doing(stage failed) noexcept {
  switch (failed) {
  case stage::none:
    return "do nothing";
  case stage::receive_plan:
    return "receive the plan";
  case stage::user_namespace:
    return "enter a user namespace";
  case stage::capabilities:
    return "drop capabilities";
  case stage::no_new_privileges:
    return "set no_new_privs";
  case stage::process_group:
    return "take the terminal's foreground";
  case stage::core_limit:
    return "switch core dumps off";
  case stage::huge_pages:
    return "switch huge pages off";
  case stage::address_layout:
    return "switch address randomisation off";
  case stage::cpu_affinity:
    return "choose CPU cores";
  case stage::working_directory:
    return "enter the working directory";
  case stage::landlock:
    return "enforce the Landlock ruleset";
  case stage::policy_filter:
    return "install the policy filter";
  case stage::constant_filter:
    return "install the constant filter";
  case stage::file_descriptors:
    return "place file descriptors";
  case stage::open_files_limit:
    return "limit open files";
  case stage::exec:
    return "execute the program";
  case stage::fork:
    return "fork";
  case stage::keeper_domain:
    return "enter the keeper's signal domain";
  }
  return "set up";
}

} // namespace cordon::process
