# rxlab_find_kernels()
#   Finds the kernels to build modules for: the guests' (testbed/vm/kernels names them), and the running one where its
#   headers are installed. With RXLAB_WITH_KERNEL=ON the guest kernels of CI are fetched (once, about 90 MB each), and
#   those asked for by RXLAB_MORE_KERNELS; the others, and with AUTO all, are used where they are in the cache, and a line
#   says what was left out.
#   Sets global properties: RXLAB_CI_KERNELS, the names of those that CI tests; RXLAB_KERNELS, and for each name in it RXLAB_KERNEL_<name>_RELEASE and RXLAB_KERNEL_<name>_HEADERS.
# rxlab_kernel_module(folder [PROGRAMS …])
#   Makes the targets <folder>-<name> for each kernel, <folder> for all of them, and <folder>-load, -test and -unload,
#   which do the same as the Makefile in the folder. The module is <build>/kernel/<folder>/<release>/<module>.ko. The
#   sources that files.mk in the folder lists are copied there first, because kbuild writes beside them. PROGRAMS are
#   companions that the Makefile builds from <program>.c into the same folder.
set(RXLAB_MORE_KERNELS "" CACHE STRING "More guest kernels to build modules for; see: testbed/vm/kernels --help")

# rxlab_kernel_names(out [ci|nightly])
#   In `out`: the names of guest kernels, all or those that are tested then. testbed/vm/kernels.list has them.
function(rxlab_kernel_names out)
  set(list "${CMAKE_SOURCE_DIR}/testbed/vm/kernels.list")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list}")
  execute_process(COMMAND "${CMAKE_SOURCE_DIR}/testbed/vm/kernels" --names ${ARGN}
    OUTPUT_VARIABLE names RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "testbed/vm/kernels --names failed: see above")
  endif()
  string(STRIP "${names}" names)
  string(REPLACE "\n" ";" names "${names}")
  set(${out} "${names}" PARENT_SCOPE)
endfunction()

function(_rxlab_guest_kernel name)
  set(tool "${CMAKE_SOURCE_DIR}/testbed/vm/kernels")
  if(NOT RXLAB_WITH_KERNEL STREQUAL "ON" OR NOT name IN_LIST RXLAB_CI_KERNELS AND NOT name IN_LIST RXLAB_MORE_KERNELS)
    execute_process(COMMAND "${tool}" --list OUTPUT_VARIABLE cached ERROR_QUIET)
    string(REGEX REPLACE "([.+])" "\\\\\\1" pattern "${name}")
    if(NOT "\n${cached}" MATCHES "\n${pattern}: ")
      set(note "left out: not in the cache; fetch it: testbed/vm/kernels ${name}")
      message(STATUS "rxlab: modules for the guest kernel ${name} are ${note}")
      set_property(GLOBAL APPEND PROPERTY RXLAB_PARTS_SUMMARY "modules for kernel ${name}: ${note}")
      return()
    endif()
  endif()
  execute_process(COMMAND "${tool}" "${name}" OUTPUT_VARIABLE lines RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "RXLAB_WITH_KERNEL=${RXLAB_WITH_KERNEL}, but testbed/vm/kernels ${name} failed: see above")
  endif()
  string(REGEX MATCH "release=([^\n]*)" _ "${lines}")
  set(release "${CMAKE_MATCH_1}")
  string(REGEX MATCH "headers=([^\n]*)" _ "${lines}")
  _rxlab_add_kernel("${name}" "${release}" "${CMAKE_MATCH_1}")
endfunction()

function(_rxlab_add_kernel name release headers)
  set_property(GLOBAL APPEND PROPERTY RXLAB_KERNELS "${name}")
  set_property(GLOBAL PROPERTY "RXLAB_KERNEL_${name}_RELEASE" "${release}")
  set_property(GLOBAL PROPERTY "RXLAB_KERNEL_${name}_HEADERS" "${headers}")
  set_property(GLOBAL APPEND PROPERTY RXLAB_PARTS_SUMMARY "modules for kernel ${name} (${release}): built")
endfunction()

