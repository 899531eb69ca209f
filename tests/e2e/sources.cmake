# End to end: the programs under test, run as a user would run them. Linked with
# cordon::core, for the table of system calls.
set(CORDON_E2E_TESTS
  agreement.cpp
  all_numbers.cpp
  bad_input.cpp
  containers.cpp
  endings.cpp
  exit_status.cpp
  grants.cpp
  hostile_calls.cpp
  kernel_doors.cpp
  missing_grants.cpp
  monotonicity.cpp
  names_and_sockets.cpp
  on_behalf.cpp
  nesting.cpp
  older_kernels.cpp
  passing_through.cpp
  privileges.cpp
  processes_outside.cpp
  process_limit.cpp
  profiles.cpp
  real_programs.cpp
  run_options.cpp
  signal_storms.cpp
  streams.cpp
  terminals.cpp)
