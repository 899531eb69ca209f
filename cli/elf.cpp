#include "cli/elf.hpp"

#include <elf.h>

#include <cstdint>
#include <cstring>

namespace cordon::cli {
namespace {

/// Bytes that may end anywhere.
class image {
public:
  explicit image(std::string_view bytes)
      : bytes_(bytes) {
  }

  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T))
      return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  /// The NUL-terminated string at `offset`; empty when it does not end.
  std::string text(std::uint64_t offset) const {
    if (offset >= bytes_.size())
      return {};
    const auto rest = bytes_.substr(offset, 4096);
    const auto end = rest.find('\0');
    return end == std::string_view::npos ? std::string{}
                                         : std::string(rest.substr(0, end));
  }

private:
  std::string_view bytes_;
};

struct segments {
  std::vector<Elf64_Phdr> all;

  /// The file offset of an address in memory.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const auto& s : all)
      if (s.p_type == PT_LOAD && address >= s.p_vaddr
          && address - s.p_vaddr < s.p_filesz)
        return address - s.p_vaddr + s.p_offset;
    return std::nullopt;
  }
};

segments read_segments(const image& file, const Elf64_Ehdr& head) {
  segments found;
  for (std::uint64_t i = 0; i < head.e_phnum && i < 256; ++i)
    if (const auto s
        = file.at<Elf64_Phdr>(head.e_phoff + i * sizeof(Elf64_Phdr)))
      found.all.push_back(*s);
  return found;
}

void split(const std::string& paths, std::vector<std::string>& into) {
  for (std::size_t from = 0; from < paths.size();) {
    const auto colon = std::min(paths.find(':', from), paths.size());
    if (colon > from)
      into.push_back(paths.substr(from, colon - from));
    from = colon + 1;
  }
}

void read_dynamic(const image& file, const segments& parts,
                  const Elf64_Phdr& dynamic, program_facts& facts) {
  std::vector<Elf64_Dyn> entries;
  std::uint64_t strings = 0;
  for (std::uint64_t i = 0; i < 4096; ++i) {
    const auto entry
        = file.at<Elf64_Dyn>(dynamic.p_offset + i * sizeof(Elf64_Dyn));
    if (!entry || entry->d_tag == DT_NULL)
      break;
    if (entry->d_tag == DT_STRTAB)
      strings = parts.offset_of(entry->d_un.d_ptr).value_or(0);
    entries.push_back(*entry);
  }
  if (strings == 0)
    return;
  for (const auto& entry : entries) {
    if (entry.d_tag == DT_NEEDED)
      facts.libraries.push_back(file.text(strings + entry.d_un.d_val));
    else if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
      split(file.text(strings + entry.d_un.d_val), facts.run_paths);
  }
}

/// "#!/usr/bin/env python3" names /usr/bin/env.
program_facts read_script(std::string_view bytes) {
  auto line = bytes.substr(2, 254);
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

} // namespace

std::optional<program_facts> read_program(std::string_view bytes) {
  if (bytes.starts_with("#!"))
    return read_script(bytes);
  const image file{bytes};
  const auto head = file.at<Elf64_Ehdr>(0);
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0
      || head->e_ident[EI_CLASS] != ELFCLASS64
      || head->e_ident[EI_DATA] != ELFDATA2LSB)
    return std::nullopt;
  program_facts facts;
  const auto parts = read_segments(file, *head);
  for (const auto& s : parts.all) {
    if (s.p_type == PT_INTERP)
      facts.interpreter = file.text(s.p_offset);
    else if (s.p_type == PT_DYNAMIC)
      read_dynamic(file, parts, s, facts);
  }
  return facts;
}

} // namespace cordon::cli
