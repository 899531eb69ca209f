#include "actors/record.hpp"

#include "core/base/escape.hpp"
#include "core/base/log.hpp"
#include "core/syscall/describe.hpp"
#include "policy/refusal.hpp"

#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace cordon::actors {
namespace {

/// "2026-01-31T12:00:00.123Z".
std::string date(std::chrono::milliseconds at) {
  const time_t seconds = at.count() / 1000;
  tm parts{};
  static_cast<void>(::gmtime_r(&seconds, &parts));
  char text[32];
  const auto length
      = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ",
                static_cast<int>(at.count() % 1000));
  return text;
}

std::chrono::milliseconds now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

status::answer_kind kind_of(const outcome& done) {
  using kind = status::answer_kind;
  if (!done.delivered)
    return kind::gone;
  switch (done.said.what) {
  case answer::kind::pass:
    return kind::pass;
  case answer::kind::value:
    return kind::value;
  case answer::kind::inject:
    return kind::inject;
  case answer::kind::interrupt:
    return kind::interrupt;
  case answer::kind::kill:
    return kind::kill;
  case answer::kind::error:
  case answer::kind::next:
    break;
  }
  return kind::error;
}

} // namespace

std::string audit_line(std::chrono::milliseconds at, const std::string& sandbox,
                       const status::denied_call& call) {
  std::string line;
  const auto put = [&](const char* key, std::string_view value) {
    line += (line.empty() ? "{\"" : ",\"") + std::string(key) + "\":\""
            + escape_json(value) + "\"";
  };
  put("time", date(at));
  put("sandbox", sandbox);
  put("operation", call.operation);
  line += ",\"tid\":" + std::to_string(call.tid);
  put("subject", call.subject);
  put("error", syscall::errno_name(call.error));
  put("rule", call.rule);
  put("remedy", call.remedy);
  return line + "}\n";
}

record::record(record_plan to)
    : to_(std::move(to)) {
}

void record::write_audit(const status::denied_call& call) {
  const auto line = audit_line(now(), to_.sandbox, call);
  const auto n = ::write(to_.audit.get(), line.data(), line.size());
  if (n == static_cast<ssize_t>(line.size()) || audit_failed_)
    return;
  audit_failed_ = true;
  log::warn("warning: a denial could not be written to the audit file: "
            + std::string(std::strerror(n < 0 ? errno : ENOSPC)));
}

void record::answered(const outcome& done) {
  const bool refused_by_policy = !done.said.about.empty();
  if (to_.board != nullptr)
    to_.board->answered({static_cast<std::size_t>(done.asked.op),
                         syscall::name_of(done.asked.op), kind_of(done),
                         done.said.what == answer::kind::error,
                         refused_by_policy, done.took});
  if (refused_by_policy)
    refused(done.asked, done.said);
}

void record::counted(std::size_t processes) {
  if (to_.board != nullptr)
    to_.board->counted(static_cast<std::uint32_t>(processes));
}

void record::refused(const notify::request& asked, const answer& said) {
  const auto why = policy::why_refused(asked.op, said.about, to_.max_processes);
  const status::denied_call call{syscall::name_of(asked.op),
                                 asked.tid,
                                 said.error,
                                 said.about,
                                 why.rule,
                                 why.remedy};
  if (to_.board != nullptr)
    to_.board->denied(call);
  if (to_.audit)
    write_audit(call);
  if (to_.tell)
    to_.tell("denied " + std::string(call.operation) + " ("
             + syscall::errno_name(call.error) + "): " + why.rule
             + (why.remedy.empty() ? "" : "; to allow it: " + why.remedy));
}

} // namespace cordon::actors
