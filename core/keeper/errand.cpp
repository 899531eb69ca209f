#include "core/keeper/errand.hpp"

#include "core/linux/trace.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace cordon::keeper {
namespace {

constexpr std::uint64_t page_size = 4096;
// In the page.
constexpr std::uint64_t vector_at = 64, control_at = 96, byte_at = 128;
constexpr std::uint64_t control_size = CMSG_SPACE(sizeof(int));

std::uint64_t word(int value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

/// A msghdr for one byte and one fd. The page is empty.
bool put_message(pid_t tid, std::uint64_t page) {
  const std::pair<std::uint64_t, std::uint64_t> words[]
      = {{offsetof(msghdr, msg_iov), page + vector_at},
         {offsetof(msghdr, msg_iovlen), 1},
         {offsetof(msghdr, msg_control), page + control_at},
         {offsetof(msghdr, msg_controllen), control_size},
         {vector_at, page + byte_at},
         {vector_at + sizeof(void*), 1}};
  for (const auto& [at, value] : words)
    if (sys::trace_poke(tid, page + at, value) != 0)
      return false;
  return true;
}

/// The fd that came; -1: none did, for there was no room for its number.
int taken_fd(pid_t tid, std::uint64_t page) {
  std::uint64_t length = 0, numbers = 0;
  constexpr auto length_at = offsetof(msghdr, msg_controllen);
  if (sys::trace_peek(tid, page + length_at, length) != 0
      || length < CMSG_LEN(sizeof(int))
      || sys::trace_peek(tid, page + control_at + CMSG_LEN(0), numbers) != 0)
    return -1;
  return static_cast<int>(static_cast<std::uint32_t>(numbers));
}

bool go(errand& e, long returned, sys::system_call& into) {
  switch (e.step++) {
  case 0:
    into = {SYS_fchdir, {word(e.number)}};
    return true;
  case 1:
    e.result = returned;
    into = {SYS_close, {word(e.number)}};
    return true;
  default:
    return false;
  }
}

enum step : std::uint8_t { maps, receives, places, has, tidies };

/// What is left is given back, one after the other.
bool tidy(errand& e, sys::system_call& into) {
  e.step = tidies;
  for (int& each : e.unwanted)
    if (each >= 0) {
      into = {SYS_close, {word(std::exchange(each, -1))}};
      return true;
    }
  if (e.page == 0)
    return false;
  into = {SYS_munmap, {std::exchange(e.page, 0), page_size}};
  return true;
}

/// With nothing that is kept.
bool give_up(errand& e, long why, sys::system_call& into) {
  e.result = why;
  e.unwanted[0] = e.number;
  return tidy(e, into);
}

bool take(errand& e, pid_t tid, long returned, sys::system_call& into) {
  const bool failed = returned < 0 && returned >= -4095;
  switch (e.step++) {
  case maps:
    into = {SYS_mmap,
            {0, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
             word(-1), 0}};
    return true;
  case receives:
    if (failed)
      return give_up(e, returned, into);
    e.page = static_cast<std::uint64_t>(returned);
    if (!put_message(tid, e.page))
      return give_up(e, -EFAULT, into);
    into = {SYS_recvmsg,
            {word(e.number), e.page, MSG_DONTWAIT | MSG_CMSG_CLOEXEC}};
    return true;
  case places:
    if (failed)
      return give_up(e, returned, into);
    e.unwanted[1] = taken_fd(tid, e.page);
    if (e.unwanted[1] < 0)
      return give_up(e, -EMFILE, into);
    if (e.what == errand::kind::take_and_go)
      into = {SYS_fchdir, {word(e.unwanted[1])}};
    else
      into = {SYS_dup3,
              {word(e.unwanted[1]), word(e.number),
               e.close_on_exec ? std::uint64_t{O_CLOEXEC} : 0}};
    return true;
  case has:
    if (failed || e.what == errand::kind::take_and_go)
      return give_up(e, returned, into);
    e.result = returned;
    return tidy(e, into);
  default:
    return tidy(e, into);
  }
}

} // namespace

bool next_call(errand& e, pid_t tid, long returned,
               sys::system_call& into) noexcept {
  switch (e.what) {
  case errand::kind::go:
    return go(e, returned, into);
  case errand::kind::take:
  case errand::kind::take_and_go:
    return take(e, tid, returned, into);
  case errand::kind::none:
    break;
  }
  return false;
}

} // namespace cordon::keeper
