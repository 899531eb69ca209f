#include "core/process/keeper.hpp"

#include "core/base/sealed_file.hpp"
#include "core/linux/calls.hpp"
#include "core/process/fd_message.hpp"
#include "core/process/plan_bytes.hpp"
#include "core/process/wire.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace cordon::process {
namespace {

/// Owns the two attribute objects of posix_spawn(3).
struct spawn_setup {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  spawn_setup() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  spawn_setup(const spawn_setup&) = delete;
  spawn_setup& operator=(const spawn_setup&) = delete;
  ~spawn_setup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
};

/// Whether a standard stream reaches what is executed.
bool is_inherited(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

/// Starts the keeper's program with the control socket at its place, nothing
/// else above 2, and every signal blocked (it reads SIGCHLD from a signalfd).
result<pid_t> spawn(const std::string& program, int control,
                    bool default_signals) {
  spawn_setup with;
  sigset_t all;
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&with.attributes, &all);
  ::posix_spawnattr_setsigdefault(&with.attributes, &all);
  ::posix_spawnattr_setflags(
      &with.attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK
                         | (default_signals ? POSIX_SPAWN_SETSIGDEF : 0)));
  ::posix_spawn_file_actions_adddup2(&with.actions, control, wire::control_fd);
  ::posix_spawn_file_actions_addclosefrom_np(&with.actions,
                                             wire::control_fd + 1);
  // What the keeper opens must not take the place of a stream.
  for (int fd = 0; fd < 3; ++fd)
    if (!is_inherited(fd))
      ::posix_spawn_file_actions_addopen(&with.actions, fd, "/dev/null", O_RDWR,
                                         0);
  char name[] = "cordon-keeper";
  char* const argv[] = {name, nullptr};
  char* const env[] = {nullptr}; // no secret of the supervisor's lives there
  pid_t pid = -1;
  if (const int error = ::posix_spawn(&pid, program.c_str(), &with.actions,
                                      &with.attributes, argv, env);
      error != 0)
    return fail(error, "start the keeper", program);
  return pid;
}

/// Sends the greeting with the plan, the ruleset, our pidfd, the granted fds.
result<void> greet(int control, const launch& what, int plan, int self) {
  std::vector<int> fds = {plan, what.ruleset.get(), self};
  for (const auto& granted : what.fds)
    fds.push_back(granted.source);
  if (what.directory)
    fds.push_back(what.directory.get());
  const wire::greeting greeting{
      wire::wire_version,
      static_cast<std::uint32_t>(fds.size() - wire::fixed_fds)};
  fd_message<wire::fixed_fds + wire::max_fds + wire::extra_fds> message{
      const_cast<wire::greeting*>(&greeting), sizeof greeting};
  std::memcpy(CMSG_DATA(message.attach(fds.size())), fds.data(),
              fds.size() * sizeof(int));
  if (::sendmsg(control, &message.header, MSG_NOSIGNAL) < 0)
    return fail_errno("hand the plan to the keeper");
  return {};
}

result<void> send(int control, const wire::command& command) {
  if (::send(control, &command, sizeof command, MSG_NOSIGNAL) < 0)
    return fail_errno("send a command to the keeper");
  return {};
}

/// Receives one report, and the fd that may come with it.
ssize_t receive_report(int control, wire::report& report, unique_fd& fd) {
  fd_message<1> message{&report, sizeof report};
  const auto receive = [&] {
    return ::recvmsg(control, &message.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  };
  auto length = receive();
  // A keeper that ended without having read all that we asked: the kernel says
  // so once, before what the keeper said last.
  if (length < 0 && errno == ECONNRESET)
    length = receive();
  const auto* const rights
      = length > 0 ? CMSG_FIRSTHDR(&message.header) : nullptr;
  if (rights != nullptr && rights->cmsg_len == CMSG_LEN(sizeof(int))) {
    int received = -1;
    std::memcpy(&received, CMSG_DATA(rights), sizeof received);
    fd.reset(received);
  }
  return length;
}

ending to_ending(const wire::report& from) {
  ending end;
  end.kind = static_cast<ending::how>(from.how);
  end.status = from.status;
  end.core_dumped = from.core_dumped != 0;
  end.failed = static_cast<stage>(from.failed);
  end.error = from.error;
  end.used.user_cpu = std::chrono::microseconds{from.user_us};
  end.used.system_cpu = std::chrono::microseconds{from.system_us};
  end.used.wall = std::chrono::microseconds{from.wall_us};
  end.used.max_resident_kib = from.max_resident_kib;
  return end;
}

} // namespace

result<keeper> keeper::start(const launch& what, const std::string& program) {
  const auto bytes = plan_bytes(what);
  if (!bytes)
    return tl::make_unexpected(bytes.error());
  const auto plan
      = sealed_file("cordon-plan", std::as_bytes(std::span{*bytes}));
  if (!plan)
    return tl::make_unexpected(plan.error());
  keeper made;
  if (const auto entered = made.enter_domain(what); !entered)
    return tl::make_unexpected(entered.error());
  const unique_fd self{sys::pidfd_open(::getpid())};
  if (!self)
    return fail_errno("open a pidfd of the supervisor");
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("make the control socket");
  made.control_.reset(ends[0]);
  const unique_fd keepers_end{ends[1]};
  // The plan is sent first: it waits in the socket, and an error here leaves
  // no process behind.
  if (const auto sent
      = greet(made.control_.get(), what, plan->get(), self.get());
      !sent)
    return tl::make_unexpected(sent.error());
  const auto pid = spawn(program, keepers_end.get(), what.default_signals);
  if (!pid)
    return tl::make_unexpected(pid.error());
  made.pid_ = *pid;
  made.has_siblings_ = what.has_siblings;
  return made;
}

