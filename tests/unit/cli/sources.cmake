set(CORDON_CLI_TESTS
  elf_test.cpp
  report_test.cpp)
