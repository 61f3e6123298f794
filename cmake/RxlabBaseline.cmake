# One language level, one set of warnings and one instruction-set baseline for every user-space
# program. libdpdk.pc appends `-march=corei7` to every target that links it. Without this file dpdk_rx
# would be compiled for another processor than kernel_rx, and their shared pipeline would not be the
# same code. tests/cmake/check_baseline.cmake verifies the outcome in compile_commands.json.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

# x86-64-v2 is equivalent to DPDK's own baseline (corei7: SSE4.2, POPCNT).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(_rxlab_march_default "x86-64-v2")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(_rxlab_march_default "armv8-a+crc")
else()
  set(_rxlab_march_default "")
endif()
set(RXLAB_MARCH "${_rxlab_march_default}" CACHE STRING
    "Instruction-set baseline (-march=) of every user-space program; empty: the compiler's")
option(RXLAB_WERROR "Treat warnings as errors" OFF)
set(RXLAB_SANITIZE "" CACHE STRING "Sanitizers for every program, e.g. address,undefined or thread")

add_library(rxlab_baseline INTERFACE)
target_compile_features(rxlab_baseline INTERFACE cxx_std_20)
target_compile_options(rxlab_baseline INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-math-errno
  $<$<BOOL:${RXLAB_WERROR}>:-Werror>
  $<$<BOOL:${RXLAB_MARCH}>:-march=${RXLAB_MARCH}>)
if(RXLAB_SANITIZE)
  target_compile_options(rxlab_baseline INTERFACE
    -fsanitize=${RXLAB_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rxlab_baseline INTERFACE -fsanitize=${RXLAB_SANITIZE})
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

# Removes every -march= from an imported target (DPDK's), so that the baseline above is the only one.
function(rxlab_strip_march target)
  get_target_property(options ${target} INTERFACE_COMPILE_OPTIONS)
  if(options)
    list(FILTER options EXCLUDE REGEX "^-march=")
    set_target_properties(${target} PROPERTIES INTERFACE_COMPILE_OPTIONS "${options}")
  endif()
endfunction()
