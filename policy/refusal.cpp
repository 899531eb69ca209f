#include "policy/refusal.hpp"

#include "core/base/escape.hpp"

namespace cordon::policy {

refusal why_refused(const profile& p, syscall::operation op,
                    const std::string& about) {
  if (op == syscall::operation::fork) {
    if (!p.max_processes)
      return {"the limit of processes is reached", "--max-processes"};
    const auto limit = std::to_string(p.max_processes->value);
    return {p.max_processes->from + " allows " + limit + " processes at once",
            "--max-processes with a number above " + limit};
  }
  const auto place = escape(about);
  return {"no write grant covers " + place, "--fs-write " + place};
}

} // namespace cordon::policy