/// Takes the status of a keeper that is about to exit, if it is still to be
/// had. __WNOTHREAD: this thread has no other child, so even a number that
/// somebody else freed by waiting, and that was given to another child of the
/// process, is never waited for.
void keeper::reap() const {
  while (::waitpid(pid_, nullptr, __WNOTHREAD) < 0 && errno == EINTR) {
  }
}

result<void> keeper::enter_domain(const launch& what) {
  if (!what.signal_scope && !what.lane_ruleset)
    return {};
  // Should the keeper die, this thread's own domain ends what it leaves.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno("set no_new_privs");
  const int error = what.lane_ruleset ? domain_.enter(what.lane_ruleset.get(),
                                                      what.signal_scope)
                                      : domain_.enter();
  if (error != 0)
    return fail(error, "enter the supervisor's domain");
  signal_scope_ = what.signal_scope;
  return {};
}

keeper keeper::adopt(const hold& numbers) noexcept {
  keeper made;
  made.control_.reset(numbers.control);
  made.pid_ = numbers.pid;
  made.signal_scope_ = numbers.signal_scope;
  made.domain_.resume(numbers.signal_scope);
  return made;
}

result<void> keeper::signal(int number) {
  return send(control_.get(), {wire::command::send_signal, number, 0});
}

result<void> keeper::kill() {
  return send(control_.get(), {wire::command::end, 0, 0});
}

// These come from a thread that must not block, and are but a courtesy: a
// keeper that is too busy is not waited for.

namespace {

bool post(int control, const wire::command& what) {
  return ::send(control, &what, sizeof what, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

} // namespace

bool keeper::ask(std::uint32_t what, pid_t tid, int number) {
  return post(control_.get(), {what, number, tid});
}

bool keeper::trace(pid_t tid) {
  return ask(wire::command::trace, tid);
}

bool keeper::release(pid_t tid) {
  return ask(wire::command::release, tid);
}

bool keeper::hold_thread(pid_t tid) {
  return ask(wire::command::hold, tid);
}

bool keeper::send_thread(pid_t tid, errand on, int number) {
  static_assert(static_cast<int>(errand::take_and_go)
                == wire::command::take_and_go);
  wire::command command{wire::command::move, number, tid};
  command.how = static_cast<std::uint32_t>(on);
  return post(control_.get(), command);
}

bool keeper::run_in_thread(pid_t tid, const std::uint64_t (&arguments)[3]) {
  wire::command command{wire::command::run, 0, tid};
  std::ranges::copy(arguments, command.exec);
  return post(control_.get(), command);
}

bool keeper::let_go_and_repeat(pid_t tid) {
  return ask(wire::command::again, tid);
}

bool keeper::interrupts(pid_t tid) {
  return ask(wire::command::interrupts, tid);
}

result<remote_control> keeper::remote() const {
  remote_control made;
  made.control_.reset(::fcntl(control_.get(), F_DUPFD_CLOEXEC, 3));
  if (!made.control_)
    return fail_errno("duplicate the control socket");
  return made;
}

result<void> remote_control::signal(int number) const {
  return send(control_.get(), {wire::command::send_signal, number, 0});
}

result<void> remote_control::kill() const {
  return send(control_.get(), {wire::command::end, 0, 0});
}

keeper_event keeper::lose() {
  // Only if it really is dead: a keeper that lives still holds its socket.
  reap();
  if (signal_scope_)
    domain_.kill_all();
  else if (!has_siblings_)
    stop_walk_kill(::getpid());
  keeper_event event{};
  event.kind = keeper_event::what::lost;
  event.end.kind = ending::how::signaled;
  event.end.status = SIGKILL;
  return event;
}

result<std::optional<keeper_event>> keeper::receive() {
  wire::report report{};
  unique_fd fd;
  const auto length = receive_report(control_.get(), report, fd);
  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return std::optional<keeper_event>{};
  if (length != sizeof report)
    return lose(); // 0: the keeper is gone
  keeper_event event{};
  event.signal = report.signal;
  switch (report.what) {
  case wire::report::listener:
    event.kind = keeper_event::what::listener;
    event.fd = std::move(fd);
    return event;
  case wire::report::held:
    event.kind = keeper_event::what::held;
    event.error = report.error;
    return event;
  case wire::report::traced:
    event.kind = keeper_event::what::traced;
    return event;
  case wire::report::running:
    event.kind = keeper_event::what::running;
    return event;
  case wire::report::untraced:
    event.kind = keeper_event::what::untraced;
    return event;
  case wire::report::stopped:
    event.kind = keeper_event::what::stopped;
    return event;
  case wire::report::continued:
    event.kind = keeper_event::what::continued;
    return event;
  default:
    event.kind = keeper_event::what::ended;
    event.end = to_ending(report);
    reap();
    return event;
  }
}

result<ending> keeper::wait() {
  while (true) {
    pollfd readable{control_.get(), POLLIN, 0};
    if (::poll(&readable, 1, -1) < 0 && errno != EINTR)
      return fail_errno("wait for the keeper");
    const auto event = receive();
    if (!event)
      return tl::make_unexpected(event.error());
    if (!*event)
      continue;
    if ((*event)->kind == keeper_event::what::ended
        || (*event)->kind == keeper_event::what::lost)
      return (*event)->end;
  }
}

} // namespace cordon::process
