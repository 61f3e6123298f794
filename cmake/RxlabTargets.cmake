# rxlab_library(name SOURCES … [ALONE …] [NEEDS …])   -> target rxlab_<name>, alias rxlab::<name>; the public headers are
#                                                        in include/rxlab/<name>/, or beside their sources and included
#                                                        by their path from the top
# rxlab_program(name SOURCES … [NEEDS …])             -> executable <name> in <build>/bin
#
# rxlab_merge(target [ALONE …])   with RXLAB_UNITY=ON, compiles the target's sources several at a time, which parses and
#                                 instantiates large headers only once and takes half the time. Sources that are ALONE
#                                 are left out, because two of them use one name for different things. The functions
#                                 here, and rxlab_test, call this.
#
# The preset dev compiles each file alone, and finds a missing #include.
option(RXLAB_UNITY "Compile several sources at a time: faster builds from nothing" OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

function(rxlab_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ALONE;NEEDS" ${ARGN})
  set(target rxlab_${name})
  set(headers include)
  if(NOT IS_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/include")
    set(headers "${PROJECT_SOURCE_DIR}")
  endif()
  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES} ${ARG_ALONE})
    rxlab_merge(${target} ALONE ${ARG_ALONE})
    target_include_directories(${target} PUBLIC ${headers})
    target_link_libraries(${target} PUBLIC ${ARG_NEEDS} PRIVATE rxlab_baseline)
    target_compile_features(${target} PUBLIC cxx_std_20)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${headers})
    target_link_libraries(${target} INTERFACE ${ARG_NEEDS})
    target_compile_features(${target} INTERFACE cxx_std_20)
  endif()
  add_library(rxlab::${name} ALIAS ${target})
endfunction()

function(rxlab_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;NEEDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  rxlab_merge(${name})
  target_link_libraries(${name} PRIVATE rxlab_baseline ${ARG_NEEDS})
  rxlab_install_program(${name})
endfunction()

# Into <prefix>/bin, with completions and man pages: RxlabInstall.cmake.
function(rxlab_install_program name)
  install(TARGETS ${name} RUNTIME)
  set_property(GLOBAL APPEND PROPERTY RXLAB_PROGRAMS ${name})
endfunction()

function(rxlab_merge target)
  cmake_parse_arguments(ARG "" "" "ALONE" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(RXLAB_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  endif()
endfunction()
