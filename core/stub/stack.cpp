#include "core/stub/stack.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>

namespace cordon::stub {
namespace {

constexpr word aligned = 16; // the stack, where a program starts

/// struct prctl_mm_map (include/uapi/linux/prctl.h).
struct memory_map {
  word start_code, end_code, start_data, end_data, start_brk, brk, start_stack,
      arg_start, arg_end, env_start, env_end;
  word* auxv;
  unsigned auxv_size, exe_fd;
};

/// The last of a list of strings that lie one after the other, and its end.
word end_of_list(char** first, word fallback) {
  if (*first == nullptr)
    return fallback;
  while (first[1] != nullptr)
    ++first;
  return address(*first) + length(*first) + 1;
}

} // namespace

stack::stack(word* at)
    : at_(at) {
  find_lists();
}

void stack::find_lists() {
  environment_ = arguments() + count() + 1;
  char** end = environment_;
  while (*end != nullptr)
    ++end;
  vector_ = reinterpret_cast<word*>(end + 1);
  vector_end_ = vector_;
  while (vector_end_[0] != at_null)
    vector_end_ += 2;
  vector_end_ += 2;
}

word stack::value_of(word kind) const {
  for (const word* pair = vector_; pair[0] != at_null; pair += 2)
    if (pair[0] == kind)
      return pair[1];
  return 0;
}

void stack::set(word kind, word value) {
  for (word* pair = vector_; pair[0] != at_null; pair += 2)
    if (pair[0] == kind)
      pair[1] = value;
}

/// A pointer to something in [low, high) that has moved down.
void stack::shift(word kind, word low, word high, word by) {
  if (const word at = value_of(kind); at >= low && at < high)
    set(kind, at - by);
}

// From low to high: count and lists, the auxiliary vector, what it points to;
// the arguments, the environment, the name. New arguments end where the second
// of the old begins. A name that is longer than the stub's goes below them.
void stack::rewrite(const exec::handoff& said) {
  char* const old_name = const_cast<char*>(name());
  const bool fits = said.is.name_length <= length(old_name) + 1;
  const char* const new_name = said.text + said.is.argument_bytes;
  if (fits)
    copy(old_name, new_name, said.is.name_length);
  if (said.is.argument_count == 0 && fits)
    return;
  if (count() == 0) // Linux 5.18 and later see to it that there is one
    die();
  const bool script = said.is.argument_count != 0;
  char* const first = arguments()[0];
  char* const strings
      = script ? first + length(first) + 1 - said.is.argument_bytes : first;
  char* const lowest = fits ? strings : strings - said.is.name_length;
  // The lists, which may grow, then what they point to.
  const word tail = address(vector_end_), tail_end = address(first);
  const word wanted
      = address(lowest) < tail_end ? tail_end - address(lowest) : 0;
  const word by = (wanted + aligned - 1) & ~(aligned - 1);
  const word more = script ? said.is.argument_count - 1 : 0;
  const word list_by
      = by + ((more * sizeof(word) + aligned - 1) & ~(aligned - 1));
  auto* const to = reinterpret_cast<word*>(address(at_) - list_by);
  const word* from = at_;
  const word old_count = count();
  word* out = to;
  *out++ = old_count + more;
  from += 1;
  for (word i = 0, at = 0; i < said.is.argument_count; ++i) {
    *out++ = address(strings) + at;
    at += length(said.text + at) + 1;
  }
  if (script)
    ++from;
  while (from != vector_end_)
    *out++ = *from++;
  copy(reinterpret_cast<char*>(tail - by), reinterpret_cast<char*>(tail),
       tail_end - tail);
  copy(strings, said.text, said.is.argument_bytes);
  if (!fits)
    copy(lowest, new_name, said.is.name_length);
  at_ = to;
  find_lists();
  shift(at_random, tail, tail_end, by);
  shift(at_platform, tail, tail_end, by);
  shift(at_base_platform, tail, tail_end, by);
  if (!fits)
    set(at_execfn, address(lowest));
}

void stack::describe(const image& program, const image* loader) {
  set(at_phdr, program.headers);
  set(at_phent, program.header_size);
  set(at_phnum, program.header_count);
  set(at_entry, program.entry);
  set(at_base, loader != nullptr ? loader->bias : 0);
}

void stack::publish(const image& program) const {
  memory_map known{};
  known.start_code = program.code_start;
  known.end_code = program.code_end;
  known.start_data = program.data_start;
  known.end_data = program.data_end;
  known.brk = known.start_brk = static_cast<word>(call(__NR_brk, 0));
  known.start_stack = address(at_);
  known.arg_start = address(arguments()[0]);
  known.arg_end = known.env_start = end_of_list(arguments(), known.arg_start);
  known.env_end = end_of_list(environment_, known.env_start);
  known.auxv = vector_;
  known.auxv_size
      = static_cast<unsigned>(address(vector_end_) - address(vector_));
  known.exe_fd = ~0U;
  // A kernel without CONFIG_CHECKPOINT_RESTORE shows the stub's.
  call(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, address(&known), sizeof known);
}

void stack::make_executable() const {
  constexpr word page = 4096;
  call(__NR_mprotect, address(at_) & ~(page - 1), page,
       PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
}

} // namespace cordon::stub
