#include "core/linux/kept_here.hpp"

#include <catch2/catch.hpp>

#include <sched.h>
#include <unistd.h>

#include <array>
#include <future>
#include <iostream>
#include <thread>

using namespace cordon;

namespace {

using mask = std::array<unsigned long, 16>;

mask cpus_of(pid_t tid) {
  mask found{};
  REQUIRE(sys::cpu_mask(tid, found.data(), sizeof found) > 0);
  return found;
}

int how_many(const mask& cpus) {
  int count = 0;
  for (const auto word : cpus)
    count += __builtin_popcountl(word);
  return count;
}

bool too_few_cpus() {
  if (how_many(cpus_of(0)) > 1)
    return false;
  std::cout << "SKIPPED: there is one CPU only\n";
  return true;
}

/// A thread that waits.
class waiting {
public:
  waiting() {
    tid_ = started_.get_future().get();
  }
  ~waiting() {
    over_.set_value();
    thread_.join();
  }
  [[nodiscard]] pid_t tid() const {
    return tid_;
  }

private:
  std::promise<pid_t> started_;
  std::promise<void> over_;
  std::thread thread_{[this] {
    started_.set_value(::gettid());
    over_.get_future().wait();
  }};
  pid_t tid_ = 0;
};

} // namespace

TEST_CASE("a thread is kept on one CPU and may run as before afterwards",
          "[core][kept-here]") {
  if (too_few_cpus())
    return;
  const waiting other;
  const auto before = cpus_of(other.tid());
  {
    const sys::kept_here kept{other.tid()};
    CHECK(kept);
    CHECK(how_many(cpus_of(other.tid())) == 1);
  }
  CHECK(cpus_of(other.tid()) == before);
}

TEST_CASE("two threads are kept side by side, on the same CPU",
          "[core][kept-here]") {
  if (too_few_cpus())
    return;
  const waiting other;
  const auto before = cpus_of(other.tid());
  const auto own = cpus_of(0);
  {
    const sys::side_by_side both{other.tid()};
    CHECK(how_many(cpus_of(0)) == 1);
    CHECK(how_many(cpus_of(other.tid())) == 1);
  }
  CHECK(cpus_of(other.tid()) == before);
  CHECK(cpus_of(0) == own);
}

TEST_CASE("what cannot be kept is left alone", "[core][kept-here]") {
  const auto own = cpus_of(0);
  const sys::kept_here nobody{0x7FFFFFFF};
  CHECK_FALSE(nobody);
  const sys::side_by_side neither{0x7FFFFFFF};
  CHECK(cpus_of(0) == own);
  if (too_few_cpus())
    return;
  // One that may run on another CPU only.
  const waiting other;
  const sys::kept_here here{0};
  auto elsewhere = own;
  const auto only = cpus_of(0);
  for (std::size_t i = 0; i < own.size(); ++i)
    elsewhere[i] &= ~only[i];
  REQUIRE(sys::set_cpu_mask(other.tid(), elsewhere.data(), sizeof elsewhere)
          == 0);
  const sys::kept_here kept{other.tid()};
  CHECK_FALSE(kept);
  CHECK(cpus_of(other.tid()) == elsewhere);
}

TEST_CASE("a kept thread that is handed on is let go once",
          "[core][kept-here]") {
  if (too_few_cpus())
    return;
  const waiting other;
  const auto before = cpus_of(other.tid());
  sys::kept_here first{other.tid()};
  sys::kept_here second{std::move(first)};
  CHECK_FALSE(first); // NOLINT: what is left of it
  CHECK(second);
  second.let_go();
  CHECK_FALSE(second);
  CHECK(cpus_of(other.tid()) == before);
}
