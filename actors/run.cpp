#include "actors/run.hpp"

#include "actors/lane_run.hpp"
#include "actors/quiet_config.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <future>
#include <optional>
#include <thread>

namespace cordon {
namespace {

/// An actor system that is made when it is needed, on the run's own thread.
class late_system {
public:
  caf::actor_system& get() {
    config_.emplace();
    return system_.emplace(*config_);
  }

private:
  std::optional<actors::quiet_config> config_;
  std::optional<caf::actor_system> system_;
};

} // namespace

struct running::impl {
  run_request request;
  unique_fd leash; ///< closed: ends the run
  unique_fd leash_end;
  actors::shown_run shown; ///< set before `started`, hidden after the end
  std::optional<process::remote_control> control; ///< set before `started`
  pipe_ends pipes;                                ///< the same
  std::promise<policy::checked<void>> started;
  std::promise<policy::checked<run_result>> done;
  std::thread thread;

  void live() {
    bool ran = false;
    const actors::run_events tell{
        [&](process::remote_control with) { control.emplace(std::move(with)); },
        [&](pipe_ends ends) {
          ran = true;
          pipes = std::move(ends);
          started.set_value({});
        },
        {},
        [&](actors::presence_ptr what) {
          shown = actors::shown_run{std::move(what)};
        }};
    late_system system;
    auto end = actors::run_on_this_thread(
        request, leash_end.get(),
        tell, [&]() -> auto& { return system.get(); });
    if (!ran)
      started.set_value(
          policy::reject({}, end ? "it did not run" : end.error()));
    if (end)
      done.set_value(std::move(*end));
    else
      done.set_value(policy::reject({}, std::move(end.error())));
  }
};

running::running(std::unique_ptr<impl> made) noexcept
    : impl_(std::move(made)) {
}

running::running(running&&) noexcept = default;

running& running::operator=(running&& other) noexcept {
  running old{std::move(impl_)};
  impl_ = std::move(other.impl_);
  return *this;
}

running::~running() {
  if (!impl_)
    return;
  kill();
  if (impl_->thread.joinable())
    impl_->thread.join();
}

pipe_ends running::take_pipes() {
  return std::move(impl_->pipes);
}

void running::signal(int number) {
  if (impl_->control)
    static_cast<void>(impl_->control->signal(number));
}

void running::kill() {
  impl_->leash.reset();
}

policy::checked<run_result> running::wait() {
  if (!impl_->thread.joinable())
    return policy::reject({}, "the run was waited for already");
  impl_->thread.join();
  impl_->shown = {};
  return impl_->done.get_future().get();
}

policy::checked<running> start(run_request request) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return policy::reject({}, fail_errno("make a pipe").value().message());
  auto made = std::make_unique<running::impl>();
  made->request = std::move(request);
  made->leash_end.reset(ends[0]);
  made->leash.reset(ends[1]);
  auto started = made->started.get_future();
  made->thread = std::thread{[run = made.get()] { run->live(); }};
  running handle{std::move(made)};
  if (auto ran = started.get(); !ran)
    return tl::make_unexpected(ran.error());
  return handle;
}

policy::checked<run_result> run(run_request request) {
  for (const auto& [kind, name] : {std::pair{request.in, "in"},
                                   {request.out, "out"},
                                   {request.err, "err"}})
    if (kind == stream::pipe)
      return policy::reject(name, "a pipe needs somebody at its other end: "
                                  "expected inherit, null or capture, or "
                                  "cordon::start");
  auto handle = start(std::move(request));
  if (!handle)
    return tl::make_unexpected(handle.error());
  return handle->wait();
}

} // namespace cordon
