#include "core/paths/listings.hpp"

#include "core/linux/calls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace cordon::paths {
namespace {

// struct linux_dirent64: inode, offset (at 8), length (at 16), kind, name. The
// older form has the same length, the name a byte earlier, and the kind at the
// end.
constexpr std::size_t offset_at = 8, length_at = 16, kind_at = 18, name_at = 19,
                      old_name_at = 18;
constexpr unsigned narrow_bits = 18, wide_bits = 24;
constexpr std::uint32_t most_numbers = 4095;

template <class T>
T field(const char* record, std::size_t at) {
  T value{};
  std::memcpy(&value, record + at, sizeof value);
  return value;
}

std::size_t size_of(const listed& entry) {
  constexpr std::size_t alignment = 8;
  const auto bare = name_at + entry.name.size() + 1;
  return (bare + alignment - 1) / alignment * alignment;
}

void write_entry(const listed& entry, std::int64_t offset, char* record) {
  const auto length = static_cast<std::uint16_t>(size_of(entry));
  std::memset(record, 0, length);
  std::memcpy(record, &entry.inode, sizeof entry.inode);
  std::memcpy(record + offset_at, &offset, sizeof offset);
  std::memcpy(record + length_at, &length, sizeof length);
  record[kind_at] = static_cast<char>(entry.kind);
  entry.name.copy(record + name_at, entry.name.size());
}

unsigned bits_of(bool wide) {
  return wide ? wide_bits : narrow_bits;
}

} // namespace

result<bool> read_entries(int directory, std::vector<listed>& into) {
  constexpr std::size_t most
      = 1'000'000; // memory is not the directory's owner's
  std::array<char, 32768> bytes;
  const auto got = sys::getdents64(directory, bytes.data(), bytes.size());
  if (got < 0)
    return fail_errno("list a directory");
  if (into.size() > most)
    return fail(ENOMEM, "list a directory");
  for (const char* at = bytes.data(); at < bytes.data() + got;
       at += field<std::uint16_t>(at, length_at))
    into.push_back({field<std::uint64_t>(at, 0),
                    static_cast<unsigned char>(at[kind_at]), at + name_at});
  return got > 0;
}

void make_old_records(char* records, std::size_t length) {
  for (std::size_t i = 0; i < length;) {
    char* const record = records + i;
    const auto size = field<std::uint16_t>(record, length_at);
    const char kind = record[kind_at];
    std::memmove(record + old_name_at, record + name_at,
                 std::strlen(record + name_at) + 1);
    record[size - 1] = kind;
    i += size;
  }
}

listings::place listings::place_of(std::int64_t offset, bool wide) {
  const auto bits = static_cast<std::uint64_t>(offset);
  return {static_cast<std::uint32_t>(bits >> bits_of(wide)) & most_numbers,
          bits & ((std::uint64_t{1} << bits_of(wide)) - 1)};
}

std::int64_t listings::offset_of(place at, bool wide) {
  const auto last = (std::uint64_t{1} << bits_of(wide)) - 1;
  return static_cast<std::int64_t>((std::uint64_t{at.listing} << bits_of(wide))
                                   | std::min(at.index, last));
}

const std::vector<listed>* listings::find(std::uint32_t number,
                                          object_id directory) const {
  const auto found = std::ranges::find_if(all_, [&](const each& one) {
    return one.number == number && one.directory == directory;
  });
  return found == all_.end() ? nullptr : &found->entries;
}

std::uint32_t listings::add(object_id directory, std::vector<listed> entries) {
  last_ = last_ % most_numbers + 1;
  entries_ += entries.size();
  all_.push_back({last_, directory, std::move(entries)});
  while (all_.size() > 1 && (all_.size() > most || entries_ > most_entries)) {
    entries_ -= all_.front().entries.size();
    all_.pop_front();
  }
  return last_;
}

long write_entries(const std::vector<listed>& entries, listings::place& at,
                   bool wide, char* into, std::size_t room) {
  std::size_t used = 0;
  for (; at.index < entries.size(); ++at.index) {
    const auto& entry = entries[at.index];
    if (used + size_of(entry) > room)
      return used == 0 ? -1 : static_cast<long>(used);
    write_entry(entry, listings::offset_of({at.listing, at.index + 1}, wide),
                into + used);
    used += size_of(entry);
  }
  return static_cast<long>(used);
}

} // namespace cordon::paths
