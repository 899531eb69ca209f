// What the probe programs share. A probe prints one line, `name=outcome`, where
// the outcome is "ok", the name of an errno, or a value; the tests run the same
// program outside and inside a sandbox and compare the lines.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace probe {

/// Numbers the distribution's headers are too old for (asm-generic, the same on
/// every architecture).
namespace nr {
inline constexpr long statmount = 457;
inline constexpr long listmount = 458;
inline constexpr long lsm_set_self_attr = 460;
inline constexpr long open_tree_attr = 467;
} // namespace nr

/// "ok" for 0 and more, else the name of errno.
inline std::string outcome(long result) {
  if (result >= 0)
    return "ok";
  const char* name = strerrorname_np(errno);
  return name != nullptr ? name : "E" + std::to_string(errno);
}

inline void say(std::string_view name, std::string_view value) {
  std::printf("%.*s=%.*s\n", static_cast<int>(name.size()), name.data(),
              static_cast<int>(value.size()), value.data());
  std::fflush(stdout);
}

inline void report(std::string_view name, long result) {
  say(name, outcome(result));
}

/// A whole register: the variadic syscall(2) would leave the upper half of an
/// int argument undefined.
template <class T>
inline long word(T value) {
  if constexpr (std::is_pointer_v<T>)
    return reinterpret_cast<long>(value);
  else if constexpr (std::is_null_pointer_v<T>)
    return 0;
  else
    return static_cast<long>(value);
}

template <class... T>
inline long call(long number, T... arguments) {
  return ::syscall(number, word(arguments)...);
}

/// What a child did: its answer, or the signal that ended it ("SIGILL").
template <class F>
inline std::string answer_of_child(F body) {
  std::fflush(stdout);
  int channel[2];
  if (::pipe2(channel, O_CLOEXEC) != 0)
    return "no-pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    const std::string text = body();
    if (::write(channel[1], text.data(), text.size()) < 0)
      ::_exit(99);
    ::_exit(0);
  }
  ::close(channel[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = ::read(channel[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  ::close(channel[0]);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child)
    return "no-child";
  if (WIFSIGNALED(status))
    return std::string("SIG") + sigabbrev_np(WTERMSIG(status));
  return text.empty() ? "exit-" + std::to_string(WEXITSTATUS(status)) : text;
}

/// Reports what `body` returns (negative: errno) in a child of its own, so that
/// nothing it changes lasts and nothing that kills it hides the next probe.
template <class F>
inline void in_child(std::string_view name, F body) {
  say(name, answer_of_child([&] { return outcome(body()); }));
}

/// `key=value` words of the command line: what a probe is told of the outside.
class facts {
public:
  facts(int argc, char** argv)
      : argc_(argc)
      , argv_(argv) {
  }

  [[nodiscard]] bool has(std::string_view key) const {
    return find(key) != nullptr;
  }
  [[nodiscard]] std::string text(std::string_view key) const {
    const char* value = find(key);
    if (value == nullptr) {
      std::fprintf(stderr, "missing: %.*s=\n", static_cast<int>(key.size()),
                   key.data());
      std::exit(98);
    }
    return value;
  }
  /// A positive number: 0 and less would mean "myself" or "everybody" to the
  /// calls that the probes try.
  [[nodiscard]] int number(std::string_view key) const {
    const int value = std::atoi(text(key).c_str());
    if (value <= 0) {
      std::fprintf(stderr, "not positive: %.*s\n", static_cast<int>(key.size()),
                   key.data());
      std::exit(98);
    }
    return value;
  }

private:
  [[nodiscard]] const char* find(std::string_view key) const {
    for (int i = 1; i < argc_; ++i) {
      const std::string_view word{argv_[i]};
      if (word.size() > key.size() && word.starts_with(key)
          && word[key.size()] == '=')
        return argv_[i] + key.size() + 1;
    }
    return nullptr;
  }

  int argc_;
  char** argv_;
};

/// Whether `fd` can be read from; errno says why not.
inline long read_some(int fd) {
  char byte;
  return ::read(fd, &byte, 1);
}

} // namespace probe
