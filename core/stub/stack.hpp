// What a program finds on its stack when it starts: argument and environment
// lists and the auxiliary vector, as the kernel put them there for the stub.
#pragma once

#include "core/exec/handoff.hpp"
#include "core/stub/image.hpp"

namespace cordon::stub {

class stack {
public:
  explicit stack(word* at);

  [[nodiscard]] const char* name() const {
    return reinterpret_cast<const char*>(value_of(at_execfn));
  }

  /// Puts the arguments and the name that `said` has in place of the stub's.
  /// Moves what lies below them, by less than `exec::handoff::room`.
  void rewrite(const exec::handoff& said);
  /// Says of `program`, and the loader if there is one, what the kernel says of
  /// what it starts.
  void describe(const image& program, const image* loader);
  /// Tells the kernel, which shows it in /proc/PID/auxv, cmdline and stat.
  void publish(const image& program) const;
  /// So that what is on it can be run.
  void make_executable() const;

  [[nodiscard]] word* top() const {
    return at_;
  }

private:
  static constexpr word at_null = 0, at_phdr = 3, at_phent = 4, at_phnum = 5,
                        at_base = 7, at_entry = 9, at_platform = 15,
                        at_base_platform = 24, at_random = 25, at_execfn = 31;

  void find_lists();
  [[nodiscard]] word value_of(word kind) const;
  void set(word kind, word value);
  void shift(word kind, word low, word high, word by);
  [[nodiscard]] word count() const {
    return at_[0];
  }
  [[nodiscard]] char** arguments() const {
    return reinterpret_cast<char**>(at_ + 1);
  }

  word* at_;
  char** environment_ = nullptr;
  word* vector_ = nullptr; ///< auxiliary: pairs
  word* vector_end_ = nullptr;
};

} // namespace cordon::stub
