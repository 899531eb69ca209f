#include "actors/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace cordon::actors {
namespace {

/// As many bytes as a pipe holds by itself.
constexpr std::size_t piece = 65536;

/// The most that can be in a pipe when its writers are gone, many times over:
/// somebody outside who was given the writing end does not keep us reading.
constexpr int most_pieces = 1024;

bool is_stream(int fd) {
  return fd >= 0 && fd < 3;
}

result<void> check(const run_request& of) {
  if (of.in == stream::capture)
    return fail(EINVAL, "capture stdin: expected inherit, pipe or null");
  const stream kinds[] = {of.in, of.out, of.err};
  for (auto at = of.fds.begin(); at != of.fds.end(); ++at) {
    if (at->source < 0 || at->target < 0)
      return fail(EBADF, "grant a file descriptor below 0");
    if (is_stream(at->target) && kinds[at->target] != stream::inherit)
      return fail(EINVAL, "grant a file descriptor for a stream that is not "
                          "inherited");
    if (std::any_of(of.fds.begin(), at, [&](const auto& other) {
          return other.target == at->target;
        }))
      return fail(EINVAL, "grant two file descriptors with one number");
  }
  return {};
}

/// Whether the service has this stream at all.
bool is_open(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

} // namespace

result<void> streams::open(one& end, int number) {
  if (end.kind == stream::null) {
    end.programs.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!end.programs)
      return fail_errno("open a file", "/dev/null");
    return {};
  }
  int both[2];
  if (::pipe2(both, O_CLOEXEC) != 0)
    return fail_errno("make a pipe");
  end.programs.reset(both[number == 0 ? 0 : 1]);
  end.ours.reset(both[number == 0 ? 1 : 0]);
  if (end.kind == stream::capture)
    static_cast<void>(::fcntl(end.ours.get(), F_SETFL, O_NONBLOCK));
  return {};
}

result<streams> streams::open(const run_request& of) {
  if (const auto sound = check(of); !sound)
    return tl::make_unexpected(sound.error());
  streams made;
  made.limit_ = of.capture_limit;
  const stream kinds[] = {of.in, of.out, of.err};
  for (int i = 0; i < 3; ++i) {
    auto& end = made.ends_[static_cast<std::size_t>(i)];
    end.kind = kinds[i];
    if (end.kind == stream::inherit)
      continue;
    if (const auto opened = open(end, i); !opened)
      return tl::make_unexpected(opened.error());
  }
  return made;
}

void streams::hand_to(process::launch& to) const {
  const auto granted = [&](int target) {
    return std::ranges::any_of(
        to.fds, [&](const auto& fd) { return fd.target == target; });
  };
  for (int i = 0; i < 3; ++i) {
    const auto& end = ends_[static_cast<std::size_t>(i)];
    if (end.kind != stream::inherit)
      to.fds.push_back({end.programs.get(), i});
    else if (!granted(i) && !is_open(i))
      to.closed_stdio |= 1U << i;
    to.leave_terminal = to.leave_terminal || granted(i);
  }
}

void streams::started() {
  for (auto& end : ends_)
    end.programs.reset();
}

pipe_ends streams::take_pipes() {
  const auto take = [](one& end) {
    return end.kind == stream::pipe ? std::move(end.ours) : unique_fd{};
  };
  return {take(ends_[0]), take(ends_[1]), take(ends_[2])};
}

streams::found streams::read_some(one& from) const {
  char bytes[piece];
  const auto length = ::read(from.ours.get(), bytes, sizeof bytes);
  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return found::nothing_yet;
  if (length <= 0)
    return found::end;
  const auto count = static_cast<std::size_t>(length);
  const auto kept = std::min(count, limit_ - from.kept.bytes.size());
  from.kept.bytes.append(bytes, kept);
  from.kept.dropped += count - kept;
  return found::bytes;
}

void streams::read_on(lane& home) {
  for (auto& end : ends_)
    if (end.kind == stream::capture)
      home.watch(end.ours.get(), [this, &end, &home](std::uint32_t) {
        if (read_some(end) == found::end)
          home.unwatch(end.ours.get()); // nobody writes any more
      });
}

void streams::read_rest() {
  for (auto& end : ends_)
    if (end.kind == stream::capture)
      for (int i = 0; i < most_pieces && read_some(end) == found::bytes; ++i) {
      }
}

} // namespace cordon::actors
