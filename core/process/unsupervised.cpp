// --no-supervisor: the calling process becomes the program.
#include "core/process/child_setup.hpp"
#include "core/process/keeper.hpp"
#include "core/process/wire.hpp"

#include <cstring>

namespace cordon::process {
namespace {

/// Pointers to the strings, ended by a null pointer, `before` free in front.
std::vector<char*> pointers_to(const std::vector<std::string>& strings,
                               std::size_t before) {
  std::vector<char*> pointers(before, nullptr);
  for (const auto& s : strings)
    pointers.push_back(const_cast<char*>(s.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

} // namespace

exec_failure confine_and_exec(const launch& what) {
  auto candidates = pointers_to(what.candidates, 0);
  auto argv = pointers_to(what.argv, 1);
  auto env = pointers_to(what.env, 0);
  std::uint64_t cores[wire::max_cores / 64] = {};
  for (const auto core : what.cpu_cores)
    cores[core % wire::max_cores / 64] |= 1ULL << (core % 64);
  std::vector<int> sources;
  std::vector<std::int32_t> targets;
  for (const auto& fd : what.fds) {
    sources.push_back(fd.source);
    targets.push_back(fd.target);
  }

  prepared p{};
  p.candidates
      = {const_cast<const char**>(candidates.data()), what.candidates.size()};
  p.argv = argv.data() + 1;
  p.env = env.data();
  p.cwd = what.cwd.empty() ? nullptr : what.cwd.c_str();
  p.directory = what.directory.get();
  p.ruleset = what.ruleset.get();
  p.policy_filter = what.policy_filter;
  p.no_coredump = what.no_coredump;
  p.no_huge_pages = what.no_huge_pages;
  p.no_randomize_memory = what.no_randomize_memory;
  p.has_open_files = what.max_open_files.has_value();
  p.open_files = what.max_open_files.value_or(0);
  p.has_user = what.user.has_value();
  p.user = what.user.value_or(id_map{});
  if (!what.cpu_cores.empty())
    p.cores = cores;
  p.fd_sources = sources;
  p.fd_targets = targets;
  std::memcpy(&p.signal_mask, &what.mask, sizeof p.signal_mask);
  p.closed_stdio = what.closed_stdio;
  return confine_and_exec(p);
}

} // namespace cordon::process
