set(CORDON_POLICY_TESTS
  builder_test.cpp
  explain_test.cpp
  grammar_test.cpp
  monotonic_test.cpp
  parser_test.cpp
  plan_test.cpp
  profile_text_test.cpp)
