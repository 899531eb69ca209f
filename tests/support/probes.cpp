#include "tests/support/probes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace cordon::test {
namespace {

const char* const silent = "(no answer)";

std::string answer(const answers& all, const std::string& name) {
  const auto found = all.find(name);
  return found == all.end() ? silent : found->second;
}

void check_no_other(const std::vector<probe_row>& rows, const answers& given) {
  for (const auto& one : given) {
    INFO(one.first << "=" << one.second);
    const bool known
        = std::any_of(rows.begin(), rows.end(), [&](const probe_row& row) {
            return one.first == row.name;
          });
    CHECK(known);
  }
}

} // namespace

answers parse_answers(const std::string& text) {
  answers all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    const std::size_t sign = line.find('=');
    if (sign != std::string::npos)
      all[line.substr(0, sign)] = line.substr(sign + 1);
  }
  return all;
}

bool is_one_of(const std::string& outcome, const std::string& alternatives) {
  std::istringstream list(alternatives);
  for (std::string one; std::getline(list, one, '|');)
    if (outcome == one)
      return true;
  return false;
}

int compare(const std::vector<probe_row>& rows, const identity& who,
            const answers& outside, const answers& inside) {
  int proofs = 0;
  for (const probe_row& row : rows) {
    const std::string free = answer(outside, row.name);
    const std::string held = answer(inside, row.name);
    INFO(row.name << " as " << who.name << ": outside " << free << ", inside "
                  << held << " (expected " << row.inside << ")");
    CHECK(is_one_of(held, row.inside));
    if (row.where == shown::nowhere)
      continue;
    if (is_one_of(free, row.outside) && free != held)
      ++proofs;
    else if (row.where == shown::everywhere)
      CHECK(is_one_of(free, row.outside));
    else
      std::cout << "no proof here: " << row.name << " gives " << who.name << " "
                << free << " even outside\n";
  }
  check_no_other(rows, outside);
  check_no_other(rows, inside);
  return proofs;
}

answers answers_of(const command& what) {
  const outcome result = run(what);
  INFO(result.out << result.err);
  REQUIRE(result.code() == 0);
  return parse_answers(result.out);
}

std::string python_under_signals() {
  return R"text(
import os, signal
hits = 0
def handler(*_):
    global hits
    hits += 1
open("file", "w").close()
signal.signal(signal.SIGALRM, handler)
signal.siginterrupt(signal.SIGALRM, True)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
failed = wrong = 0
)text";
}

std::string differences(const std::string& expected, const std::string& found) {
  std::istringstream left(expected), right(found);
  std::string a, b, all;
  int count = 0;
  while (true) {
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right)
      break;
    if ((!more_left || !more_right || a != b) && ++count <= 40)
      all += "expected " + (more_left ? a : "nothing") + "\n   found "
             + (more_right ? b : "nothing") + "\n";
  }
  return count > 40 ? all + std::to_string(count) + " lines differ" : all;
}

} // namespace cordon::test
