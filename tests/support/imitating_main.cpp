// `cordon` on a kernel that seems older: the first argument is the Landlock ABI
// to imitate. Built for the tests alone; nothing of the sort is in the product.
#include "cli/app.hpp"

#include <cstdlib>

int main(int argc, char** argv) {
  if (argc < 2)
    return 99;
  const int abi = std::atoi(argv[1]);
  argv[1] = argv[0];
  return cordon::cli::run_main(argc - 1, argv + 1, {abi});
}
