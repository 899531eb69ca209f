#include "policy/refusal.hpp"

#include "core/base/escape.hpp"

namespace cordon::policy {

namespace {

using syscall::operation;

bool is_about_others(operation op) {
  return op == operation::limit || op == operation::priority
         || op == operation::schedule || op == operation::signal
         || op == operation::owner;
}

refusal why_no_socket(operation op, const std::string& about) {
  if (op == operation::listen)
    return {"port " + about + " is not bound to a granted port",
            "bind(2) and --net-allow-bind PORT"};
  if (about.starts_with(':'))
    return {"port " + about + " is not granted", "--net-allow " + about};
  return {about + " outside the sandbox is out of reach", {}};
}

} // namespace

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
  if (is_about_others(op))
    return {about + " does not belong to the sandbox", {}};
  const bool is_file = about.starts_with('/') || op == operation::bind;
  const bool names_peer = op == operation::connect || op == operation::send;
  if (op == operation::listen || (names_peer && !is_file))
    return why_no_socket(op, about);
  const auto place = escape(about);
  return {"no write grant covers " + place, "--fs-write " + place};
}

} // namespace cordon::policy
