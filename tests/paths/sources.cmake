set(CORDON_PATHS_TESTS
  resolve_test.cpp
  trees.cpp)
