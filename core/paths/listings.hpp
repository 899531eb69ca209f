// Listings that we put together: what /proc shows, directories with made places
// in them, and any directory when listings are sorted.
//
// The position is the open file's own offset, as for the kernel's: it says
// which listing is being read, and where. So dup, fork, seeking and rewinding
// need no help, and there is nothing that could go stale with a file
// descriptor.
#pragma once

#include "core/base/result.hpp"
#include "core/paths/rules.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace cordon::paths {

/// One entry, as getdents64(2) has it.
struct listed {
  std::uint64_t inode = 0;
  unsigned char kind = 0; ///< DT_…
  std::string name;
};

/// Some more of what the kernel lists, from where `directory` stands: an errno
/// (getdents64(2)'s, ENOMEM for more than a million in all), or whether there
/// may be more.
[[nodiscard]] result<bool> read_entries(int directory,
                                        std::vector<listed>& into);

/// Turns whole records of getdents64(2) into the older form, in place.
void make_old_records(char* records, std::size_t length);

/// What is being listed. One thread uses it. Bounded: who comes back to a
/// listing that was forgotten goes on in a new one, at the same index.
class listings {
public:
  /// Where an offset is in a listing. `wide`: the file system takes offsets
  /// beyond 31 bits, so that larger directories can be listed.
  struct place {
    std::uint32_t listing = 0; ///< 0: at the start of a new one
    std::uint64_t index = 0;
  };
  [[nodiscard]] static place place_of(std::int64_t offset, bool wide);
  [[nodiscard]] static std::int64_t offset_of(place at, bool wide);

  /// The listing with this number, if it is of `directory`; null: unknown.
  [[nodiscard]] const std::vector<listed>* find(std::uint32_t number,
                                                object_id directory) const;
  /// A new one; its number.
  std::uint32_t add(object_id directory, std::vector<listed> entries);

private:
  struct each {
    std::uint32_t number = 0;
    object_id directory;
    std::vector<listed> entries;
  };
  static constexpr std::size_t most = 64;
  static constexpr std::size_t most_entries = 200'000;

  std::deque<each> all_; ///< the oldest first
  std::size_t entries_ = 0;
  std::uint32_t last_ = 0;
};

/// Writes entries from `at` on, as many as fit in `room` bytes, as records of
/// getdents64(2) whose offsets are of that listing. Moves `at.index` on. The
/// number of bytes; 0 at the end; -1 when not even one fits.
[[nodiscard]] long write_entries(const std::vector<listed>& entries,
                                 listings::place& at, bool wide, char* into,
                                 std::size_t room);

} // namespace cordon::paths
