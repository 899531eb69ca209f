// Random sequences of calls, carried out and by the kernel in a chroot. What
// fails is shrunk to the shortest sequence that does. The numbers are the same
// in every run; RC_PARAMS="seed=… max_success=…" asks for others.
#include "tests/paths/call_root.hpp"
#include "tests/paths/random_calls.hpp"
#include "tests/paths/trees.hpp"
#include "tests/support/carried.hpp"

#include <catch2/catch.hpp>

#include <rapidcheck.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <thread>

using namespace cordon;
using namespace cordon::test;

namespace rc {

template <>
struct Arbitrary<random_call> {
  static Gen<random_call> arbitrary() {
    return gen::build<random_call>(
        gen::set(&random_call::what, gen::inRange(0, kinds_of_calls)),
        gen::set(&random_call::name, gen::inRange(0, kinds_of_names)),
        gen::set(&random_call::other, gen::inRange(0, kinds_of_names)),
        gen::set(&random_call::how, gen::inRange(0, kinds_of_details)));
  }
};

} // namespace rc

namespace {

using sequence = std::vector<random_call>;

/// Every sequence in a thread and a directory of its own, at the same time.
std::string play(const std::vector<sequence>& all) {
  ::umask(022);
  std::vector<std::string> texts(all.size());
  const auto one = [&](std::size_t i) {
    texts[i] = make_calls(all[i], "/t" + std::to_string(i), all.size() == 1);
  };
  if (all.size() == 1) {
    one(0);
  } else {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < all.size(); ++i)
      threads.emplace_back(one, i);
    for (auto& each : threads)
      each.join();
  }
  std::string text;
  for (const auto& each : texts)
    text += each;
  return text;
}

/// What differs between both worlds.
std::string differ(const std::vector<sequence>& all, const identity& who) {
  const scratch place;
  const auto theirs = call_root(place, who, "kernel");
  const auto ours = call_root(place, who, "carried");
  const auto kernel = in_chroot(theirs, {}, who, [&] { return play(all); });
  const auto found = carried(ours, {}, who, [&] { return play(all); });
  return differences(kernel.value_or("no chroot"), found)
         + differences(describe_tree(theirs), describe_tree(ours));
}

void check_some(std::size_t threads, const identity& who) {
  const auto all = *rc::gen::container<std::vector<sequence>>(
      threads, rc::gen::arbitrary<sequence>());
  const auto found = differ(all, who);
  if (!found.empty())
    RC_FAIL(found);
}

void check(std::size_t threads) {
  if (!can_chroot())
    return skip("only root may chroot");
  ::setenv("RC_PARAMS", "seed=1 max_success=60 max_size=60", 0);
  const auto& who = GENERATE(from_range(everybody()));
  INFO(who.name);
  CHECK(rc::check([&] { check_some(threads, who); }));
}

} // namespace

TEST_CASE("random sequences of calls do what they do in a chroot",
          "[paths][random]") {
  check(1);
}

TEST_CASE("random sequences of eight threads do what they do in a chroot",
          "[paths][random]") {
  check(8);
}
