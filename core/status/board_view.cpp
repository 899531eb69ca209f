#include "core/status/board_view.hpp"

#include "core/status/mapping.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace cordon::status {
namespace {

namespace ipc = boost::interprocess;

constexpr auto acquire = std::memory_order_acquire;

/// What a length says and the place allows.
template <std::size_t Size>
std::string text_of(const char (&bytes)[Size], std::size_t length) {
  return {bytes, std::min(length, Size)};
}

std::optional<past_denial> read_slot(const layout::slot& from,
                                     std::uint64_t sequence) {
  if (from.sequence.load(acquire) != sequence)
    return std::nullopt;
  std::uint64_t words[sizeof(layout::denial) / sizeof(std::uint64_t)];
  // Acquire, each of them: the second look at the sequence comes after all.
  for (std::size_t i = 0; i < std::size(words); ++i)
    words[i] = from.words[i].load(acquire);
  if (from.sequence.load(acquire) != sequence)
    return std::nullopt;
  layout::denial seen;
  std::memcpy(&seen, words, sizeof seen);
  past_denial made;
  made.at = seen.at;
  made.tid = static_cast<pid_t>(seen.tid);
  made.error = seen.error;
  made.operation = text_of(seen.operation, seen.operation_length);
  made.subject = text_of(seen.subject, seen.subject_length);
  made.rule = text_of(seen.rule, seen.rule_length);
  made.remedy = text_of(seen.remedy, seen.remedy_length);
  return made;
}

std::vector<past_denial> read_denials(const layout::board& from,
                                      std::uint64_t total) {
  std::vector<past_denial> all;
  const auto count = std::min<std::uint64_t>(total, layout::denials);
  for (auto n = total - count; n != total; ++n)
    if (auto one = read_slot(from.denials[n % layout::denials], 2 * n + 2))
      all.push_back(std::move(*one));
  return all;
}

std::optional<operation_figures> read_row(const layout::operation& from) {
  operation_figures row;
  row.calls = from.calls.load(acquire);
  if (row.calls == 0)
    return std::nullopt;
  row.name = text_of(from.name, ::strnlen(from.name, sizeof from.name));
  row.refused = from.refused.load(acquire);
  row.failed = from.failed.load(acquire);
  row.nanoseconds = from.nanoseconds.load(acquire);
  row.slowest = from.slowest.load(acquire);
  for (std::size_t i = 0; i < layout::latencies; ++i)
    row.latency[i] = from.latency[i].load(acquire);
  return row;
}

bool is_board(const layout::identity& who) {
  return who.magic == layout::magic && who.version == layout::version
         && who.size == sizeof(layout::board)
         && who.name_length <= sizeof who.name
         && who.command_length <= sizeof who.command;
}

} // namespace

std::uint64_t operation_figures::quantile(double share) const noexcept {
  std::uint64_t all = 0;
  for (const auto n : latency)
    all += n;
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < latency.size(); ++i) {
    so_far += latency[i];
    if (so_far > 0
        && static_cast<double>(so_far) >= share * static_cast<double>(all))
      return std::uint64_t{2} << i;
  }
  return 0;
}

std::optional<snapshot> read(const layout::board& from) {
  const auto& who = from.who;
  if (!is_board(who))
    return std::nullopt;
  snapshot made;
  made.who = {text_of(who.name, who.name_length),
              text_of(who.command, who.command_length), who.policy_digest,
              who.process_limit};
  made.supervisor = static_cast<pid_t>(who.supervisor);
  made.uid = who.uid;
  made.start_time = who.start_time;
  made.started_at = who.started_at;
  made.keeper = static_cast<pid_t>(from.now.keeper.load(acquire));
  made.processes = from.now.processes.load(acquire);
  made.peak = from.now.peak.load(acquire);
  for (std::size_t i = 0; i < layout::kinds; ++i)
    made.answers[i] = from.now.answers[i].load(acquire);
  for (const auto& each : from.operations)
    if (auto row = read_row(each))
      made.operations.push_back(std::move(*row));
  made.denied = from.now.denied.load(acquire);
  made.denials = read_denials(from, made.denied);
  return made;
}

result<snapshot> read_board(int directory, const char* name, uid_t owner) {
  // O_NONBLOCK: a FIFO in its place must not stop us.
  const unique_fd file{::openat(
      directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file)
    return fail_errno("open the status board", name);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0)
    return fail_errno("look at the status board", name);
  if (facts.st_uid != owner)
    return fail(EPERM, "read a status board of somebody else", name);
  if (!S_ISREG(facts.st_mode) || facts.st_size != sizeof(layout::board))
    return fail(EPROTO, "read the status board", name);
  const auto region
      = map_file(file.get(), ipc::read_only, sizeof(layout::board));
  if (region == nullptr)
    return fail(ENOMEM, "map the status board", name);
  auto made = read(*static_cast<const layout::board*>(region->get_address()));
  if (!made)
    return fail(EPROTO, "read the status board", name);
  return std::move(*made);
}

} // namespace cordon::status
