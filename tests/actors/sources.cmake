set(CORDON_ACTOR_TESTS
  faults_test.cpp
  handlers_test.cpp
  lane_test.cpp
  run_test.cpp
  sandbox_logic_test.cpp
  sandbox_test.cpp
  service_habits_test.cpp)
