# Programs that the tests run outside and inside a sandbox: each is one source,
# linked statically and without sanitizers, so that it needs one grant and runs
# under any filter.
set(CORDON_TARGETS
  act
  changes_of_others
  all_numbers
  container
  descriptors
  filters
  fork_storm
  fork_tricks
  handles
  hostile_calls
  identity
  io_uring
  ipc
  limits_of_others
  local_sockets
  metadata_calls
  mounts
  namespaces
  other_abis
  overwrite
  path_calls
  path_storm
  personalities
  privileged
  signals
  socket_escapes
  socket_families
  storm
  stragglers
  tcp
  terminal_input
  terminal_program
  tracing
  wide_arguments)
