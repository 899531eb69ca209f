// What lives outside a sandbox and must not be touched from inside.
#pragma once

#include "core/base/unique_fd.hpp"
#include "tests/support/identity.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace cordon::test {

/// A process of `who`'s in a group of its own that counts the signals it gets.
class victim {
public:
  explicit victim(const identity& who);
  victim(const victim&) = delete;
  victim& operator=(const victim&) = delete;
  ~victim();

  [[nodiscard]] pid_t pid() const noexcept {
    return pid_;
  }
  /// The address of a word of its memory that may be overwritten, in hex.
  [[nodiscard]] std::string address() const;
  /// How many signals it got: all that were sent before the question.
  [[nodiscard]] int signals() const;
  [[nodiscard]] bool alive() const;
  /// Everything that others could change of it: limits, priorities, placement,
  /// memory.
  [[nodiscard]] std::string state() const;

private:
  struct memory;
  [[noreturn]] static void live(memory& own);

  memory* shared_;
  pid_t pid_;
};

/// A TCP listener on 127.0.0.1.
class tcp_listener {
public:
  tcp_listener();
  [[nodiscard]] int port() const noexcept {
    return port_;
  }
  /// How many have connected since last asked.
  int arrivals();

private:
  unique_fd fd_;
  int port_ = 0;
};

/// A TCP port that nobody listens at, and that no outgoing connection gets.
[[nodiscard]] int unused_port();

/// An AF_UNIX listener, abstract or at a path that everybody may write to.
class unix_listener {
public:
  static unix_listener abstract(const std::string& name, int type);
  static unix_listener at(const std::string& path, int type);
  static unix_listener at(const std::string& path);

  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  /// How many have connected or sent since last asked.
  int arrivals();
  [[nodiscard]] int fd() const noexcept {
    return fd_.get();
  }

private:
  unix_listener(std::string name, bool is_abstract, int type);

  std::string name_;
  int type_;
  unique_fd fd_;
};

/// System V and POSIX objects that everybody may use.
class ipc_objects {
public:
  ipc_objects();
  ipc_objects(const ipc_objects&) = delete;
  ipc_objects& operator=(const ipc_objects&) = delete;
  ~ipc_objects();

  int key;
  int shm;
  int sem;
  int msg;
  std::string queue; ///< "/NAME"
  std::string file;  ///< in /dev/shm
};

/// A name that no other test uses.
[[nodiscard]] std::string unique_name(const std::string& stem);

} // namespace cordon::test
