set(CORDON_ACTOR_TESTS sandbox_test.cpp)
