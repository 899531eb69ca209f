#include "core/stub/image.hpp"

#include <elf.h>
#include <sys/mman.h>

namespace cordon::stub {
namespace {

constexpr word page = 4096;
constexpr word fixed_noreplace = 0x100000; // MAP_FIXED_NOREPLACE, Linux 4.17

word page_start(word at) {
  return at & ~(page - 1);
}
word page_end(word at) {
  return page_start(at + page - 1);
}

void read_at(int fd, void* to, word n, word offset) {
  if (call(__NR_pread64, static_cast<word>(fd), address(to), n, offset)
      != static_cast<long>(n))
    die();
}

word map(word at, word n, word protection, word flags, int fd, word offset) {
  const long made = call(__NR_mmap, at, n, protection, flags,
                         static_cast<word>(fd), offset);
  if (failed(made))
    die();
  return static_cast<word>(made);
}

/// The program headers. Few as a rule; more than fit get memory of their own.
class headers {
public:
  headers(int fd, const Elf64_Ehdr& file)
      : count_(file.e_phnum)
      , bytes_(file.e_phnum * sizeof(Elf64_Phdr)) {
    if (bytes_ > sizeof few_)
      all_ = reinterpret_cast<Elf64_Phdr*>(
          map(0, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
              -1, 0));
    read_at(fd, all_, bytes_, file.e_phoff);
  }
  headers(const headers&) = delete;
  headers& operator=(const headers&) = delete;
  ~headers() {
    if (all_ != few_)
      call(__NR_munmap, address(all_), bytes_);
  }
  const Elf64_Phdr* begin() const {
    return all_;
  }
  const Elf64_Phdr* end() const {
    return all_ + count_;
  }

private:
  Elf64_Phdr few_[24];
  Elf64_Phdr* all_ = few_;
  word count_;
  word bytes_;
};

struct extent {
  word low = ~0UL;
  word high = 0;
  word alignment = page;
};

extent extent_of(const headers& all) {
  extent made;
  for (const auto& h : all) {
    if (h.p_type != PT_LOAD)
      continue;
    const word low = page_start(h.p_vaddr);
    const word high = h.p_vaddr + h.p_memsz;
    if (high < h.p_vaddr)
      die();
    made.low = low < made.low ? low : made.low;
    made.high = high > made.high ? high : made.high;
    const bool power = (h.p_align & (h.p_align - 1)) == 0;
    if (power && h.p_align > made.alignment)
      made.alignment = h.p_align;
  }
  if (made.low >= made.high)
    die();
  made.high = page_end(made.high);
  return made;
}

/// Takes the whole range, so that nothing else comes to lie in it. Returns what
/// is to be added to the file's addresses.
word reserve(const extent& all, bool movable) {
  constexpr word flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const word size = all.high - all.low;
  if (!movable) {
    if (map(all.low, size, PROT_NONE, flags | fixed_noreplace, -1, 0)
        != all.low)
      die();
    return 0;
  }
  const word slack = all.alignment - page;
  const word from = map(0, size + slack, PROT_NONE, flags, -1, 0);
  const word at = (from + slack) & ~(all.alignment - 1);
  if (at > from)
    call(__NR_munmap, from, at - from);
  if (const word end = from + size + slack; end > at + size)
    call(__NR_munmap, at + size, end - (at + size));
  return at - all.low;
}

word protection_of(const Elf64_Phdr& h) {
  return ((h.p_flags & PF_R) != 0 ? PROT_READ : 0U)
         | ((h.p_flags & PF_W) != 0 ? PROT_WRITE : 0U)
         | ((h.p_flags & PF_X) != 0 ? PROT_EXEC : 0U);
}

void map_segment(int fd, const Elf64_Phdr& h, word bias) {
  const word protection = protection_of(h);
  const word at = page_start(h.p_vaddr) + bias;
  const word file_end = h.p_vaddr + bias + h.p_filesz;
  const word end = h.p_vaddr + bias + h.p_memsz;
  word filled = at;
  if (h.p_filesz != 0) {
    filled = page_end(file_end);
    map(at, filled - at, protection, MAP_PRIVATE | MAP_FIXED, fd,
        page_start(h.p_offset));
    if (h.p_memsz > h.p_filesz && (h.p_flags & PF_W) != 0)
      for (word zero = file_end; zero < filled; ++zero)
        *reinterpret_cast<char*>(zero) = 0;
  }
  if (h.p_memsz > h.p_filesz && page_end(end) > filled)
    map(filled, page_end(end) - filled,
        PROT_READ | PROT_WRITE | (protection & PROT_EXEC),
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void note_range(image& to, const Elf64_Phdr& h) {
  const word start = h.p_vaddr + to.bias;
  const word end = start + h.p_filesz;
  if ((h.p_flags & PF_X) != 0) {
    to.code_start = start < to.code_start ? start : to.code_start;
    to.code_end = end > to.code_end ? end : to.code_end;
  }
  to.data_start = start > to.data_start ? start : to.data_start;
  to.data_end = end > to.data_end ? end : to.data_end;
}

} // namespace

image map_image(int fd) {
  Elf64_Ehdr file;
  read_at(fd, &file, sizeof file, 0);
  const headers all{fd, file};
  image made;
  made.bias = reserve(extent_of(all), file.e_type == ET_DYN);
  for (const auto& h : all) {
    if (h.p_type == PT_GNU_STACK)
      made.executable_stack = (h.p_flags & PF_X) != 0;
    if (h.p_type != PT_LOAD)
      continue;
    map_segment(fd, h, made.bias);
    note_range(made, h);
    if (file.e_phoff >= h.p_offset && file.e_phoff < h.p_offset + h.p_filesz)
      made.headers = file.e_phoff - h.p_offset + h.p_vaddr + made.bias;
  }
  made.entry = file.e_entry + made.bias;
  made.header_count = file.e_phnum;
  made.header_size = file.e_phentsize;
  return made;
}

} // namespace cordon::stub
