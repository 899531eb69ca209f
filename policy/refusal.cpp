#include "policy/refusal.hpp"

#include "core/base/escape.hpp"

namespace cordon::policy {

refusal why_refused(const profile& p, syscall::operation op,
                    const std::string& about) {
  return p.max_processes ? why_refused(op, about, p.max_processes->value,
                                       p.max_processes->from)
                         : why_refused(op, about, 0);
}

refusal why_refused(syscall::operation op, const std::string& about,
                    std::uint64_t limit, const origin& limit_from) {
  if (op == syscall::operation::fork) {
    if (limit == 0)
      return {"the limit of processes is reached", "--max-processes"};
    const auto most = std::to_string(limit);
    return {limit_from + " allows " + most + " processes at once",
            "--max-processes with a number above " + most};
  }
  const auto place = escape(about);
  return {"no write grant covers " + place, "--fs-write " + place};
}

} // namespace cordon::policy
