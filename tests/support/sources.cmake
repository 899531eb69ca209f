# What the tests share; needs Catch2 and libutil (openpty).
set(CORDON_TEST_SUPPORT
  carried.cpp
  chroots.cpp
  identity.cpp
  outside.cpp
  probes.cpp
  process.cpp
  scratch.cpp
  survivors.cpp
  terminal.cpp
  victim.cpp
  world.cpp)
