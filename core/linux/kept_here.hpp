// Threads that wake each other in turns, kept on one CPU meanwhile.
//
// A second CPU that idles is no help to two threads of which one always waits
// for the other: the kernel wakes the next one there, and every wake-up then
// costs an interrupt and the way out of the idle state, several times what the
// work in between does.
#pragma once

#include "core/linux/calls.hpp"

#include <climits>

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <utility>

namespace cordon::sys {

/// While it lives, a thread may run only on the CPU that this thread is on; so
/// that is where it wakes up. Afterwards it may run where it might before.
///
/// Nothing happens to a thread that may not run here, that has one CPU anyway,
/// or that the kernel does not let us decide about. Async-signal-safe.
///
/// The mask that comes back is the one that was in force: should the CPUs of
/// the thread's cgroup become more later on, it does not get those.
class kept_here {
public:
  constexpr kept_here() = default;

  /// 0: this thread itself.
  explicit kept_here(pid_t tid) noexcept {
    unsigned here = 0;
    const int known = cpu_mask(tid, before_.data(), sizeof before_);
    if (known <= 0 || current_cpu(here) != 0 || here >= most)
      return;
    std::array<unsigned long, words> one{};
    one[here / bits_a_word] = 1UL << (here % bits_a_word);
    const bool allowed
        = (before_[here / bits_a_word] & one[here / bits_a_word]) != 0;
    unsigned long others = 0;
    for (std::size_t i = 0; i < words; ++i)
      others |= before_[i] & ~one[i];
    size_ = static_cast<std::size_t>(known);
    kept_ = allowed && others != 0 && set_cpu_mask(tid, one.data(), size_) == 0;
    tid_ = tid;
  }

  kept_here(const kept_here&) = delete;
  kept_here& operator=(const kept_here&) = delete;
  kept_here(kept_here&& other) noexcept
      : before_(other.before_)
      , size_(other.size_)
      , tid_(other.tid_)
      , kept_(std::exchange(other.kept_, false)) {
  }
  kept_here& operator=(kept_here&& other) noexcept {
    if (this != &other) {
      let_go();
      before_ = other.before_;
      size_ = other.size_;
      tid_ = other.tid_;
      kept_ = std::exchange(other.kept_, false);
    }
    return *this;
  }
  ~kept_here() {
    let_go();
  }

  /// Whether the thread is kept.
  explicit operator bool() const noexcept {
    return kept_;
  }
  void let_go() noexcept {
    if (std::exchange(kept_, false))
      static_cast<void>(set_cpu_mask(tid_, before_.data(), size_));
  }

private:
  static constexpr std::size_t words = 16;
  static constexpr std::size_t bits_a_word = sizeof(unsigned long) * CHAR_BIT;
  static constexpr std::size_t most = words * bits_a_word;

  std::array<unsigned long, words> before_{};
  std::size_t size_ = 0; ///< bytes of a mask that the kernel knows of
  pid_t tid_ = 0;
  bool kept_ = false;
};

/// This thread and another that it wakes and waits for.
class side_by_side {
public:
  explicit side_by_side(pid_t other) noexcept
      : other_(other)
      , self_(other_ ? kept_here(0) : kept_here()) {
  }

  /// Whether they are kept; else there was no need, or no way.
  explicit operator bool() const noexcept {
    return static_cast<bool>(other_);
  }

private:
  kept_here other_, self_;
};

} // namespace cordon::sys
