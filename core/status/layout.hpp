// The status board, byte by byte: what a supervisor tells about its run to
// whoever maps the file "board" of the run's directory.
//
// One writer, any number of readers, no lock. Everything that changes is an
// atomic: a counter is exact by itself, and a denial is guarded by a sequence.
// All zero is an empty board, so a fresh file needs its identity only. A layout
// that changes gets a new version; readers refuse every other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cordon::status::layout {

inline constexpr std::array<char, 8> magic{'c', 'o', 'r', 'd',
                                           'o', 'n', 'B', '\n'};
inline constexpr std::uint32_t version = 1;

/// Operations that have figures of their own; the last takes all others.
inline constexpr std::size_t operations = 64;
/// Bucket n counts answers that took 2^n to 2^(n+1) nanoseconds; the last,
/// whatever took longer.
inline constexpr std::size_t latencies = 32;
/// Denials that are remembered.
inline constexpr std::size_t denials = 32;
/// Kinds of answers: see answer_kind.
inline constexpr std::size_t kinds = 8;

using counter = std::atomic<std::uint64_t>;
using gauge = std::atomic<std::uint32_t>;
static_assert(counter::is_always_lock_free && gauge::is_always_lock_free);
static_assert(sizeof(counter) == 8 && sizeof(gauge) == 4);

/// Who runs what. Complete before the board has its name; never changes.
struct identity {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t size;          ///< of the whole board
  std::uint32_t supervisor;    ///< process id
  std::uint32_t uid;           ///< of the supervisor
  std::uint64_t start_time;    ///< of the supervisor: field 22 of its stat
  std::int64_t started_at;     ///< nanoseconds since 1970
  std::uint64_t policy_digest; ///< policy::digest of the plan
  std::uint64_t process_limit; ///< 0: none
  std::uint32_t name_length;
  std::uint32_t command_length;
  char name[64];
  char command[384]; ///< words joined by blanks; may be cut
};
static_assert(sizeof(identity) == 512);
static_assert(offsetof(identity, start_time) == 24);
static_assert(offsetof(identity, name) == 64);
static_assert(offsetof(identity, command) == 128);

/// What is true now, and totals.
struct figures {
  gauge keeper;    ///< process id, 0: not started yet
  gauge processes; ///< when last counted, 0: never
  gauge peak;      ///< the highest count
  gauge reserved;
  counter denied; ///< denials so far; the ring holds the last of them
  counter answers[kinds];
  counter unused[5];
};
static_assert(sizeof(figures) == 128);
static_assert(offsetof(figures, denied) == 16);
static_assert(offsetof(figures, answers) == 24);

/// One operation. `name` is there as soon as `calls` is not 0.
struct operation {
  char name[24]; ///< NUL-terminated
  counter calls;
  counter refused; ///< by policy
  counter failed;  ///< with any errno, refused ones included
  counter nanoseconds;
  counter slowest; ///< nanoseconds
  counter latency[latencies];
};
static_assert(sizeof(operation) == 320);
static_assert(offsetof(operation, calls) == 24);
static_assert(offsetof(operation, latency) == 64);

/// One call that policy refused.
struct denial {
  std::int64_t at; ///< nanoseconds since 1970
  std::uint32_t tid;
  std::int32_t error;
  std::uint16_t operation_length;
  std::uint16_t subject_length;
  std::uint16_t rule_length;
  std::uint16_t remedy_length;
  char operation[24];
  char subject[256]; ///< bytes as they are; may be cut
  char rule[192];
  char remedy[192];
};
static_assert(sizeof(denial) == 688);
static_assert(offsetof(denial, subject) == 48);
static_assert(offsetof(denial, rule) == 304);
static_assert(offsetof(denial, remedy) == 496);

/// The place of a denial: as words, because a reader may look while it is
/// written. Denial n (from 0) lies in slot n % denials under sequence 2n + 2;
/// an odd sequence is one in the making.
struct slot {
  counter sequence;
  counter words[sizeof(denial) / sizeof(std::uint64_t)];
  counter unused;
};
static_assert(sizeof(slot) == 704);
static_assert(sizeof(denial) % sizeof(std::uint64_t) == 0);

struct board {
  identity who;
  figures now;
  operation operations[layout::operations];
  slot denials[layout::denials];
};
static_assert(sizeof(board) == 43'648);
static_assert(offsetof(board, now) == 512);
static_assert(offsetof(board, operations) == 640);
static_assert(offsetof(board, denials) == 21'120);

} // namespace cordon::status::layout
