# Targets of one shape.
#
#   cordon_library(policy
#     SOURCES plan.cpp … HEADERS plan.hpp …
#     PUBLIC_LIBS cordon::core PRIVATE_LIBS …
#     NOT_INSTALLED)
#
# makes the static library cordon_policy with the alias cordon::policy, headers
# as a file set (installed, and checked to compile alone), and our warnings,
# which never reach a consumer.

# Warnings alone: for the keeper too, which takes no sanitizer.
add_library(cordon_warnings INTERFACE)
target_compile_options(cordon_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast
  -Wnon-virtual-dtor
  # g++ 12 sees overlaps and uninitialised parts in std::string and
  # std::variant that cannot be (GCC bugs 105651, 105562).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<BOOL:${CORDON_WERROR}>:-Werror>)

add_library(cordon_build_options INTERFACE)
target_link_libraries(cordon_build_options INTERFACE cordon_warnings)
if(CORDON_SANITIZE)
  target_compile_options(cordon_build_options INTERFACE
    -fsanitize=${CORDON_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(cordon_build_options INTERFACE
    -fsanitize=${CORDON_SANITIZE})
endif()

function(cordon_library name)
  cmake_parse_arguments(arg "NOT_INSTALLED" ""
    "SOURCES;HEADERS;PUBLIC_LIBS;PRIVATE_LIBS" ${ARGN})
  set(target cordon_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(cordon::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON
    VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${target}
    PUBLIC ${arg_PUBLIC_LIBS}
    PRIVATE ${arg_PRIVATE_LIBS} $<BUILD_INTERFACE:cordon_build_options>)
  if(NOT arg_NOT_INSTALLED)
    install(TARGETS ${target} EXPORT cordon-targets
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cordon)
  endif()
endfunction()
