# Where `cmake --install` and CPack put things, beside the programs in bin:
#   share/rxlab     the front door, host scripts, test beds, plots: where programs look for them (program::data_folder)
#   bin/rxlab       the front door, a link
#   share/man, share/bash-completion, share/zsh, share/fish   made from --help, when it is installed
# Kernel modules, slides and tests need a clone.
include(GNUInstallDirs)
set(data share/rxlab)
install(PROGRAMS rxlab DESTINATION ${data})
install(DIRECTORY front_door host DESTINATION ${data} USE_SOURCE_PERMISSIONS)
install(DIRECTORY testbed DESTINATION ${data} USE_SOURCE_PERMISSIONS PATTERN roots EXCLUDE PATTERN __pycache__ EXCLUDE)
install(DIRECTORY bench/report/plots DESTINATION ${data})
install(FILES debian-packages DESTINATION ${data})
install(DIRECTORY LICENSES DESTINATION share/doc/rxlab)
install(FILES LICENSE DESTINATION share/doc/rxlab RENAME copyright)
# Not in a folder of headers: <version> is one of the standard library.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/install/version" CONTENT "${PROJECT_VERSION}\n")
install(FILES "${PROJECT_BINARY_DIR}/install/version" DESTINATION ${data})

get_property(programs GLOBAL PROPERTY RXLAB_PROGRAMS)
list(JOIN programs " " programs)
install(CODE "
  set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  file(MAKE_DIRECTORY \"\${root}/bin\")
  file(CREATE_LINK ../share/rxlab/rxlab \"\${root}/bin/rxlab\" SYMBOLIC)
  separate_arguments(programs UNIX_COMMAND \"${programs} rxlab\")
  execute_process(COMMAND \"\${root}/share/rxlab/front_door/pages\" \"\${root}/bin\" \"\${root}/share\" \${programs}
                  COMMAND_ERROR_IS_FATAL ANY)")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rxlab)
set(CPACK_PACKAGE_CONTACT "the authors of rxlab <rxlab@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # needs dpkg-dev
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "bash, python3, iproute2, util-linux, procps, gnuplot-nox | gnuplot-qt | gnuplot-x11")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS dpdk) # its drivers, which libraries do not name
include(CPack)
