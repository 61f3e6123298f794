# Generates <rxlab_version.hpp> (target rxlab::version): version, compiler and commit of the build. The
# commit is looked up at every build, so that a result file never names an older one.
set(_rxlab_version_dir "${CMAKE_BINARY_DIR}/generated")
add_custom_target(rxlab_version_header
  COMMAND "${CMAKE_COMMAND}"
          "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}" "-DVERSION=${PROJECT_VERSION}"
          "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          "-DBUILD_TYPE=${CMAKE_BUILD_TYPE}" "-DMARCH=${RXLAB_MARCH}"
          "-DSANITIZE=${RXLAB_SANITIZE}"
          "-DOUTPUT=${_rxlab_version_dir}/rxlab_version.hpp"
          -P "${CMAKE_CURRENT_LIST_DIR}/write_version.cmake"
  BYPRODUCTS "${_rxlab_version_dir}/rxlab_version.hpp"
  VERBATIM)
add_library(rxlab_version INTERFACE)
target_include_directories(rxlab_version INTERFACE "${_rxlab_version_dir}")
add_dependencies(rxlab_version rxlab_version_header)
add_library(rxlab::version ALIAS rxlab_version)
