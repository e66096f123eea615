# One function for each kind of target, so that a module's CMakeLists.txt says only what is its own.

# Warnings, sanitizers and the reproducibility flags that every target of the project has.
add_library(squall_settings INTERFACE)
target_include_directories(squall_settings INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}")
target_compile_options(squall_settings INTERFACE -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
  -fno-math-errno -ffp-contract=off "$<$<CONFIG:Release>:-g1>")
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ 12 takes a string put before a std::string for an overlap (its bug 105651), and a file compiled among others for a header.
  target_compile_options(squall_settings INTERFACE -Wno-restrict -Wno-subobject-linkage)
endif()
if(NOT SQUALL_SABOTAGE)
  target_compile_definitions(squall_settings INTERFACE SQUALL_NO_SABOTAGE)
endif()
if(SQUALL_SANITIZE)
  target_compile_options(squall_settings INTERFACE -fsanitize=${SQUALL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(squall_settings INTERFACE -fsanitize=${SQUALL_SANITIZE})
endif()

add_custom_target(squall_protocols)

# squall_library(NAME SOURCES file... [PROTOS file...] [LINK lib...] [PRIVATE_LINK lib...] [APART])
# Makes the static library squall_NAME with the alias squall::NAME. Proto files are compiled from the root, so that their
# generated headers are included as "folder/name.pb.h"; the target squall_protocols makes all of those. Files are compiled
# several at a time (SQUALL_UNITY), so local names must differ: APART where they cannot.
function(squall_library name)
  cmake_parse_arguments(A "APART" "" "SOURCES;PROTOS;LINK;PRIVATE_LINK" ${ARGN})
  set(generated)
  foreach(proto IN LISTS A_PROTOS)
    file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/${proto}")
    string(REGEX REPLACE "\\.proto$" ".pb" stem "${CMAKE_BINARY_DIR}/${path}")
    add_custom_command(OUTPUT "${stem}.cc" "${stem}.h"
      COMMAND protobuf::protoc "--cpp_out=${CMAKE_BINARY_DIR}" "-I${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${path}"
      DEPENDS "${CMAKE_SOURCE_DIR}/${path}" VERBATIM)
    list(APPEND generated "${stem}.cc" "${stem}.h")
  endforeach()
  add_library(squall_${name} STATIC ${A_SOURCES} ${generated})
  add_library(squall::${name} ALIAS squall_${name})
  target_link_libraries(squall_${name} PUBLIC squall_settings ${A_LINK} PRIVATE ${A_PRIVATE_LINK})
  if(generated)
    target_link_libraries(squall_${name} PUBLIC protobuf::libprotobuf)
    add_custom_target(squall_${name}_protocols DEPENDS ${generated})
    add_dependencies(squall_protocols squall_${name}_protocols)
    set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS -w SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  if(SQUALL_UNITY AND NOT A_APART)
    set_target_properties(squall_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
  endif()
endfunction()

# squall_test(NAME SOURCES file... LINK lib... [LABEL fast|sim|slow] [TIMEOUT seconds] [PREFIX text] [APART])
# One GoogleTest program; each of its tests is a CTest test, its name after PREFIX: two programs of the same tests need one.
# Label `fast` unless told. RapidCheck is linked. APART as above.
function(squall_test name)
  cmake_parse_arguments(A "APART" "LABEL;TIMEOUT;PREFIX" "SOURCES;LINK;ENVIRONMENT" ${ARGN})
  if(NOT A_LABEL)
    set(A_LABEL fast)
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  add_executable(test_${name} ${A_SOURCES})
  if(SQUALL_UNITY AND NOT A_APART)
    set_target_properties(test_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
  endif()
  target_link_libraries(test_${name} PRIVATE squall_settings ${A_LINK} GTest::gmock GTest::gtest_main rapidcheck)
  target_compile_definitions(test_${name} PRIVATE SQUALL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES TEST_PREFIX "${A_PREFIX}"
    PROPERTIES LABELS ${A_LABEL} TIMEOUT ${A_TIMEOUT} ENVIRONMENT "${A_ENVIRONMENT}")
endfunction()

# squall_allocator(TARGET): a program that makes many runs gains from jemalloc what its runs spend in malloc (docs/performance.md).
# Without it, and under sanitizers, which have their own, the C library's does.
function(squall_allocator target)
  find_library(JEMALLOC_LIBRARY NAMES libjemalloc.a jemalloc)
  if(JEMALLOC_LIBRARY AND NOT SQUALL_SANITIZE)
    target_link_libraries(${target} PRIVATE ${JEMALLOC_LIBRARY})
  endif()
endfunction()
