#include "cli/status_text.hpp"

#include "core/base/escape.hpp"
#include "core/process/family.hpp"
#include "core/syscall/describe.hpp"

#include <nlohmann/json.hpp>

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace cordon::cli {
namespace {

using json = nlohmann::ordered_json;
using status::snapshot;

constexpr std::int64_t nanoseconds = 1'000'000'000;

/// ASCII only: nothing in it can drive a terminal.
std::string print(const json& j) {
  return j.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

std::string hex(std::uint64_t number) {
  char text[20];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(number));
  return text;
}

/// "2026-01-31T12:00:00Z".
std::string date(std::int64_t ns) {
  const time_t seconds = ns / nanoseconds;
  tm parts{};
  char text[32] = "?";
  if (::gmtime_r(&seconds, &parts) != nullptr)
    static_cast<void>(
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

/// "840 ns", "3.2 us", "1.5 ms", "2 s".
std::string duration(std::uint64_t ns) {
  char text[32];
  const auto d = static_cast<double>(ns);
  if (ns < 1'000)
    std::snprintf(text, sizeof text, "%.0f ns", d);
  else if (ns < 1'000'000)
    std::snprintf(text, sizeof text, "%.1f us", d / 1e3);
  else if (ns < 1'000'000'000)
    std::snprintf(text, sizeof text, "%.1f ms", d / 1e6);
  else
    std::snprintf(text, sizeof text, "%.1f s", d / 1e9);
  return text;
}

/// At most `width` characters; a cut one ends in "...".
std::string cut(std::string text, std::size_t width) {
  if (text.size() <= width)
    return text;
  text.resize(width - 3);
  // Not in the middle of a character.
  while (!text.empty()
         && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
    text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0)
    text.pop_back();
  return text + "...";
}

using row = std::array<std::string, 6>;

std::string lines_of(const std::vector<row>& rows) {
  std::array<std::size_t, 6> widths{};
  for (const auto& cells : rows)
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], cells[i].size());
  std::string text;
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i)
      text += cells[i] + std::string(widths[i] + 2 - cells[i].size(), ' ');
    text += cells.back() + "\n";
  }
  return text;
}

json identity_json(const snapshot& seen) {
  json j;
  j["name"] = seen.who.name;
  j["pid"] = seen.supervisor;
  j["uid"] = seen.uid;
  j["started"] = date(seen.started_at);
  j["command"] = seen.who.command;
  j["policy"] = hex(seen.who.policy_digest);
  j["processes"] = processes_of(seen);
  j["process_limit"] = seen.who.process_limit == 0
                           ? json(nullptr)
                           : json(seen.who.process_limit);
  j["denied"] = seen.denied;
  return j;
}

json denial_json(const status::past_denial& each) {
  json j;
  j["time"] = date(each.at);
  j["operation"] = each.operation;
  j["tid"] = each.tid;
  j["error"] = syscall::errno_name(each.error);
  j["subject"] = each.subject;
  j["rule"] = each.rule;
  j["remedy"] = each.remedy;
  return j;
}

json operation_json(const status::operation_figures& each) {
  json j;
  j["calls"] = each.calls;
  j["refused"] = each.refused;
  j["failed"] = each.failed;
  j["mean_ns"] = each.nanoseconds / std::max<std::uint64_t>(each.calls, 1);
  j["p50_ns"] = each.quantile(0.5);
  j["p99_ns"] = each.quantile(0.99);
  j["max_ns"] = each.slowest;
  j["latency_log2_ns"] = each.latency;
  return j;
}

std::string_view kind_name(std::size_t n) {
  return status::name_of(static_cast<status::answer_kind>(n));
}

} // namespace

std::string age(std::int64_t seconds) {
  const auto s = std::max<std::int64_t>(seconds, 0);
  const auto put = [](std::int64_t n, const char* unit) {
    return std::to_string(n) + unit;
  };
  if (s < 60)
    return put(s, "s");
  if (s < 3600)
    return put(s / 60, "m");
  if (s < 86'400)
    return put(s / 3600, "h") + put(s % 3600 / 60, "m");
  return put(s / 86'400, "d") + put(s % 86'400 / 3600, "h");
}

std::uint64_t processes_of(const snapshot& seen) {
  if (seen.keeper > 0)
    if (const auto counted = process::count_family(seen.keeper))
      return *counted;
  return seen.processes;
}

std::string table_of(const std::vector<status::sandbox_entry>& all,
                     std::int64_t now) {
  std::vector<row> rows{
      {"NAME", "PID", "AGE", "PROCESSES", "DENIED", "COMMAND"}};
  for (const auto& each : all) {
    if (!each.board)
      continue;
    const auto& seen = *each.board;
    auto processes = std::to_string(processes_of(seen));
    if (seen.who.process_limit != 0)
      processes += "/" + std::to_string(seen.who.process_limit);
    rows.push_back({each.name, std::to_string(seen.supervisor),
                    age(now - seen.started_at / nanoseconds), processes,
                    std::to_string(seen.denied),
                    cut(escape(seen.who.command), 60)});
  }
  return rows.size() == 1 ? "No running sandboxes.\n" : lines_of(rows);
}

std::string json_of(const std::vector<status::sandbox_entry>& all) {
  json list = json::array();
  for (const auto& each : all)
    if (each.board)
      list.push_back(identity_json(*each.board));
  return print(list);
}

std::string identity_text(const snapshot& seen) {
  const auto& who = seen.who;
  return "name: " + escape(who.name) + "\nsupervisor: process "
         + std::to_string(seen.supervisor) + " of user "
         + std::to_string(seen.uid) + "\nstarted: " + date(seen.started_at)
         + "\ncommand: " + escape(who.command)
         + "\npolicy: " + hex(who.policy_digest) + "\n";
}

std::string stats_text(const snapshot& seen) {
  std::string text = identity_text(seen);
  text += "processes: " + std::to_string(processes_of(seen));
  if (seen.who.process_limit != 0)
    text += " of " + std::to_string(seen.who.process_limit);
  text += "\nanswers:";
  for (std::size_t n = 0; n < seen.answers.size(); ++n)
    if (!kind_name(n).empty())
      text += " " + std::string(kind_name(n)) + " "
              + std::to_string(seen.answers[n]);
  text += "\ndenied: " + std::to_string(seen.denied) + "\n";
  std::vector<row> rows{{"OPERATION", "CALLS", "REFUSED", "P50", "P99", "MAX"}};
  for (const auto& each : seen.operations)
    rows.push_back({escape(each.name), std::to_string(each.calls),
                    std::to_string(each.refused), duration(each.quantile(0.5)),
                    duration(each.quantile(0.99)), duration(each.slowest)});
  if (rows.size() > 1)
    text += lines_of(rows);
  for (const auto& each : seen.denials)
    text += date(each.at) + " denied " + escape(each.operation) + " ("
            + syscall::errno_name(each.error) + "): " + escape(each.subject)
            + (each.rule.empty() ? "" : ": " + each.rule)
            + (each.remedy.empty() ? "" : "; to allow it: " + each.remedy)
            + "\n";
  return text;
}

std::string stats_json(const snapshot& seen) {
  auto j = identity_json(seen);
  j["processes_peak"] = std::max<std::uint64_t>(seen.peak, seen.processes);
  for (std::size_t n = 0; n < seen.answers.size(); ++n)
    if (!kind_name(n).empty())
      j["answers"][std::string(kind_name(n))] = seen.answers[n];
  j["operations"] = json::object();
  for (const auto& each : seen.operations)
    j["operations"][escape(each.name)] = operation_json(each);
  j["denials"] = json::array();
  for (const auto& each : seen.denials)
    j["denials"].push_back(denial_json(each));
  return print(j);
}

} // namespace cordon::cli
