// `cordon explain` says what really happens.
#include "tests/e2e/small_tree.hpp"
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

using namespace cordon::test;

namespace {

struct question {
  std::string action; ///< as `explain` calls it
  std::string act;    ///< as the program inside calls it
  std::string object;
};

std::vector<question> questions_about(const std::string& root) {
  std::vector<question> all;
  for (const char* name : {"f", "a/f", "a/b/f", "a/b/c/f", "d/f", "d/e/f",
                           "a/to_d/f", "a/to_f", "a/../d/f", "a//b/./f"})
    for (const auto& [action, act] :
         {std::pair{"read", "read"}, {"write", "write"}, {"exec", "execute"}})
      all.push_back({action, act, root + "/" + name});
  for (const char* name : {"", "/a", "/a/b", "/d", "/a/to_d"})
    all.push_back({"read", "read", root + name});
  for (const char* name : {"new", "a/new", "a/b/new", "d/new", "a/to_d/new2"})
    all.push_back({"create", "create", root + "/" + name});
  // Links last: they go themselves, not what they name.
  for (const char* name : {"spare", "a/spare", "a/b/spare", "d/spare",
                           "a/to_d/spare2", "a/to_f", "a/dangling"})
    all.push_back({"remove", "remove", root + "/" + name});
  return all;
}

/// What policy answers: whatever the wall would not refuse with is the file
/// system's own affair (ENOENT of a file that nobody could create).
std::string as_verdict(const std::string& outcome) {
  return is_one_of(outcome, "EACCES|EPERM|EXDEV") ? outcome : "allowed";
}

std::string explained(const world& place, const words& options,
                      const question& asked) {
  const outcome result
      = run(place.cordon(words{"explain", "-p", "base"} + options
                         + words{asked.action, asked.object}));
  INFO(asked.action << " " << asked.object << ": " << result.err);
  CHECK(result.err.empty());
  if (result.code() == 0) {
    CHECK(result.out.starts_with("allowed"));
    return "allowed";
  }
  CHECK(result.code() == 1);
  const std::size_t open = result.out.find('(');
  return result.out.substr(open + 1, result.out.find(')') - open - 1);
}

/// Generators outlive the world of their first value, so they give words with
/// `mark` in place of what belongs to a world.
words filled(words all, const std::string& mark, const std::string& value) {
  for (std::string& word : all)
    for (std::size_t at; (at = word.find(mark)) != std::string::npos;)
      word.replace(at, mark.size(), value);
  return all;
}

words pairs_of(const std::vector<question>& asked) {
  words pairs;
  for (const question& each : asked)
    pairs.insert(pairs.end(), {each.act, each.object});
  return pairs;
}

} // namespace

TEST_CASE("what explain says of files is what happens inside",
          "[e2e][explain]") {
  const world place(GENERATE(from_range(everybody())));
  const small_tree here(place);
  const std::string& root = here.root;
  const words grants = filled(
      GENERATE(words{}, words{"-r", "ROOT"}, words{"-w", "ROOT"},
               words{"-r", "ROOT", "-w", "ROOT/a/b"},
               words{"-w", "ROOT/a", "-r", "ROOT/a/b/c"},
               words{"-r", "ROOT/a/f", "-w", "ROOT/d/f"},
               words{"-r", "ROOT/a/to_d"}, words{"-w", "ROOT/a/to_f"},
               words{"-r", "ROOT/a"}, words{"-w", "ROOT/d/e", "-r", "ROOT/d"}),
      "ROOT", root);
  const words options = words{"-r", programs::target_directory()} + grants;
  const std::vector<question> asked = questions_about(root);

  // Asked first: what happens changes the tree.
  std::vector<std::string> expected;
  expected.reserve(asked.size());
  for (const question& each : asked)
    expected.push_back(explained(place, options, each));

  const outcome inside = run(place.cordon(words{"run", "-p", "base"} + options
                                          + words{"--", programs::target("act")}
                                          + pairs_of(asked)));
  REQUIRE(inside.code() == 0);
  const answers happened = parse_answers(inside.out);

  std::string line;
  for (const std::string& word : grants)
    line += word + " ";
  for (std::size_t i = 0; i < asked.size(); ++i) {
    INFO(line << "as " << place.who().name << ": " << asked[i].action << " "
              << asked[i].object);
    CHECK(as_verdict(happened.at(asked[i].act + " " + asked[i].object))
          == expected[i]);
  }
}

