// One-shot undo.
#pragma once

#include <utility>

namespace cordon {

/// Runs `Undo` at the end of the scope unless `dismiss` was called.
template <class Undo>
class scope_exit {
public:
  explicit scope_exit(Undo undo)
      : undo_(std::move(undo)) {
  }
  scope_exit(const scope_exit&) = delete;
  scope_exit& operator=(const scope_exit&) = delete;
  scope_exit(scope_exit&&) = delete;
  scope_exit& operator=(scope_exit&&) = delete;
  ~scope_exit() {
    if (armed_)
      undo_();
  }

  void dismiss() noexcept {
    armed_ = false;
  }

private:
  Undo undo_;
  bool armed_ = true;
};

} // namespace cordon
