#include "cli/elf.hpp"

#include "core/base/unique_fd.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace cordon::cli {
namespace {

constexpr std::size_t longest_text = 4096;
constexpr std::size_t most_segments = 256;
constexpr std::size_t most_entries = 4096;
constexpr std::size_t most_libraries = 256;
constexpr std::size_t most_run_paths = 64;

/// Bytes that may end anywhere.
class image {
public:
  explicit image(const byte_reader& bytes)
      : bytes_(bytes) {
  }

  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    char raw[sizeof(T)];
    if (bytes_(offset, raw) != sizeof raw)
      return std::nullopt;
    T value;
    std::memcpy(&value, raw, sizeof value);
    return value;
  }

  /// The NUL-terminated string at `offset`; empty when it does not end.
  std::string text(std::uint64_t offset) const {
    char raw[longest_text];
    const std::string_view there{raw, bytes_(offset, raw)};
    const auto end = there.find('\0');
    return end == std::string_view::npos ? std::string{}
                                         : std::string(there.substr(0, end));
  }

private:
  const byte_reader& bytes_;
};

using segments = std::vector<Elf64_Phdr>;

/// Sums of the file's own numbers may wrap; what they then point to is read
/// within bounds all the same.
segments read_segments(const image& file, const Elf64_Ehdr& head) {
  segments found;
  for (std::uint64_t i = 0; i < head.e_phnum && i < most_segments; ++i)
    if (const auto s
        = file.at<Elf64_Phdr>(head.e_phoff + i * sizeof(Elf64_Phdr)))
      found.push_back(*s);
  return found;
}

/// The file offset of an address in memory.
std::optional<std::uint64_t> offset_of(const segments& all,
                                       std::uint64_t address) {
  for (const auto& s : all)
    if (s.p_type == PT_LOAD && address >= s.p_vaddr
        && address - s.p_vaddr < s.p_filesz)
      return address - s.p_vaddr + s.p_offset;
  return std::nullopt;
}

void add_run_paths(const std::string& paths, std::vector<std::string>& into) {
  for (std::size_t from = 0; from < paths.size();) {
    const auto colon = std::min(paths.find(':', from), paths.size());
    if (colon > from && into.size() < most_run_paths)
      into.push_back(paths.substr(from, colon - from));
    from = colon + 1;
  }
}

std::vector<Elf64_Dyn> read_entries(const image& file, std::uint64_t offset) {
  std::vector<Elf64_Dyn> entries;
  for (std::uint64_t i = 0; i < most_entries; ++i) {
    const auto entry = file.at<Elf64_Dyn>(offset + i * sizeof(Elf64_Dyn));
    if (!entry || entry->d_tag == DT_NULL)
      break;
    entries.push_back(*entry);
  }
  return entries;
}

void read_dynamic(const image& file, const segments& all,
                  const Elf64_Phdr& dynamic, program_facts& facts) {
  const auto entries = read_entries(file, dynamic.p_offset);
  const auto table = std::ranges::find(entries, DT_STRTAB, &Elf64_Dyn::d_tag);
  if (table == entries.end())
    return;
  const auto strings = offset_of(all, table->d_un.d_ptr);
  if (!strings)
    return;
  for (const auto& entry : entries) {
    const auto text = [&] { return file.text(*strings + entry.d_un.d_val); };
    if (entry.d_tag == DT_NEEDED && facts.libraries.size() < most_libraries)
      facts.libraries.push_back(text());
    else if ((entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
             && facts.run_paths.size() < most_run_paths)
      add_run_paths(text(), facts.run_paths);
  }
}

/// "#!/usr/bin/env python3" names /usr/bin/env.
program_facts read_script(std::string_view line) {
  line = line.substr(0, line.find('\n'));
  const auto first = line.find_first_not_of(" \t");
  program_facts facts;
  facts.is_script = true;
  if (first != std::string_view::npos) {
    line.remove_prefix(first);
    facts.interpreter = std::string(line.substr(0, line.find_first_of(" \t")));
  }
  return facts;
}

program_facts read_elf(const image& file, const Elf64_Ehdr& head) {
  program_facts facts;
  const auto all = read_segments(file, head);
  for (const auto& s : all)
    if (s.p_type == PT_INTERP)
      facts.interpreter = file.text(s.p_offset);
  // One, as the loader takes one: a file could claim many.
  const auto dynamic = std::ranges::find(all, PT_DYNAMIC, &Elf64_Phdr::p_type);
  if (dynamic != all.end())
    read_dynamic(file, all, *dynamic, facts);
  return facts;
}

} // namespace

std::optional<program_facts> read_program(const byte_reader& bytes) {
  char start[256]; // as much of "#!" as the kernel reads
  const std::string_view first{start, bytes(0, start)};
  if (first.starts_with("#!"))
    return read_script(first.substr(2));
  const image file{bytes};
  const auto head = file.at<Elf64_Ehdr>(0);
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0
      || head->e_ident[EI_CLASS] != ELFCLASS64
      || head->e_ident[EI_DATA] != ELFDATA2LSB)
    return std::nullopt;
  return read_elf(file, *head);
}

std::optional<program_facts> read_program(std::string_view bytes) {
  return read_program([bytes](std::uint64_t offset, std::span<char> into) {
    if (offset >= bytes.size())
      return std::size_t{0};
    return bytes.substr(offset).copy(into.data(), into.size());
  });
}

std::optional<program_facts> read_program_file(const std::string& path) {
  // A fifo must not hold us up, nor a terminal become ours.
  const unique_fd file{
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode))
    return std::nullopt;
  return read_program([&](std::uint64_t offset, std::span<char> into) {
    const auto n = ::pread(file.get(), into.data(), into.size(),
                           static_cast<off_t>(offset));
    return n < 0 ? std::size_t{0} : static_cast<std::size_t>(n);
  });
}

} // namespace cordon::cli
