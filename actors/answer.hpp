// What a subsystem says to a trapped call. Nothing else reaches the kernel.
#pragma once

#include "core/base/unique_fd.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace cordon::actors {

struct answer {
  enum class kind : std::uint8_t {
    next,      ///< not mine: ask the next on the route
    pass,      ///< let the kernel run it; permits nothing
    error,     ///< fails with `error`
    value,     ///< returns `result`
    inject,    ///< returns the number of a copy of `fd` in the caller
    interrupt, ///< ended by the signal that waits for the caller
    kill,      ///< ends the calling process (SIGKILL)
  };
  kind what = kind::next;
  int error = 0;
  std::int64_t result = 0;
  /// Of a refusal by policy: what it was about, for messages; else empty.
  std::string about = {};
  std::shared_ptr<const unique_fd> fd = {};
  bool close_on_exec = true;
  bool begins = false; ///< the caller is a program that only now begins

  static answer let_pass() {
    return {kind::pass};
  }
  static answer fail(int code, std::string about = {}) {
    return {kind::error, code, 0, std::move(about)};
  }
  static answer give(std::int64_t value) {
    return {kind::value, 0, value};
  }
  /// Returns 0, to what will be another program when it has it.
  static answer let_begin() {
    answer said = give(0);
    said.begins = true;
    return said;
  }
  /// 0 returns 0, an errno fails with it.
  static answer of(int code) {
    return code == 0 ? give(0) : fail(code);
  }
  static answer give_fd(unique_fd fd, bool close_on_exec) {
    return {kind::inject,
            0,
            0,
            {},
            std::make_shared<const unique_fd>(std::move(fd)),
            close_on_exec};
  }
  /// Only for a caller with a deliverable signal.
  static answer interrupted() {
    return {kind::interrupt};
  }
  static answer kill_caller() {
    return {kind::kill};
  }
};

} // namespace cordon::actors