# Sets `out` to the name of the kernel that is listed with this release; empty if none is.
function(_rxlab_kernel_of_release release out)
  set(${out} "" PARENT_SCOPE)
  get_property(names GLOBAL PROPERTY RXLAB_KERNELS)
  foreach(name IN LISTS names)
    get_property(listed GLOBAL PROPERTY "RXLAB_KERNEL_${name}_RELEASE")
    if(listed STREQUAL release)
      set(${out} "${name}" PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

macro(rxlab_find_kernels)
  set_property(GLOBAL PROPERTY RXLAB_KERNELS "")
  if(CMAKE_CURRENT_BINARY_DIR MATCHES "[ :]")
    set(_note "kbuild cannot build in a folder with a space or a colon in its name: ${CMAKE_CURRENT_BINARY_DIR}")
    if(RXLAB_WITH_KERNEL STREQUAL "ON")
      message(FATAL_ERROR "RXLAB_WITH_KERNEL=ON, but ${_note}")
    endif()
    message(STATUS "rxlab: kernel modules are left out: ${_note}")
    set_property(GLOBAL APPEND PROPERTY RXLAB_PARTS_SUMMARY "modules: left out: ${_note}")
    return()
  endif()
  rxlab_kernel_names(RXLAB_CI_KERNELS ci)
  set_property(GLOBAL PROPERTY RXLAB_CI_KERNELS "${RXLAB_CI_KERNELS}")
  rxlab_kernel_names(_names)
  list(APPEND _names ${RXLAB_MORE_KERNELS})
  list(REMOVE_DUPLICATES _names)
  foreach(_name IN LISTS _names)
    _rxlab_guest_kernel("${_name}")
  endforeach()
  set(RXLAB_RUNNING_HEADERS "/lib/modules/${CMAKE_HOST_SYSTEM_VERSION}/build" CACHE PATH
      "Headers of the running kernel, for a module of its own")
  # On an up-to-date Debian 12 the running kernel is the guests' 6.1, and one module serves both.
  _rxlab_kernel_of_release("${CMAKE_HOST_SYSTEM_VERSION}" _same)
  if(_same)
    message(STATUS "rxlab: the running kernel is that of the guests ${_same}: one module for both")
  elseif(EXISTS "${RXLAB_RUNNING_HEADERS}/Makefile")
    _rxlab_add_kernel(running "${CMAKE_HOST_SYSTEM_VERSION}" "${RXLAB_RUNNING_HEADERS}")
  else()
    message(STATUS "rxlab: modules for the running kernel are left out: "
                   "apt-get install linux-headers-${CMAKE_HOST_SYSTEM_VERSION}")
  endif()
  get_property(RXLAB_KERNELS GLOBAL PROPERTY RXLAB_KERNELS)
endmacro()

# Sets `out` to the files that files.mk lists, and `module` to the name of the module.
function(_rxlab_module_files folder out module)
  file(STRINGS "${folder}/files.mk" lines REGEX ":=")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${folder}/files.mk")
  set(files "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[a-z]+ *:= *" "" value "${line}")
    if(line MATCHES "^module")
      set(${module} "${value}" PARENT_SCOPE)
    else()
      string(REPLACE " " ";" value "${value}")
      list(APPEND files ${value})
    endif()
  endforeach()
  list(TRANSFORM files PREPEND "${folder}/")
  set(${out} "${files}" PARENT_SCOPE)
endfunction()

function(rxlab_kernel_module folder)
  cmake_parse_arguments(ARG "" "" "PROGRAMS" ${ARGN})
  find_program(RXLAB_MAKE make REQUIRED)
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
  set(binary "${CMAKE_CURRENT_BINARY_DIR}/${folder}")
  _rxlab_module_files("${source}" files module)
  list(TRANSFORM ARG_PROGRAMS REPLACE "(.+)" "${source}/\\1.c" OUTPUT_VARIABLE program_sources)
  # A make of its own, not a child of the one that runs this build.
  set(make "${CMAKE_COMMAND}" -E env --unset=MAKEFLAGS --unset=MFLAGS --unset=MAKELEVEL
      "${RXLAB_MAKE}" --no-print-directory -C "${source}")
  set(releases "")
  get_property(kernels GLOBAL PROPERTY RXLAB_KERNELS)
  foreach(kernel IN LISTS kernels)
    get_property(release GLOBAL PROPERTY "RXLAB_KERNEL_${kernel}_RELEASE")
    get_property(headers GLOBAL PROPERTY "RXLAB_KERNEL_${kernel}_HEADERS")
    set(out "${binary}/${release}")
    list(TRANSFORM ARG_PROGRAMS PREPEND "${out}/" OUTPUT_VARIABLE programs)
    set(products "${out}/${module}.ko" ${programs})
    if(NOT release IN_LIST releases) # two names may mean one
      list(APPEND releases "${release}")
      add_custom_command(
        OUTPUT ${products}
        COMMAND ${make} "KDIR=${headers}" "OUT=${out}" W=1 all
        COMMAND "${CMAKE_COMMAND}" -E touch ${products}
        DEPENDS ${files} "${source}/Makefile" "${CMAKE_CURRENT_SOURCE_DIR}/module.mk" ${program_sources}
        COMMENT "kbuild: ${module} for ${release}" VERBATIM)
      add_custom_target("${folder}-${release}-files" DEPENDS ${products})
    endif()
    add_custom_target("${folder}-${kernel}" ALL)
    add_dependencies("${folder}-${kernel}" "${folder}-${release}-files")
    list(APPEND targets "${folder}-${kernel}")
  endforeach()
  add_custom_target(${folder})
  if(targets)
    add_dependencies(${folder} ${targets})
  endif()
  # These targets look up the running kernel when they run, so that a guest finds the module built for it.
  foreach(what load test unload)
    add_custom_target("${folder}-${what}"
      COMMAND sh -c "out=$1/$(uname -r); shift; exec \"$@\" \"OUT=$out\"" sh "${binary}" ${make} ${what}
      COMMENT "make ${what} in ${source}" USES_TERMINAL VERBATIM)
  endforeach()
endfunction()
