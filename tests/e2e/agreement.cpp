// `cordon explain` says what really happens; and less is never more.
#include "tests/support/outside.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace cordon::test;

namespace {

struct tree {
  explicit tree(const world& place)
      : root(place.files().directory("tree", place.who())) {
    const auto& who = place.who();
    for (const char* name : {"a", "a/b", "a/b/c", "d", "d/e"})
      place.files().directory(std::string("tree/") + name, who);
    for (const char* name : {"f", "a/f", "a/b/f", "a/b/c/f", "d/f", "d/e/f"})
      place.files().file(std::string("tree/") + name,
                         read_file(programs::target("act")), who, 0755);
    for (const char* name :
         {"spare", "a/spare", "a/b/spare", "d/spare", "d/spare2"})
      place.files().file(std::string("tree/") + name, "spare", who);
    for (const words& link :
         {words{root + "/d", "a/to_d"}, words{"../d/f", "a/to_f"},
          words{"nowhere", "a/dangling"}})
      if (run(place.outside({"ln", "-s", link[0], root + "/" + link[1]})).code()
          != 0)
        FAIL("no link");
  }
  std::string root;
};

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
  const tree here(place);
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
                               words{"--net-allow-bind", "40951"},
                               words{"--net-allow-bind", "40950-40952",
                                     "--net-allow", ":TWO"}),
                      "ONE", one),
               "TWO", two);
  const words options = words{"-r", programs::target_directory()} + grants;
  const std::vector<question> asked{{"connect", "connect", one},
                                    {"connect", "connect", two},
                                    {"bind", "bind", "40951"},
                                    {"bind", "bind", "40953"}};

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
                                {"mkdir", "mkdir", place.inside() + "/d"},
                                {"listen", "listen", "."}};
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
                        words{"bind", "8080"}, words{"syscall", "chmod"},
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

TEST_CASE("taking a grant away never makes more reachable",
          "[e2e][threat-20]") {
  const world place(GENERATE(from_range(everybody())));
  const tree here(place);
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  tcp_listener listener;
  const std::string port = std::to_string(listener.port());
  std::vector<words> possible{{"--net-allow", ":" + port},
                              {"--net-allow-bind", "40945"}};
  for (const char* name : {"", "/a", "/a/b", "/a/b/f", "/d", "/d/f", "/a/to_d"})
    for (const char* option : {"-r", "-w"})
      possible.push_back({option, here.root + name});
  words pairs{"connect", port, "bind", "40945", "listen", ".", "socket", "1"};
  for (const char* name : {"", "/f", "/a", "/a/f", "/a/b/f", "/a/b/c/f", "/d",
                           "/d/f", "/d/e/f", "/a/to_d/f"})
    for (const char* action : {"read", "write", "execute"})
      pairs.insert(pairs.end(), {action, here.root + name});
  for (const char* name : {"/new", "/a/new", "/a/b/new", "/d/new"})
    for (const char* action : {"mkdir", "rmdir"})
      pairs.insert(pairs.end(), {action, here.root + name});

  const auto reachable = [&](const std::vector<words>& grants) {
    words options{"-r", programs::target_directory()};
    for (const words& grant : grants)
      options = options + grant;
    const outcome result
        = run(place.cordon(words{"run", "-p", "base"} + options
                           + words{"--", programs::target("act")} + pairs));
    REQUIRE(result.code() == 0);
    std::set<std::string> reached;
    for (const auto& [name, outcome] : parse_answers(result.out))
      if (outcome == "ok")
        reached.insert(name);
    return reached;
  };

  for (int round = 0; round < 12; ++round) {
    std::shuffle(possible.begin(), possible.end(), random);
    const std::vector<words> grants(possible.begin(),
                                    possible.begin() + 1 + random() % 5);
    const std::set<std::string> all = reachable(grants);
    for (std::size_t left_out = 0; left_out < grants.size(); ++left_out) {
      std::vector<words> fewer = grants;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(left_out));
      for (const std::string& reached : reachable(fewer)) {
        // AF_UNIX sockets are the price of a network grant: with connect(2)
        // allowed, pathname sockets could be reached.
        if (reached == "socket 1" && grants[left_out][0] == "--net-allow")
          continue;
        INFO("without " << grants[left_out][0] << " " << grants[left_out][1]
                        << ": " << reached);
        CHECK(all.contains(reached));
      }
    }
  }
}
