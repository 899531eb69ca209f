set(CORDON_ACTOR_TESTS lane_test.cpp
  sandbox_test.cpp)
