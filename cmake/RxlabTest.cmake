# rxlab_test(name LABELS … SOURCES … [ALONE …] [NEEDS …] [PARTS n] [OPTIMISED])
#   Adds a GoogleTest executable as one ctest test: a process for each TEST would take several times as long as the tests.
#   tests/summary.py counts and names each TEST. ALONE are sources that cannot be merged with others (rxlab_merge),
#   because two of them use one name for different things. Tests include what a library does not show by its path from
#   the top.
#   PARTS: run as so many ctest tests, "<name>.1" to "<name>.n". OPTIMISED: the test spends seconds in its own code.
# rxlab_script_test(name LABELS … COMMAND … [TIMEOUT s] [WIRE | WAITS] [CHAIN kmod|nic])
#   Adds a command as a test: exit 0 passes, 77 skips (it prints why), all else fails. CHAIN: the chain of guests to run
#   in, if it is not its label's.
#
# WIRE tests create network namespaces or pin cores. Only one of them runs at a time, with other tests beside it. The
# same holds for those that create namespaces, but mostly wait for a link or a timer (WAITS). What they claim must hold
# on a busy machine as well; speeds belong to the benchmark.

# A GoogleTest executable that exists, as ctest tests.
function(rxlab_add_gtest name)
  cmake_parse_arguments(ARG "" "PARTS" "LABELS" ${ARGN})
  if(NOT ARG_PARTS)
    set(ARG_PARTS 1)
  endif()
  foreach(part RANGE 1 ${ARG_PARTS})
    set(test ${name})
    if(ARG_PARTS GREATER 1)
      set(test ${name}.${part})
    endif()
    math(EXPR index "${part} - 1")
    add_test(NAME ${test} COMMAND ${name})
    # The limit is for what hangs.
    set_tests_properties(${test} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${ARG_PARTS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

function(rxlab_test name)
  cmake_parse_arguments(ARG "OPTIMISED" "PARTS" "LABELS;SOURCES;ALONE;NEEDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${ARG_ALONE})
  rxlab_merge(${name} ALONE ${ARG_ALONE})
  target_link_libraries(${name} PRIVATE rxlab_baseline ${ARG_NEEDS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(${name} PRIVATE
    RXLAB_SOURCE_DIR="${CMAKE_SOURCE_DIR}" RXLAB_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # Most tests spend no time in their own code, but everybody waits for their compilation. The tested code stays optimised.
  set(level $<IF:$<BOOL:${ARG_OPTIMISED}>,-O1,-O0>)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:${level}>)
  rxlab_add_gtest(${name} PARTS ${ARG_PARTS} LABELS ${ARG_LABELS})
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
