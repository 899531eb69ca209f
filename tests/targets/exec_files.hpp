// Programs and what is none, for exec_calls to start.
#pragma once

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace exec_files {

/// Where the probe is.
inline constexpr const char* self = "/bin/exec_calls";

inline void make(const std::string& path, const std::string& text,
                 mode_t mode = 0755) {
  const int fd
      = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  [[maybe_unused]] const auto n = ::write(fd, text.data(), text.size());
  ::fchmod(fd, mode);
  ::close(fd);
}

/// A program that is nothing but headers, with `loader` as what it asks for.
inline std::string elf(const std::string& loader,
                       std::uint16_t machine = EM_X86_64,
                       std::uint16_t type = ET_DYN) {
  Elf64_Ehdr file{};
  std::memcpy(file.e_ident, ELFMAG, SELFMAG);
  file.e_ident[EI_CLASS] = ELFCLASS64;
  file.e_ident[EI_DATA] = ELFDATA2LSB;
  file.e_ident[EI_VERSION] = EV_CURRENT;
  file.e_type = type;
  file.e_machine = machine;
  file.e_version = EV_CURRENT;
  file.e_phoff = sizeof file;
  file.e_ehsize = sizeof file;
  file.e_phentsize = sizeof(Elf64_Phdr);
  file.e_phnum = 1;
  Elf64_Phdr header{};
  header.p_type = PT_INTERP;
  header.p_offset = sizeof file + sizeof header;
  header.p_filesz = loader.size();
  std::string text(reinterpret_cast<const char*>(&file), sizeof file);
  text.append(reinterpret_cast<const char*>(&header), sizeof header);
  return text + loader;
}

inline std::string terminated(const std::string& text) {
  return {text.c_str(), text.size() + 1};
}

/// In the current directory, which is /x.
inline void make_files() {
  const std::string show_line = std::string("#!") + self + " show\n";
  ::mkdir("dir", 0755);
  ::symlink(self, "link");
  ::symlink("loop", "loop");
  make("plain", "no magic here\n");
  make("empty", "");
  make("closed", "x", 0644);
  make("cut", std::string("\x7f"
                          "ELF",
                          4));
  make("elf_other", elf(terminated("/none"), EM_AARCH64));
  make("elf_old", elf(terminated("/none"), EM_386));
  make("elf_object", elf(terminated("/none"), EM_X86_64, ET_REL));
  make("elf_no_loader", elf(terminated("/none")));
  make("elf_text_loader", elf(terminated("/x/plain_long")));
  make("elf_short_loader", elf(terminated("/x/empty")));
  make("elf_dir_loader", elf(terminated("/x/dir")));
  make("elf_closed_loader", elf(terminated("/x/closed")));
  make("elf_relative_loader", elf(terminated("x_plain_long")));
  make("elf_open_end", elf("/none"));
  make("elf_one_byte", elf(std::string("\0", 1)));
  make("plain_long", std::string(200, 'x'));
  make("x_plain_long", std::string(200, 'x'));
  make("script", show_line);
  make("script_count", std::string("#!") + self + " count\n");
  make("script_relative", "#!link show\n");
  make("script_words", std::string("#! \t") + self + " \t show me  \t\n");
  make("script_return", std::string("#!") + self + "\r\n");
  make("script_bare", "#!\n");
  make("script_end", "#!");
  make("script_blank", "#!  \t \n");
  make("script_none", "#!/none\n");
  make("script_dir", "#!/x/dir\n");
  make("script_closed", "#!/x/closed\n");
  make("script_plain", "#!/x/plain\n");
  make("script_no_end", std::string("#!") + self + " show");
  make("script_nul", std::string("#!") + self + std::string("\0 show\n", 7));
  make("script_long", "#!/" + std::string(300, 'a') + "\n");
  make("script_long_rest",
       std::string("#!") + self + " show " + std::string(300, 'b') + "\n");
  make("script_itself", "#!/x/script_itself\n");
  make("level1", "#!/x/script one\n");
  for (int level = 2; level <= 6; ++level)
    make("level" + std::to_string(level), "#!/x/level"
                                              + std::to_string(level - 1) + " "
                                              + std::to_string(level) + "\n");
}

} // namespace exec_files
