set(CORDON_CORE_TESTS
  argument_rules_test.cpp
  constant_filter_test.cpp
  escape_test.cpp
  launch_test.cpp
  notification_test.cpp
  policy_filter_test.cpp
  table_test.cpp)
