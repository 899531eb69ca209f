#include "core/status/board.hpp"

#include "core/process/family.hpp"
#include "core/status/mapping.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace cordon::status {
namespace {

namespace ipc = boost::interprocess;

/// Field of /proc/PID/stat: when the process started, in clock ticks.
constexpr int start_time = 22;

std::int64_t now(clockid_t clock) noexcept {
  timespec t{};
  ::clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

/// Copies what fits; the length that was copied.
template <std::size_t Size>
std::size_t put(char (&to)[Size], std::string_view text) noexcept {
  const auto length = std::min(text.size(), Size);
  std::memcpy(to, text.data(), length);
  return length;
}

/// There is one writer, so adding needs no locked instruction.
void add(layout::counter& to, std::uint64_t n) noexcept {
  to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_release);
}

void write_identity(layout::identity& to, const run_identity& who) {
  to.magic = layout::magic;
  to.version = layout::version;
  to.size = sizeof(layout::board);
  to.supervisor = static_cast<std::uint32_t>(::getpid());
  to.uid = ::geteuid();
  to.start_time = process::stat_field(::getpid(), start_time).value_or(0);
  to.started_at = now(CLOCK_REALTIME);
  to.policy_digest = who.policy_digest;
  to.process_limit = who.process_limit;
  to.name_length = static_cast<std::uint32_t>(put(to.name, who.name));
  to.command_length = static_cast<std::uint32_t>(put(to.command, who.command));
}

std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
  const auto log2
      = static_cast<std::size_t>(std::bit_width(nanoseconds | 1) - 1);
  return std::min(log2, layout::latencies - 1);
}

} // namespace

std::string_view name_of(answer_kind kind) noexcept {
  constexpr std::string_view names[]
      = {"pass", "error", "value", "inject", "interrupt", "kill", "gone"};
  const auto n = static_cast<std::size_t>(kind);
  return n < std::size(names) ? names[n] : std::string_view{};
}

board::board(unique_fd file, std::unique_ptr<ipc::mapped_region> region)
    : file_(std::move(file))
    , region_(std::move(region))
    , at_(static_cast<layout::board*>(region_->get_address())) {
}

board::board(board&&) noexcept = default;
board& board::operator=(board&&) noexcept = default;
board::~board() = default;

result<board> board::create(int directory, const char* name,
                            const run_identity& who) {
  unique_fd file{::openat(directory, name,
                          O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          S_IRUSR | S_IWUSR)};
  if (!file)
    return fail_errno("make the status board", name);
  if (const int error = ::posix_fallocate(file.get(), 0, sizeof(layout::board));
      error != 0)
    return fail(error, "make room for the status board", name);
  auto region = map_file(file.get(), ipc::read_write, sizeof(layout::board));
  if (region == nullptr)
    return fail(ENOMEM, "map the status board", name);
  board made{std::move(file), std::move(region)};
  write_identity(made.at_->who, who);
  return made;
}

result<board> board::adopt(unique_fd file) {
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0
      || facts.st_size != sizeof(layout::board))
    return fail(EPROTO, "go on with the status board");
  auto region = map_file(file.get(), ipc::read_write, sizeof(layout::board));
  if (region == nullptr)
    return fail(ENOMEM, "map the status board");
  return board{std::move(file), std::move(region)};
}

void board::rename(std::string_view name) noexcept {
  at_->who.name_length = static_cast<std::uint32_t>(put(at_->who.name, name));
}

void board::keeper_started(pid_t keeper) noexcept {
  at_->now.keeper.store(static_cast<std::uint32_t>(keeper),
                        std::memory_order_relaxed);
}

void board::counted(std::uint32_t processes) noexcept {
  auto& now = at_->now;
  now.processes.store(processes, std::memory_order_relaxed);
  if (processes > now.peak.load(std::memory_order_relaxed))
    now.peak.store(processes, std::memory_order_relaxed);
}

void board::answered(const answered_call& call) noexcept {
  auto& row = at_->operations[std::min(call.operation, layout::operations - 1)];
  if (row.calls.load(std::memory_order_relaxed) == 0)
    static_cast<void>(put(row.name, call.name.substr(0, sizeof row.name - 1)));
  const auto ns = static_cast<std::uint64_t>(call.took.count());
  add(row.calls, 1);
  add(row.nanoseconds, ns);
  add(row.latency[bucket_of(ns)], 1);
  if (ns > row.slowest.load(std::memory_order_relaxed))
    row.slowest.store(ns, std::memory_order_relaxed);
  if (call.failed)
    add(row.failed, 1);
  if (call.refused)
    add(row.refused, 1);
  add(at_->now.answers[static_cast<std::size_t>(call.kind) % layout::kinds], 1);
}

void board::denied(const denied_call& call) noexcept {
  layout::denial text{};
  text.at = now(CLOCK_REALTIME_COARSE); // milliseconds will do
  text.tid = static_cast<std::uint32_t>(call.tid);
  text.error = call.error;
  const auto length
      = [](std::size_t n) { return static_cast<std::uint16_t>(n); };
  text.operation_length = length(put(text.operation, call.operation));
  text.subject_length = length(put(text.subject, call.subject));
  text.rule_length = length(put(text.rule, call.rule));
  text.remedy_length = length(put(text.remedy, call.remedy));

  std::uint64_t words[sizeof text / sizeof(std::uint64_t)];
  std::memcpy(words, &text, sizeof words);
  const auto n = at_->now.denied.load(std::memory_order_relaxed);
  auto& slot = at_->denials[n % layout::denials];
  slot.sequence.store(2 * n + 1, std::memory_order_relaxed);
  // Release, each of them: none is seen before the odd sequence is.
  for (std::size_t i = 0; i < std::size(words); ++i)
    slot.words[i].store(words[i], std::memory_order_release);
  slot.sequence.store(2 * n + 2, std::memory_order_release);
  at_->now.denied.store(n + 1, std::memory_order_release);
}

} // namespace cordon::status
