set(CORDON_PATHS_TESTS
  call_root.cpp
  carrier_test.cpp
  every_call.cpp
  lane_domain_test.cpp
  raw_calls.cpp
  resolve_test.cpp
  trees.cpp)
