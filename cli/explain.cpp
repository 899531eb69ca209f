#include "policy/explain.hpp"

#include "cli/app.hpp"
#include "cli/file_lookup.hpp"
#include "cli/run_options.hpp"
#include "core/base/escape.hpp"
#include "core/syscall/describe.hpp"
#include "policy/explain_mirror.hpp"
#include "policy/mirror_launch.hpp"
#include "policy/plan_text.hpp"

#include <cstdio>

namespace cordon::cli {
namespace {

using policy::file_action;
using policy::port_question;

constexpr const char* expected
    = "expected read, write, create, remove or exec PATH; connect :PORT; bind "
      "PORT; syscall NAME; or signal";

policy::checked<policy::question> file(file_action action,
                                       const std::string& path) {
  return policy::file_question{action, path};
}

policy::checked<policy::question> port(port_question::kind kind,
                                       const std::string& text) {
  const auto ports = kind == port_question::kind::connect
                         ? policy::parse_connect_ports(text, "connect")
                         : policy::parse_bind_ports(text, "bind");
  if (!ports)
    return tl::make_unexpected(ports.error());
  if (ports->size() != 1)
    return policy::reject("explain", "expected one port");
  return port_question{kind, ports->front()};
}

policy::checked<policy::question> parse_question(const arguments& words) {
  if (words.size() == 1 && words[0] == "signal")
    return policy::signal_question{};
  if (words.size() != 2)
    return policy::reject("explain", expected);
  const auto& action = words[0];
  const auto& subject = words[1];
  if (action == "read")
    return file(file_action::read, subject);
  if (action == "write")
    return file(file_action::write, subject);
  if (action == "create")
    return file(file_action::create, subject);
  if (action == "remove")
    return file(file_action::remove, subject);
  if (action == "exec")
    return file(file_action::execute, subject);
  if (action == "connect")
    return port(port_question::kind::connect, subject);
  if (action == "bind")
    return port(port_question::kind::bind, subject);
  if (action == "syscall")
    return policy::syscall_question{subject};
  return policy::reject("explain",
                        "'" + escape(action) + "' is no action; " + expected);
}

void print_verdict(const policy::verdict& said) {
  if (said.allowed)
    std::printf("allowed: %s\n", said.rule.c_str());
  else
    std::printf("denied (%s): %s\n", syscall::errno_name(said.error).c_str(),
                said.rule.c_str());
  if (!said.allowed)
    std::printf("%s\n", said.remedy.empty()
                            ? "no option allows it"
                            : ("to allow it: " + said.remedy).c_str());
}

policy::checked<policy::verdict> explain_here(const policy::profile& profile,
                                              const policy::plan& made,
                                              const policy::question& asked) {
  const auto* const about_file = std::get_if<policy::file_question>(&asked);
  if (!made.mirrors || about_file == nullptr)
    return policy::explain(profile, made, real_files{}, asked);
  const auto spec = policy::mirror_of(profile, current_directory());
  if (!spec)
    return tl::make_unexpected(spec.error());
  const auto mirror = policy::mirror::open(*spec);
  if (!mirror)
    return tl::make_unexpected(mirror.error());
  auto question = *about_file;
  if (!question.path.starts_with('/'))
    question.path = policy::directory_in_mirror(profile, current_directory())
                    + "/" + question.path;
  return policy::explain_in(*mirror, question);
}

} // namespace

int explain(const arguments& words, const policy::kernel_facts& kernel) {
  auto parsed = parse_run_options(words, option_scope::explain);
  if (const auto* done = std::get_if<finished>(&parsed))
    return done->status;
  const auto& options = std::get<run_options>(parsed);
  const auto asked = parse_question(options.command);
  if (!asked)
    return reject(asked.error().line());
  const auto made
      = policy::make_plan(*options.profile, kernel,
                          options.supervised ? policy::run_kind::supervised
                                             : policy::run_kind::unsupervised);
  if (!made) {
    std::fprintf(stderr, "cordon: %s\n", made.error().line().c_str());
    return exit_status::own_failure;
  }
  if (options.verbosity > 0)
    for (const auto& line : policy::describe_plan(*made))
      std::printf("%s\n", line.c_str());
  const auto said = explain_here(*options.profile, *made, *asked);
  if (!said)
    return reject(said.error().line());
  print_verdict(*said);
  return said->allowed ? 0 : 1;
}

} // namespace cordon::cli
