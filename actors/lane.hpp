// LANE: the one thread of a sandbox's actors.
//
// A CAF execution unit with an epoll set: actors that live on it are resumed
// by its thread only, whoever sends to them, so a request and its answer need
// no thread hop and their state no lock. Nothing may block it.
#pragma once

#include "core/base/unique_fd.hpp"

#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduled_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace cordon::actors {

/// What marks the actors that live on a lane.
struct resident {
  virtual ~resident() = default;

protected:
  resident() = default;
  resident(const resident&) = default;
  resident& operator=(const resident&) = default;
};

/// Made, run and stopped by one thread. Kept alive by its actors.
class lane final : public caf::execution_unit {
public:
  using handler = std::function<void(std::uint32_t epoll_events)>;
  using clock = std::chrono::steady_clock;

  /// The calling thread becomes the lane's. Throws std::system_error when the
  /// process has no fds left.
  explicit lane(caf::actor_system& system)
      : lane(&system) {
  }
  /// A lane without actors yet: fds and timers only, until `serve`.
  lane()
      : lane(nullptr) {
  }
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;
  ~lane() override;

  /// Takes an actor that has something to do: its own, others go to the
  /// system's workers. From any thread.
  void exec_later(caf::resumable* ptr) override;

  [[nodiscard]] bool is_here() const noexcept {
    return std::this_thread::get_id() == thread_;
  }

  // The rest is for the lane's own thread.

  /// Takes a message from one actor of this lane to another: handed over in
  /// order, without the mailbox, which is for other threads and costs as much
  /// as the message itself. (CAF's brokers get theirs in the same way.)
  void deliver(caf::scheduled_actor& to, caf::mailbox_element_ptr what);

  /// From now on the lane can have actors. To be called once.
  void serve(caf::actor_system& system) noexcept {
    system_ = &system;
  }

  /// Calls `then` whenever `fd` is readable or hung up, until `unwatch`.
  /// Precondition: `fd` is not watched yet.
  void watch(int fd, handler then);
  void unwatch(int fd);
  /// The same for the one fd whose events should wake the lane on the CPU they
  /// happen on, where the kernel offers that (`epoll_events` are poll's, which
  /// are the same).
  void watch_closely(int fd, handler then);

  /// Calls `then` once, not before `delay` has passed.
  void after(std::chrono::milliseconds delay, std::function<void()> then);

  /// Works until `stop`. Returns an errno should epoll fail, else 0.
  [[nodiscard]] int run();
  /// Everything that can be done without waiting; for tests and shut-down.
  void work();
  void stop() noexcept {
    stopped_ = true;
  }

private:
  struct letter {
    caf::scheduled_actor* to; ///< counted
    caf::mailbox_element_ptr what;
  };

  explicit lane(caf::actor_system* system);
  void take_in();
  void run_due();
  void resume_all();
  void hand_over(letter each);
  void arm_timer();
  void dispatch(int fd, std::uint32_t events);
  bool wait_for_closest();

  const std::thread::id thread_;
  unique_fd epoll_;
  unique_fd wake_;
  unique_fd timer_;
  std::map<int, std::shared_ptr<handler>> handlers_;
  int closest_ = -1; ///< watched closely
  std::multimap<clock::time_point, std::function<void()>> due_;
  std::deque<letter> letters_;
  std::deque<caf::resumable*> ready_;
  bool stopped_ = false;

  // What other threads touch: the way in, and whether it is still open.
  std::mutex way_in_;
  std::deque<caf::resumable*> arrived_;
  bool closed_ = false;
};

using lane_ptr = std::shared_ptr<lane>;

/// An actor that lives on a lane: whichever thread sends to it, it is resumed
/// there. Holds its lane.
template <class Base>
class pinned : public Base, public resident {
public:
  pinned(caf::actor_config& config, lane_ptr home)
      : Base(config)
      , home_(std::move(home)) {
  }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (home_->is_here())
      home_->deliver(*this, std::move(what));
    else
      Base::enqueue(std::move(what), home_.get());
  }

protected:
  [[nodiscard]] lane& home() noexcept {
    return *home_;
  }
  [[nodiscard]] const lane_ptr& home_ptr() const noexcept {
    return home_;
  }

private:
  lane_ptr home_;
};

/// Spawns a pinned actor: `Impl(config, home, args...)`.
template <class Impl, class... Args>
auto spawn_on(const lane_ptr& home, Args&&... args) {
  caf::actor_config config{home.get()};
  return home->system().spawn_class<Impl, caf::lazy_init>(
      config, home, std::forward<Args>(args)...);
}

} // namespace cordon::actors
