// What it costs the lane to tell the status board of an answered call, or of a
// denial:
//   board answered|denied
// prints nanoseconds, the median of many rounds.
#include "core/status/board.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

using namespace cordon;

namespace {

constexpr int calls_a_round = 10'000;
constexpr int rounds = 101;

template <class Update>
double median_ns(Update update) {
  using clock = std::chrono::steady_clock;
  std::vector<double> taken;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = clock::now();
    for (int i = 0; i < calls_a_round; ++i)
      update(i);
    const std::chrono::duration<double, std::nano> all = clock::now() - begin;
    taken.push_back(all.count() / calls_a_round);
  }
  std::ranges::nth_element(taken, taken.begin() + rounds / 2);
  return taken[rounds / 2];
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what != "answered" && what != "denied")
    return 2;
  char place[] = "/tmp/cordon-bench-board-XXXXXX";
  if (::mkdtemp(place) == nullptr)
    return 1;
  const unique_fd directory{::open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  auto made = status::board::create(directory.get(), "board",
                                    {"bench", "bench", 1, 0});
  ::unlinkat(directory.get(), "board", 0);
  ::rmdir(place);
  if (!made)
    return 1;
  const auto ns
      = what == "answered"
            ? median_ns([&](int i) {
                made->answered({static_cast<std::size_t>(i % 8), "chmod",
                                status::answer_kind::value, false, false,
                                std::chrono::nanoseconds{1000 + i}});
              })
            : median_ns([&](int i) {
                made->denied(
                    {"chmod", i, EACCES, "/a/path/of/ordinary/length",
                     "no write grant covers /a/path/of/ordinary/length",
                     "--fs-write /a/path/of/ordinary/length"});
              });
  std::printf("%.1f\n", ns);
  return 0;
}
