// Threads for work that blocks by its nature.
//
// They are made by the thread that owns this object, when there is work for
// them, and so wear its Landlock domain and its lack of capabilities. Work and
// results are handed over under one lock, which nobody holds while he works;
// it is off the path of calls that do not block.
#pragma once

#include "core/base/unique_fd.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace cordon::process {

class helpers {
public:
  /// Returns 0 or an errno. Destroyed, with what it owns, where it was done.
  using work = std::function<int()>;
  using ticket = std::uint64_t;
  struct done {
    ticket which;
    int error;
  };

  /// At most `threads` work at a time and `waiting` wait. Nothing waits unless
  /// asked for: work that waits for other work, as one end of a FIFO does for
  /// the other, must not keep that from being begun. Throws std::system_error
  /// when the process has no fds left.
  explicit helpers(std::size_t threads = 128, std::size_t waiting = 0);
  helpers(const helpers&) = delete;
  helpers& operator=(const helpers&) = delete;
  /// Breaks off what is being done and waits for that.
  ~helpers();

  /// Readable when `take_done` has something.
  [[nodiscard]] int fd() const noexcept {
    return wake_.get();
  }
  /// Nothing when too many wait, or there is no thread to be had.
  [[nodiscard]] std::optional<ticket> start(work what);
  /// Breaks `which` off: what waits is dropped, a call that blocks ends with
  /// EINTR. Either way it comes back by `take_done`. The signal may come a
  /// moment before the call: to be repeated until it is done.
  void interrupt(ticket which);
  /// Finished work. Never blocks.
  [[nodiscard]] std::vector<done> take_done();

private:
  struct job {
    ticket which = 0;
    work what;
  };
  struct thread {
    std::thread self;
    ticket doing = 0; ///< 0: nothing
    bool broken_off = false;
  };

  bool add_thread();
  void serve(thread& self);
  int carry_out(thread& self, const work& what);
  void finish(ticket which, int error);

  const std::size_t most_threads_;
  const std::size_t most_waiting_;
  unique_fd wake_;

  std::mutex lock_; ///< of everything below
  std::condition_variable more_;
  std::deque<job> waiting_;
  std::list<thread> threads_;
  std::vector<done> done_;
  std::size_t idle_ = 0; ///< threads with nothing to do, new ones included
  ticket last_ = 0;
  bool ending_ = false;
};

} // namespace cordon::process
