# rxlab_test(name LABELS … SOURCES … [ALONE …] [NEEDS …] [OPTIMISED] [WIRE])
#   Adds a GoogleTest executable; each TEST becomes one ctest test "<name>.<Suite>.<Test>". ALONE are sources that cannot
#   be merged with others (rxlab_merge), because two of them use one name for different things. Tests include what a
#   library does not show by its path from the top.
#   OPTIMISED: the test spends seconds in its own code.
# rxlab_script_test(name LABELS … COMMAND … [TIMEOUT s] [WIRE | WAITS] [CHAIN kmod|nic])
#   Adds a command as a test: exit 0 passes, 77 skips (it prints why), all else fails. CHAIN: the chain of guests to run
#   in, if it is not its label's.
#
# WIRE tests create network namespaces or pin cores. Only one of them runs at a time, with other tests beside it. The
# same holds for those that create namespaces, but mostly wait for a link or a timer (WAITS). What they claim must hold
# on a busy machine as well; speeds belong to the benchmark.
include(GoogleTest)

function(rxlab_test name)
  cmake_parse_arguments(ARG "OPTIMISED;WIRE" "TIMEOUT" "LABELS;SOURCES;ALONE;NEEDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${ARG_ALONE})
  rxlab_merge(${name} ALONE ${ARG_ALONE})
  target_link_libraries(${name} PRIVATE rxlab_baseline ${ARG_NEEDS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(${name} PRIVATE
    RXLAB_SOURCE_DIR="${CMAKE_SOURCE_DIR}" RXLAB_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # Most tests spend no time in their own code, but everybody waits for their compilation. The tested code stays optimised.
  set(level $<IF:$<BOOL:${ARG_OPTIMISED}>,-O1,-O0>)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:${level}>)
  set(properties LABELS "${ARG_LABELS}")
  if(ARG_WIRE)
    list(APPEND properties RESOURCE_LOCK wire)
  endif()
  if(ARG_TIMEOUT)
    list(APPEND properties TIMEOUT ${ARG_TIMEOUT})
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()

function(rxlab_script_test name)
  cmake_parse_arguments(ARG "WIRE;WAITS" "TIMEOUT;CHAIN" "LABELS;COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS "${ARG_LABELS}"
    ENVIRONMENT "RXLAB_SOURCE_DIR=${CMAKE_SOURCE_DIR};RXLAB_BINARY_DIR=${CMAKE_BINARY_DIR};PYTHONDONTWRITEBYTECODE=1")
  if(ARG_WIRE)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK wire COST 500)
  elseif(ARG_WAITS)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK waiting_wire COST 500)
  endif()
  # Only one guest of a kind runs at a time, because more would wait for each other's processors. They are the longest
  # chains of tests, so they start first, and other tests run beside them. CHAIN keeps the two chains equally long.
  foreach(kind kmod nic)
    if(kind IN_LIST ARG_LABELS)
      if(NOT ARG_CHAIN)
        set(ARG_CHAIN ${kind})
      endif()
      set_tests_properties(${name} PROPERTIES RESOURCE_LOCK ${ARG_CHAIN} COST 1000)
    endif()
  endforeach()
  if(ARG_TIMEOUT)
    # A limit is for what hangs: a virtual machine whose host is busy takes three times as long.
    math(EXPR limit "3 * ${ARG_TIMEOUT}")
    set_tests_properties(${name} PROPERTIES TIMEOUT ${limit})
  endif()
endfunction()
