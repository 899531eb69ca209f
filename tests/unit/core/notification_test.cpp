#include "core/notify/notification.hpp"
#include "tests/support/fake_kernel.hpp"

#include <catch2/catch.hpp>
#include <climits>

using namespace cordon;
using namespace cordon::test;
using notify::notification;

namespace {

struct pair {
  std::shared_ptr<fake_kernel> kernel = std::make_shared<fake_kernel>();
  notification call{kernel, fake_kernel::call(7, 90, 100)};
};

} // namespace

TEST_CASE("the first answer counts", "[notify]") {
  pair p;

  CHECK(p.call.give(5));
  CHECK_FALSE(p.call.refuse(EACCES));
  CHECK_FALSE(p.call.pass());

  REQUIRE(p.kernel->sent.size() == 1);
  CHECK(p.kernel->sent[0].id == 7);
  CHECK(p.kernel->sent[0].val == 5);
  CHECK(p.kernel->sent[0].error == 0);
  CHECK(p.kernel->sent[0].flags == 0);
}

TEST_CASE("a call that is dropped is refused", "[notify]") {
  const auto kernel = std::make_shared<fake_kernel>();
  { const notification dropped{kernel, fake_kernel::call(1, 90, 100)}; }
  {
    notification first{kernel, fake_kernel::call(2, 90, 100)};
    first = notification{kernel, fake_kernel::call(3, 90, 100)};
    const notification moved{std::move(first)};
  }

  REQUIRE(kernel->sent.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(kernel->sent[i].id == i + 1);
    CHECK(kernel->sent[i].error == -EPERM);
  }
}

TEST_CASE("nothing but an errno leaves as an error", "[notify]") {
  const int wrong = GENERATE(0, -1, -EPERM, 4096, 512000, INT_MIN, INT_MAX);
  pair p;

  p.call.refuse(wrong);

  CHECK(p.kernel->sent.at(0).error == -EPERM);
}

TEST_CASE("a value that reads as an errno is refused", "[notify]") {
  pair low, high, outside;

  low.call.give(-1);
  high.call.give(-4095);
  outside.call.give(-4096);

  CHECK(low.kernel->sent.at(0).error == -EPERM);
  CHECK(high.kernel->sent.at(0).error == -EPERM);
  CHECK(outside.kernel->sent.at(0).val == -4096);
}

TEST_CASE("an fd that the caller has no room for is its own error",
          "[notify]") {
  pair room, full;
  full.kernel->inject_error = EMFILE;

  CHECK(room.call.inject(0, true));
  CHECK_FALSE(full.call.inject(0, true));

  CHECK(room.kernel->sent.empty());
  CHECK(room.kernel->injected == std::vector<int>{0});
  CHECK(full.kernel->sent.at(0).error == -EMFILE);
}

TEST_CASE("an answer to a caller that has gone is no answer", "[notify]") {
  pair p;
  p.kernel->gone.insert(7);

  CHECK_FALSE(p.call.valid());
  CHECK_FALSE(p.call.give(1));
  CHECK(p.call.answered());
}

TEST_CASE("whatever the kernel says to an answer, there is one", "[notify]") {
  const int error = GENERATE(0, EINTR, ENOENT, ENOMEM, EPERM, EINPROGRESS);
  const int way = GENERATE(range(0, 5));
  pair p;
  p.kernel->send_error = error;
  const auto answer = [&] {
    switch (way) {
    case 0:
      return p.call.pass();
    case 1:
      return p.call.give(3);
    case 2:
      return p.call.refuse(EACCES);
    case 3:
      return p.call.interrupt();
    default:
      p.kernel->inject_error = EMFILE;
      return p.call.inject(0, true) || error == 0; // refused: never success
    }
  };

  CHECK(answer() == (error == 0));
  CHECK(p.call.answered());
  CHECK_FALSE(p.call.pass());
  CHECK(p.kernel->sent.size() == 1);
}

TEST_CASE("an fd that cannot be given makes the call fail, never succeed",
          "[notify][threat-3]") {
  const int error = GENERATE(EMFILE, ENFILE, ENOMEM, EINTR, EPERM, ENOENT,
                             EBADF, EINVAL, 0x7fff);
  pair p;
  p.kernel->inject_error = error;

  CHECK_FALSE(p.call.inject(0, false));

  REQUIRE(p.kernel->sent.size() == 1);
  CHECK(p.kernel->sent[0].flags == 0); // in no case CONTINUE
  CHECK(p.kernel->sent[0].error < 0);
  CHECK(p.kernel->sent[0].error >= -4095);
  CHECK(p.kernel->injected.empty());
}

TEST_CASE("passing sets the flag and nothing else", "[notify]") {
  pair p;

  CHECK(p.call.pass());

  CHECK(p.kernel->sent.at(0).flags == SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  CHECK(p.kernel->sent.at(0).val == 0);
  CHECK(p.kernel->sent.at(0).error == 0);
}
