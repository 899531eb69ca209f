#include "tests/support/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cordon::test {
namespace {

using clock = std::chrono::steady_clock;

constexpr int cannot_start = 95;

struct pipe_ends {
  unique_fd read;
  unique_fd write;
};

pipe_ends make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    ::abort();
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

/// Appends what can be read without waiting; false at the end.
bool take(unique_fd& from, std::string& to) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0)
    to.append(buffer.data(), static_cast<std::size_t>(got));
  else if (got == 0 || (errno != EAGAIN && errno != EINTR))
    from.reset();
  return got > 0;
}

std::vector<std::string> environment_of(const command& what) {
  std::vector<std::string> all{"PATH=/usr/local/bin:/usr/bin:/bin",
                               "LANG=C.UTF-8"};
  for (const auto& variable : what.env) {
    const std::string start = variable.first + "=";
    std::erase_if(all, [&](const std::string& other) {
      return other.starts_with(start);
    });
    all.push_back(start + variable.second);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (std::string& word : words)
    all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

} // namespace

pid_t fork_for_program() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0)
    for (int number = 1; number < NSIG; ++number)
      ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return child;
}

void become_program(const command& what) {
  // Nothing of the test's own, or of what started it, gets through.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  // Sources first out of the way of the numbers they go to.
  std::vector<int> parked;
  for (const auto& [source, target] : what.fds)
    parked.push_back(::fcntl(source, F_DUPFD_CLOEXEC, 1000));
  for (std::size_t i = 0; i < parked.size(); ++i)
    ::dup2(parked[i], what.fds[i].second);
  for (const int fd : what.closed)
    ::close(fd);

  become(what.as);
  std::vector<std::string> env = environment_of(what);
  std::vector<std::string> argv = what.argv;
  if (::chdir(what.cwd.c_str()) != 0)
    ::_exit(cannot_start);
  ::execvpe(argv[0].c_str(), pointers(argv).data(), pointers(env).data());
  ::_exit(cannot_start);
}

running::running(const command& what) {
  pipe_ends in = make_pipe();
  pipe_ends out = make_pipe();
  pipe_ends err = make_pipe();
  pid_ = fork_for_program();
  if (pid_ == 0) {
    ::dup2(in.read.get(), 0);
    ::dup2(out.write.get(), 1);
    ::dup2(err.write.get(), 2);
    become_program(what);
  }
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  input_ = std::move(in.write);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  ::fcntl(out_.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(err_.get(), F_SETFL, O_NONBLOCK);
  if (!what.input.empty())
    send(what.input);
}

running::~running() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void running::send(const std::string& text) {
  // The other end may be gone; that is the test's to find out.
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  [[maybe_unused]] const ssize_t written
      = ::write(input_.get(), text.data(), text.size());
  ::sigaction(SIGPIPE, &before, nullptr);
}

void running::close_input() {
  input_.reset();
}

bool running::pump(clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - clock::now());
  std::array<pollfd, 3> waits{pollfd{pidfd_.get(), POLLIN, 0},
                              pollfd{out_.get(), POLLIN, 0},
                              pollfd{err_.get(), POLLIN, 0}};
  if (left.count() <= 0
      || ::poll(waits.data(), waits.size(), static_cast<int>(left.count()))
             == 0)
    return false;
  if (waits[1].revents != 0)
    take(out_, result_.out);
  if (waits[2].revents != 0)
    take(err_, result_.err);
  return waits[0].revents == 0;
}

/// What the program left behind. Not to the end of the pipes: a process that
/// outlived it might hold them.
void running::drain() {
  while (out_ && take(out_, result_.out)) {
  }
  while (err_ && take(err_, result_.err)) {
  }
}

bool running::wait_for(const std::string& text) {
  const auto until = clock::now() + patience;
  while (result_.out.find(text) == std::string::npos)
    if (!pump(until)) {
      drain();
      return result_.out.find(text) != std::string::npos;
    }
  return true;
}

outcome running::wait() {
  close_input();
  const auto until = clock::now() + patience;
  while (pump(until)) {
  }
  drain();
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) {
    result_.hung = true;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  result_.exited = WIFEXITED(status);
  result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  return std::move(result_);
}

outcome run(const command& what) {
  return running(what).wait();
}

std::string outcome::last_error_line() const {
  std::string text = err;
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::size_t outcome::error_lines() const {
  return static_cast<std::size_t>(std::count(err.begin(), err.end(), '\n'));
}

} // namespace cordon::test
