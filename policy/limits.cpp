#include "policy/limits.hpp"

namespace cordon::policy {

void apply_limits(process::launch& to, const profile& p) {
  if (p.cwd)
    to.cwd = p.cwd->value;
  if (p.user)
    to.user = process::id_map{p.user->value.uid, p.user->value.gid};
  if (p.max_open_files)
    to.max_open_files = p.max_open_files->value;
  if (p.timeout)
    to.timeout = p.timeout->value;
  to.no_coredump = p.no_coredump;
  to.no_huge_pages = p.no_huge_pages;
  to.no_randomize_memory = p.no_randomize_memory;
  to.cpu_cores = p.cpu_cores;
}

} // namespace cordon::policy