TEST_CASE("what explain says of ports is what happens inside",
          "[e2e][explain]") {
  const world place(GENERATE(from_range(everybody())));
  tcp_listener first;
  tcp_listener second;
  const std::string one = std::to_string(first.port());
  const std::string two = std::to_string(second.port());
  const words grants
      = filled(filled(GENERATE(words{}, words{"--net-allow", ":ONE"},
                               words{"--net-allow", ":ONE,TWO"},
                               words{"--net-allow-bind", "20951"},
                               words{"--net-allow-bind", "20950-20952",
                                     "--net-allow", ":TWO"}),
                      "ONE", one),
               "TWO", two);
  const words options = words{"-r", programs::target_directory()} + grants;
  const std::vector<question> asked{{"connect", "connect", one},
                                    {"connect", "connect", two},
                                    {"bind", "bind", "20951"},
                                    {"bind", "bind", "20953"}};

  const outcome inside = run(place.cordon(words{"run", "-p", "base"} + options
                                          + words{"--", programs::target("act")}
                                          + pairs_of(asked)));
  REQUIRE(inside.code() == 0);
  const answers happened = parse_answers(inside.out);

  for (const question& each : asked) {
    question shown = each;
    if (each.action == "connect")
      shown.object = ":" + each.object;
    INFO(each.action << " " << each.object);
    CHECK(as_verdict(happened.at(each.act + " " + each.object))
          == explained(place, options, shown));
  }
}

TEST_CASE("what explain says of calls and signals is what happens inside",
          "[e2e][explain]") {
  const world place(GENERATE(from_range(everybody())));
  const victim other(place.who());
  const std::string file
      = place.files().file("inside/file", "text", place.who());
  const std::string pid = std::to_string(other.pid());
  const words options = GENERATE(
      words{}, words{"--extra-allow-syscall", "metadata"},
      words{"--extra-deny-syscall", "mkdir"},
      words{"--disable", "signal-scope"}, words{"--net-allow-bind", "1"});
  struct call {
    const char* name;
    const char* act;
    std::string object;
  };
  const std::vector<call> calls{{"chmod", "chmod", file},
                                {"utimensat", "utime", file},
                                {"mkdir", "mkdir", place.inside() + "/d"}};
  words pairs{"signal", pid};
  for (const call& each : calls)
    pairs.insert(pairs.end(), {each.act, each.object});

  const outcome inside
      = run(place.confined(options, words{programs::target("act")} + pairs));
  REQUIRE(inside.code() == 0);
  const answers happened = parse_answers(inside.out);

  for (const call& each : calls) {
    INFO(each.name);
    CHECK(as_verdict(happened.at(std::string(each.act) + " " + each.object))
          == explained(place, options, {"syscall", each.act, each.name}));
  }
  const outcome signal = run(
      place.cordon(words{"explain", "-p", "base"} + options + words{"signal"}));
  CHECK((signal.code() == 0) == (happened.at("signal " + pid) == "ok"));
}

TEST_CASE("the option that explain names allows what it was asked about",
          "[e2e][explain]") {
  const world place(GENERATE(from_range(everybody())));
  const words asked
      = filled(GENERATE(words{"read", "SECRET"}, words{"write", "SECRET"},
                        words{"exec", "SECRET"}, words{"create", "SECRET.new"},
                        words{"remove", "SECRET"}, words{"connect", ":443"},
                        words{"bind", "8080"}, words{"syscall", "msgget"},
                        words{"syscall", "shmget"}, words{"signal"}),
               "SECRET", place.secret());
  const words base{"explain", "-p", "base"};
  INFO(asked[0]);

  const outcome denied = run(place.cordon(base + asked));
  REQUIRE(denied.code() == 1);
  const std::string lead = "to allow it: ";
  const std::size_t start = denied.out.find(lead);
  REQUIRE(start != std::string::npos);
  std::string option = denied.out.substr(
      start + lead.size(), denied.out.find('\n', start) - start - lead.size());
  const std::size_t space = option.find(' ');
  const outcome allowed = run(place.cordon(
      base + words{option.substr(0, space), option.substr(space + 1)} + asked));

  INFO(option << ": " << allowed.out << allowed.err);
  CHECK(allowed.code() == 0);
}
