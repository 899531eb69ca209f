set(CORDON_CLI_TESTS
  documents_test.cpp
  elf_test.cpp
  library_places_test.cpp
  option_words_test.cpp
  profile_store_test.cpp
  report_test.cpp
  run_options_test.cpp
  status_words_test.cpp
  warnings_test.cpp)
# The pages that are compared with the option table.
set_source_files_properties(unit/cli/documents_test.cpp PROPERTIES
  COMPILE_DEFINITIONS CORDON_SOURCE_DIRECTORY="${PROJECT_SOURCE_DIR}")
