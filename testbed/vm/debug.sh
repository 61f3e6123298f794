# shellcheck shell=bash disable=SC2154 # variables of cache.sh and archive.sh
# SPDX-License-Identifier: MIT
#
# The debug kernel for `kernels debug`. Debian ships none, so it is built from Debian's source of the kernel, once, with
# debug.config, and kept in the cache like the kernels that are fetched.

debug_source=linux-source-6.12

need_build_programs() {
    need_fetch_programs
    need_program make make
    need_program gcc gcc
    need_program flex flex
    need_program bison bison
    need_program bc bc
    [[ -e /usr/include/gelf.h ]] ||
        die 'find gelf.h: not installed; run ./rxlab setup --for test, or apt-get install libelf-dev'
}

unpack_source() { # FOLDER
    local suites
    read -ra suites <<<"$(suites_of debug)"
    if ! open_archive "$1/apt" "${suites[@]}" || ! download "$1/archives" "$debug_source"; then
        die "fetch $debug_source from $mirror: $(apt_error "$1/apt") (try again, or set RXLAB_DEBIAN_MIRROR=URL)"
    fi
    mkdir -- "$1/source"
    dpkg-deb --fsys-tarfile "$1/archives/"*.deb | tar -xO "./usr/src/$debug_source.tar.xz" |
        tar -xJ --strip-components=1 -C "$1/source" || die "unpack $debug_source in $1: see above; is the disk full?"
}

# make in the source, its output in the log. All processors, unless taskset(1) gives us fewer.
make_kernel() { # WORD…
    local compiler=gcc
    ! command -v ccache >/dev/null || compiler='ccache gcc'
    setpriv --pdeathsig TERM env -u MAKEFLAGS make -C "$new/source" -j "$(nproc)" LOCALVERSION= CC="$compiler" HOSTCC="$compiler" \
        "$@" >>"$new/log" 2>&1 &
    wait $!
}

# Options that depend on others that are off disappear silently.
check_config() {
    local lost
    lost=$(grep '^CONFIG_' "$here/debug.config" | grep -Fvx -f "$new/source/.config")
    [[ -z $lost ]] || die "configure $debug_source: it does not accept: ${lost//$'\n'/ }"
}

install_debug_kernel() { # ROOT: as a Debian kernel would be unpacked there
    local release headers
    release=$(<"$new/source/include/config/kernel.release")
    headers=$1/usr/src/linux-headers-$release
    mkdir -p -- "$1/boot" "$1/usr/src" &&
        cp -- "$new/source/arch/x86/boot/bzImage" "$1/boot/vmlinuz-$release" &&
        strip --strip-debug -o "$1/boot/vmlinux-$release" "$new/source/vmlinux" &&
        make_kernel modules_install INSTALL_MOD_PATH="$1" INSTALL_MOD_STRIP=1 &&
        make_kernel run-command KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $headers" &&
        rm -f -- "$1/lib/modules/$release/"{build,source} &&
        ln -s "../../../usr/src/linux-headers-$release" "$1/lib/modules/$release/build" &&
        cp -- "$here/debug.config" "$1/debug.config" && printf '%s\n' "$release" >"$1/release"
}

make_debug_kernel() {
    KCONFIG_ALLCONFIG=$new/allconfig make_kernel allnoconfig && check_config && make_kernel bzImage modules &&
        install_debug_kernel "$new/root"
}

build_debug_kernel() {
    # shellcheck disable=SC2034 # find_mirror and write_apt_conf use them
    local new=$kernels_dir/.new-debug mirror security
    need_build_programs
    make_cache_dir "$kernels_dir"
    exec 9>"$kernels_dir/.lock-debug" || die "write $kernels_dir/.lock-debug: see above"
    flock 9 || die "lock $kernels_dir/.lock-debug: see above"
    ! has_debug_kernel || return 0 # another caller was first
    rm -rf -- "$new"
    mkdir -p -- "$new/root" || die "write $new: see above"
    find_mirror
    trap 'rm -rf -- "$kernels_dir/.new-debug"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    echo "rxlab: building a debug kernel from Debian's $debug_source (150 MB to fetch, then about 13 minutes of one" \
        "processor, once)"
    unpack_source "$new"
    echo 'CONFIG_LOCALVERSION="-rxlab-debug"' | cat "$here/debug.config" - >"$new/allconfig"
    make_debug_kernel ||
        die "build the debug kernel: $(grep -m 1 -iE 'error|not found' "$new/log" || tail -n 1 "$new/log")"
    rm -rf -- "${kernels_dir:?}/debug"
    mv -T -- "$new/root" "$kernels_dir/debug" || die "rename $new/root: see above"
    echo "rxlab: the debug kernel ($(<"$kernels_dir/debug/release")) is in $kernels_dir/debug"
    rm -rf -- "$new"
    exec 9>&-
    trap - EXIT INT HUP TERM
}

# One that was built with the debug.config of today.
has_debug_kernel() { cmp -s -- "$here/debug.config" "$kernels_dir/debug/debug.config"; }
