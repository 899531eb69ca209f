#include "core/keeper/plan_reader.hpp"

#include "core/process/fd_message.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cordon::keeper {
namespace {

namespace wire = process::wire;

constexpr unsigned all_fds = wire::fixed_fds + wire::max_fds + wire::extra_fds;

/// Reads the greeting and its fds; they arrive close-on-exec.
int receive_greeting(wire::greeting& greeting, int (&fds)[all_fds]) {
  process::fd_message<all_fds> message{&greeting, sizeof greeting};
  ssize_t length;
  do
    length = ::recvmsg(wire::control_fd, &message.header, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length < 0)
    return errno;
  const cmsghdr* rights = CMSG_FIRSTHDR(&message.header);
  if (length != sizeof greeting || rights == nullptr
      || greeting.version != wire::wire_version
      || greeting.fd_count > wire::max_fds + wire::extra_fds
      || rights->cmsg_len
             != CMSG_LEN((wire::fixed_fds + greeting.fd_count) * sizeof(int)))
    return EPROTO;
  std::memcpy(fds, CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
  return 0;
}

/// Maps the plan privately, so that pointers into it may be handed to exec.
int map_plan(int memfd, const wire::plan*& plan) {
  struct stat facts {};
  if (::fstat(memfd, &facts) != 0)
    return errno;
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size < sizeof(wire::plan))
    return EPROTO;
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, memfd, 0);
  if (mapped == MAP_FAILED)
    return errno;
  plan = static_cast<const wire::plan*>(mapped);
  return plan->version == wire::wire_version && plan->size == size ? 0 : EPROTO;
}

const char* bytes_of(const wire::plan& plan, wire::region where) {
  return reinterpret_cast<const char*>(&plan) + where.offset;
}

/// An array of pointers to the strings of `list`, ended by a null pointer,
/// with `before` free slots in front. Null on failure. Anonymous memory, as
/// argument lists may have millions of entries and malloc is not wanted here.
char** pointers_to(const wire::plan& plan, const wire::string_list& list,
                   std::size_t before) {
  const auto slots = before + list.count + 1;
  void* const memory
      = ::mmap(nullptr, slots * sizeof(char*), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  char** const first = static_cast<char**>(memory) + before;
  const char* text = bytes_of(plan, list.bytes);
  for (std::size_t i = 0; i < list.count; ++i) {
    first[i] = const_cast<char*>(text);
    text += std::strlen(text) + 1;
  }
  return first;
}

/// Memory that a child made by fork shares with us, all zero.
process::listener_words* shared_words() {
  void* const memory
      = ::mmap(nullptr, sizeof(process::listener_words), PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr
                              : static_cast<process::listener_words*>(memory);
}

int lay_out(received& to) {
  const auto& plan = *to.plan;
  const auto has
      = [&](wire::plan_flag flag) { return (plan.flags & flag) != 0; };
  char** const candidates = pointers_to(plan, plan.candidates, 0);
  auto& child = to.child;
  child.argv = pointers_to(plan, plan.argv, 1);
  child.env = pointers_to(plan, plan.env, 0);
  if (candidates == nullptr || child.argv == nullptr || child.env == nullptr)
    return ENOMEM;
  child.candidates
      = {const_cast<const char**>(candidates), plan.candidates.count};
  child.cwd = plan.cwd.length == 0 ? nullptr : bytes_of(plan, plan.cwd);
  child.stub = plan.stub.length == 0 ? nullptr : bytes_of(plan, plan.stub);
  child.ruleset = to.ruleset;
  child.policy_filter = {
      reinterpret_cast<const sock_filter*>(bytes_of(plan, plan.policy_filter)),
      plan.policy_filter.length / sizeof(sock_filter)};
  if (has(wire::has_listener)) {
    child.listener = shared_words();
    if (child.listener == nullptr)
      return ENOMEM;
  }
  child.no_coredump = has(wire::no_coredump);
  child.no_huge_pages = has(wire::no_huge_pages);
  child.no_randomize_memory = has(wire::no_randomize_memory);
  child.has_open_files = has(wire::has_open_files);
  child.open_files = plan.open_files;
  child.has_user = has(wire::has_user);
  child.user = {plan.uid, plan.gid};
  if (has(wire::has_cores))
    child.cores = plan.cores;
  child.fd_sources = {to.fds, plan.fd_count};
  child.fd_targets = {plan.fd_targets, plan.fd_count};
  child.signal_mask = plan.signal_mask;
  child.closed_stdio = plan.closed_stdio;
  return 0;
}

} // namespace

int receive_plan(received& to) noexcept {
  wire::greeting greeting{};
  int fds[all_fds] = {};
  if (const int error = receive_greeting(greeting, fds); error != 0)
    return error;
  if (const int error = map_plan(fds[0], to.plan); error != 0)
    return error;
  ::close(fds[0]);
  const auto granted = to.plan->fd_count;
  const bool directory = (to.plan->flags & wire::has_directory) != 0;
  if (granted > wire::max_fds
      || granted + (directory ? 1 : 0) != greeting.fd_count)
    return EPROTO;
  to.ruleset = fds[1];
  to.supervisor = fds[2];
  std::memcpy(to.fds, fds + wire::fixed_fds, granted * sizeof(int));
  if (directory)
    to.child.directory = fds[wire::fixed_fds + granted];
  return lay_out(to);
}

} // namespace cordon::keeper
