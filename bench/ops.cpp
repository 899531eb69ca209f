// One operation, many times; prints nanoseconds for each.
//   bench_ops OPERATION COUNT DIRECTORY
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct bench {
  std::string directory;
  std::string file = directory + "/file";
  std::string other = directory + "/other";
  std::string link = directory + "/link";
  std::string static_true;
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT, 0600);
  char buffer[4096] = {};

  void run(std::string_view operation) {
    if (operation == "open")
      ::close(::open(file.c_str(), O_RDONLY));
    else if (operation == "create") {
      ::close(::open(other.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
      ::unlink(other.c_str());
    } else if (operation == "rename") {
      ::rename(file.c_str(), other.c_str());
      ::rename(other.c_str(), file.c_str());
    } else if (operation == "stat") {
      struct stat facts;
      ::stat(file.c_str(), &facts);
    } else if (operation == "access")
      check(::access(file.c_str(), R_OK));
    else if (operation == "readlink")
      check(::readlink(link.c_str(), buffer, sizeof buffer));
    else if (operation == "read")
      check(::pread(fd, buffer, sizeof buffer, 0));
    else if (operation == "write")
      check(::pwrite(fd, buffer, sizeof buffer, 0));
    else if (operation == "chmod")
      check(::chmod(file.c_str(), 0600));
    else if (operation == "answer") // ENOENT, by whoever answers
      ::chmod("", 0600);
    else if (operation == "interrupted") {
      [[maybe_unused]] static const bool once = interrupt_often();
      check(::chmod(file.c_str(), 0600));
    } else if (operation == "fchmod")
      check(::fchmod(fd, 0600));
    else if (operation == "utimens")
      check(::utimensat(AT_FDCWD, file.c_str(), nullptr, 0));
    else if (operation == "connect")
      connect();
    else if (operation == "send")
      send();
    else if (operation == "list")
      list();
    else if (operation == "thread")
      std::thread([] {}).join();
    else if (operation == "exec")
      exec();
    else
      std::exit(2);
  }

  sockaddr_un named(const char* name) const {
    sockaddr_un made{AF_UNIX, {}};
    std::snprintf(made.sun_path, sizeof made.sun_path, "%s/%s",
                  directory.c_str(), name);
    return made;
  }

  int bound(const char* name, int type) const {
    const auto here = named(name);
    ::unlink(here.sun_path);
    const int made = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    check(::bind(made, reinterpret_cast<const sockaddr*>(&here), sizeof here));
    return made;
  }

  /// To a socket file, and the other end.
  void connect() const {
    static const auto where = named("stream");
    static const int server = [this] {
      const int made = bound("stream", SOCK_STREAM);
      check(::listen(made, 8));
      return made;
    }();
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(::connect(client, reinterpret_cast<const sockaddr*>(&where),
                    sizeof where));
    ::close(::accept(server, nullptr, nullptr));
    ::close(client);
  }

  /// A datagram, to a socket file.
  void send() {
    static const auto where = named("datagram");
    static const int server = bound("datagram", SOCK_DGRAM);
    static const int client = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(::sendto(client, buffer, 100, 0,
                   reinterpret_cast<const sockaddr*>(&where), sizeof where));
    check(::recv(server, buffer, sizeof buffer, 0));
  }

  /// A signal every half millisecond, to a handler that restarts calls.
  static bool interrupt_often() {
    struct sigaction counting {};
    counting.sa_handler = [](int) {};
    counting.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &counting, nullptr);
    const itimerval often{{0, 500}, {0, 500}};
    return ::setitimer(ITIMER_REAL, &often, nullptr) == 0;
  }

  static void check(ssize_t n) {
    if (n < 0)
      std::exit(3);
  }

  void list() const {
    DIR* const d = ::opendir(directory.c_str());
    while (::readdir(d) != nullptr) {
    }
    ::closedir(d);
  }

  void exec() const {
    const pid_t child = ::vfork();
    if (child == 0) {
      ::execl(static_true.c_str(), "true", nullptr);
      ::_exit(9);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0)
      std::exit(4);
  }
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 5)
    return 2; // OPERATION COUNT DIRECTORY STATIC_TRUE
  const int count = std::atoi(argv[2]);
  bench b{.directory = argv[3], .static_true = argv[4]};
  for (int i = 0; i < count / 10 + 1; ++i)
    b.run(argv[1]);
  const auto from = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i)
    b.run(argv[1]);
  const std::chrono::duration<double, std::nano> taken
      = std::chrono::steady_clock::now() - from;
  std::printf("%.1f\n", taken.count() / count);
  return 0;
}
