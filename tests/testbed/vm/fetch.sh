#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fetching kernels, from a stand-in for apt that has small packages of the same make as Debian's: of 6.1 and 6.12 with
# the image in boot, of 7.x in parts, with everything in usr.
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
release=6.1.0-9-amd64
split=7.3.4+deb13-amd64

package() { # SUITE NAME VERSION DEPENDS: its content is in $work/root
    mkdir -p "$work/root/DEBIAN" "$work/packages"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' "$2" "$3" \
        >"$work/root/DEBIAN/control"
    dpkg-deb -Znone --root-owner-group -b "$work/root" "$work/packages/$2=$3.deb" >/dev/null
    printf '%s;%s;%s;%s\n' "$1" "$2" "$3" "$4" >>"$work/index"
    rm -r "$work/root"
}

# A compressed kernel as Documentation/arch/x86/boot.rst has it: setup_sects, payload_offset and payload_length, and
# behind the header the payload, which ends with its size.
image() {
    printf '\177ELF and so on' >"$work/vmlinux"
    python3 - "$work/vmlinux" <<'END'
import lzma, struct, sys
with open(sys.argv[1], "rb") as file:
    content = file.read()
payload = lzma.compress(content) + struct.pack("<I", len(content))
header = struct.pack("<497xB86xII432x", 1, 7, len(payload))
sys.stdout.buffer.write(header + b"padding" + payload)
END
}

modules() { # FOLDER RELEASE COMMON
    mkdir -p "$1/kernel"
    : >"$1/modules.order"
    : >"$1/modules.builtin"
    : >"$1/modules.builtin.modinfo"
    ln -s "/usr/src/linux-headers-$2" "$1/build"
    ln -s "/usr/src/$3" "$1/source"
}

headers() { # SUITE RELEASE VERSION COMMON COMPILER DEPENDS [KBUILD_OUTPUT]
    mkdir -p "$work/root/usr/src/linux-headers-$2"
    {
        [[ -z ${7:-} ]] || echo "KBUILD_OUTPUT=/usr/src/linux-headers-$2"
        echo "include /usr/src/$4/Makefile"
    } >"$work/root/usr/src/linux-headers-$2/Makefile"
    # shellcheck disable=SC2016 # for make
    printf 'CC = $(CROSS_COMPILE)%s\noverride CROSS_COMPILE = x86-\n' "$5" >"$work/root/usr/src/linux-headers-$2/.kernelvariables"
    package "$1" "linux-headers-$2" "$3" "$4 (= $3), $6, $5"
    mkdir -p "$work/root/usr/src/$4"
    cat >"$work/root/usr/src/$4/Makefile" <<'END'
CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT = y
-include $(or $(KBUILD_OUTPUT),$(CURDIR))/.kernelvariables
CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT = y
all:
	@echo built in $(abspath $(dir $(lastword $(filter %/Makefile,$(MAKEFILE_LIST))))) for $(KBUILD_OUTPUT) \
		by $(CC) $(KCFLAGS) with $(CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT)
END
    package "$1" "$4" "$3" ''
}

# As up to 6.12.
whole_kernel() { # SUITE RELEASE VERSION COMPILER KBUILD
    local common=${2%-amd64}-common
    mkdir -p "$work/root/boot"
    image >"$work/root/boot/vmlinuz-$2"
    modules "$work/root/lib/modules/$2" "$2" "linux-headers-$common"
    package "$1" "linux-image-$2" "$3" 'kmod, initramfs-tools | linux-initramfs-tool'
    headers "$1" "$2" "$3" "linux-headers-$common" "$4" "linux-base (>= 4.12~), $5 (>= 1), linux-image-$2 (= $3) | linux-image-$2-unsigned (= $3)"
    mkdir -p "$work/root/usr/lib/$5"
    package "$1" "$5" 1 'pahole'
}

# As 7.x: the image package is empty.
split_kernel() { # SUITE RELEASE VERSION
    local common=linux-headers-${2%-amd64}-common base="linux-base-$2 (= $3)"
    mkdir -p "$work/root/usr/share/doc"
    package "$1" "linux-image-$2" "$3" "dracut | initramfs-tools, $base, linux-binary-$2 (= $3), linux-modules-$2 (= $3)"
    mkdir -p "$work/root/usr/lib/modules/$2"
    image >"$work/root/usr/lib/modules/$2/vmlinuz"
    package "$1" "linux-binary-$2" "$3" "$base"
    modules "$work/root/usr/lib/modules/$2" "$2" "$common"
    package "$1" "linux-modules-$2" "$3" "kmod, $base"
    mkdir -p "$work/root/usr/lib/modules/$2"
    echo config >"$work/root/usr/lib/modules/$2/config"
    package "$1" "linux-base-$2" "$3" ''
    headers "$1" "$2" "$3" "$common" gcc-99 "linux-base (>= 4.12~), $base, linux-kbuild-${2%-amd64}" yes
    mkdir -p "$work/root/usr/lib/linux-kbuild-${2%-amd64}/scripts"
    printf '#!/bin/sh\necho "modpost $*"\n' >"$work/root/usr/lib/linux-kbuild-${2%-amd64}/scripts/modpost"
    chmod 755 "$work/root/usr/lib/linux-kbuild-${2%-amd64}/scripts/modpost"
    package "$1" "linux-kbuild-${2%-amd64}" "$3" 'pahole, libc6 (>= 2.38), zlib1g (>= 1)'
}

packages() {
    whole_kernel bookworm 6.1.0-8-amd64 6.1.8-1 gcc-12 linux-kbuild-6.1.8
    whole_kernel bookworm "$release" 6.1.9-1 gcc-12 linux-kbuild-6.1
    whole_kernel bookworm-security 6.12.5+deb12-amd64 6.12.5-1~deb12u1 gcc-12 linux-kbuild-6.12.5+deb12
    whole_kernel trixie 6.12.7+deb13-amd64 6.12.7-1 gcc-99 linux-kbuild-6.12.7+deb13
    split_kernel trixie-backports "$split" 7.3.4-1~bpo13+1
    split_kernel testing 7.2.9+deb14-amd64 7.2.9-1
    split_kernel testing 7.4-rc2-amd64 7.4~rc2-1
    # None that there are no headers for.
    mkdir -p "$work/root"
    package testing linux-image-7.9.9+deb14-amd64 7.9.9-1 ''
    # The C library of the suite: a loader that says what it is told.
    mkdir -p "$work/root/usr/lib/x86_64-linux-gnu"
    printf '#!/bin/sh\nshift\necho "in ${1##*/}:"; shift; exec sh "$@"\n' >"$work/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    chmod 755 "$work/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    package trixie-backports libc6 2.41 'libgcc-s1'
    mkdir -p "$work/root/usr/lib/x86_64-linux-gnu"
    : >"$work/root/usr/lib/x86_64-linux-gnu/libgcc_s.so.1"
    package trixie-backports libgcc-s1 14 'gcc-14-base, libc6 (>= 2)'
    mkdir -p "$work/root/usr/lib/x86_64-linux-gnu"
    : >"$work/root/usr/lib/x86_64-linux-gnu/libz.so.1"
    package trixie-backports zlib1g 1 'libc6'
}

# A machine with gcc-12, and apt whose word for downloading is in $work/download; what it was asked to do in $work/log.
stand_in_apt() {
    stand_in apt-get 'echo "$*" >>'"$work/log"'
        case $* in
            *indextargets*) echo "Packages bookworm http://mirror.example/debian/" ;;
            update*) . '"$work/update"' ;;
            download*) . '"$work/download"' ;;
        esac'
    # From the index of the suites that apt was given.
    stand_in apt-cache '[[ ! -e '"$work/unreachable"' ]] || exit
        what=$1
        while [[ $1 == "$what" || $1 == -* ]]; do shift; done
        exec awk -F ";" -v what="$what" -v wanted="$*" "
            BEGIN { count = split(wanted, names, \" \"); for (i = 1; i <= count; i++) is_wanted[names[i]] = 1 }
            NR == FNR { split(\$0, from, \" \"); given[from[5]] = 1; next }
            !given[\$1] { next }
            what == \"pkgnames\" && index(\$2, wanted) == 1 { print \$2 }
            what == \"madison\" && is_wanted[\$2] {
                printf \" %s | %s | http://mirror.example/debian %s/main amd64 Packages\n\", \$2, \$3, \$1
            }
            what == \"show\" && (is_wanted[\$2] || is_wanted[\$2 \"=\" \$3]) { print \"Depends: \" \$4 \"\nSize: 1000000\" }
        " "${APT_CONFIG%/*}/sources.list" '"$work/index"
    stand_in apt-config 'echo "Acquire::http::Proxy \"http://proxy.example\";"; echo "APT::Update::Post-Invoke:: \"touch '"$work/hook"'\";"'
    stand_in gcc-12 true
    stand_in x86-gcc-12 true
    stand_in x86-gcc '[[ $* != *-fmin-function-alignment* ]]'
    stand_in ldd 'case $1 in *modpost) echo "version GLIBC_2.38 not found" ;; esac'
    rm -f "$work/bin/x86-gcc-99" "$work/unreachable"
    true >"$work/update"
    echo 'for name in "$@"; do
        [[ $name == download || $name == -* ]] || cp "$(ls '"$work"'/packages/"${name%%=*}"="${name#*=}".deb \
            '"$work"'/packages/"$name"=*.deb 2>/dev/null | head -n 1)" .
    done' >"$work/download"
    : >"$work/log"
    rm -rf "$RXLAB_CACHE/kernels"
    unset RXLAB_DEBIAN_MIRROR
    PATH=$work/bin:$PATH
}

left_in_cache() { find "$RXLAB_CACHE/kernels" -mindepth 1 -maxdepth 1 ! -name .lock -printf '%f\n' 2>/dev/null; }
downloads() { grep -c '^download' "$work/log"; }
fetched() { grep -o 'release=.*' <<<"$output" | sed 's/release=//'; }

test_a_kernel_is_fetched_unpacked_and_told() {
    stand_in_apt
    expect 0 "$bed/kernels" 6.1
    local folder=$RXLAB_CACHE/kernels/6.1
    expect_output "rxlab: fetching kernel $release and its headers from http://mirror.example/debian bookworm (4 MB)
rxlab: kernel 6.1 ($release) is in $folder
release=$release
image=$folder/boot/vmlinuz-$release
modules=$folder/lib/modules/$release
headers=$folder/usr/src/linux-headers-$release"
    cmp "$work/vmlinux" "$folder/boot/vmlinux-$release"
    [[ -e $folder/lib/modules/$release/modules.dep && $(left_in_cache) == 6.1 ]] || fail "$(find "$folder")"
}

test_a_kernel_in_parts_is_put_together() {
    stand_in_apt
    expect 0 "$bed/kernels" 7.3
    local folder=$RXLAB_CACHE/kernels/7.3 name
    expect_output "*rxlab: fetching kernel $split and its headers from http://mirror.example/debian trixie-backports (7 MB)*
release=$split
image=$folder/boot/vmlinuz-$split
modules=$folder/lib/modules/$split
headers=$folder/usr/src/linux-headers-$split"
    cmp "$work/vmlinux" "$folder/boot/vmlinux-$split"
    for name in modules.dep modules.order config build/Makefile source/Makefile; do
        [[ -e $folder/lib/modules/$split/$name ]] || fail "no $name: $(find "$folder")"
    done
}

test_its_headers_work_from_wherever_they_are() {
    stand_in_apt
    local name folder
    for name in "6.1 $release" "7.3 $split"; do
        read -r name folder <<<"$name"
        expect 0 "$bed/kernels" "$name"
        mv "$RXLAB_CACHE/kernels/$name" "$work/elsewhere"
        folder=$work/elsewhere/usr/src/linux-headers-$folder
        expect 0 make -s -C "$work/elsewhere/lib/modules/${folder#*-headers-}/build/"
        if [[ $name == 6.1 ]]; then
            expect_output "built in ${folder%-amd64}-common for by x86-gcc-12 with y"
        else
            expect_output "built in ${folder%-amd64}-common for $folder by x86-gcc -Wno-attributes with"
            stand_in x86-gcc-99 true
            expect 0 make -s -C "$work/elsewhere/lib/modules/${folder#*-headers-}/build/"
            expect_output "* by x86-gcc-99 with y"
        fi
        rm -r "$work/elsewhere"
    done
}

test_tools_that_ask_for_a_newer_c_library_run_with_their_own() {
    stand_in_apt
    expect 0 "$bed/kernels" 7.3

    [[ $output == *'newer C library'*': fetching libc6 zlib1g libgcc-s1'* ]] || fail "$output"
    mv "$RXLAB_CACHE/kernels/7.3" "$work/elsewhere"
    expect 0 "$work/elsewhere/usr/src/linux-headers-$split/../../lib/linux-kbuild-7.3.4+deb13/scripts/modpost" a 'b c'
    expect_output $'in rxlab-libraries:\nmodpost a b c'
    rm -r "$work/elsewhere"
}

test_what_is_there_needs_no_network() {
    stand_in_apt
    expect 0 "$bed/kernels" 6.1
    stand_in apt-get 'exit 1'
    expect 0 "$bed/kernels" 6.1
    expect_output "release=$release*"
}

test_a_name_means_the_newest_that_a_compiler_of_this_machine_has_built() {
    stand_in_apt
    expect 0 "$bed/kernels" 6.12
    [[ $(fetched) == 6.12.5+deb12-amd64 ]] || fail "$output"
    rm -r "$RXLAB_CACHE/kernels"
    stand_in gcc-99 true
    expect 0 "$bed/kernels" 6.12
    [[ $(fetched) == 6.12.7+deb13-amd64 ]] || fail "$output"
    rm "$work/bin/gcc-99"
}

test_newest_is_the_newest_that_is_no_release_candidate() {
    stand_in_apt
    expect 0 "$bed/kernels" newest
    [[ $(fetched) == "$split" ]] || fail "$output"
}

test_any_version_and_any_release_is_a_name() {
    stand_in_apt
    local name
    for name in 6.12.7:6.12.7+deb13-amd64 6.12.7+deb13-amd64:6.12.7+deb13-amd64 7.2:7.2.9+deb14-amd64 \
        7.3.4-1~bpo13+1:$split 6.1.0-8-amd64:6.1.0-8-amd64 7.4~rc2-1:7.4-rc2-amd64; do
        expect 0 "$bed/kernels" "${name%%:*}"
        [[ $(fetched) == "${name#*:}" ]] || fail "$name: $output"
    done
    expect 0 "$bed/kernels" --list
    expect_output $'6.1.0-8-amd64: 6.1.0-8-amd64, *\n*7.4~rc2-1: 7.4-rc2-amd64, *'
}

test_the_same_release_by_another_name_is_not_fetched_again() {
    stand_in_apt
    expect 0 "$bed/kernels" 7.3
    local before
    before=$(downloads)
    expect 0 "$bed/kernels" newest
    expect_output "rxlab: kernel newest is $split, which is in $RXLAB_CACHE/kernels/7.3
*headers=$RXLAB_CACHE/kernels/newest/usr/src/linux-headers-$split"
    [[ $(downloads) == "$before" && -e $RXLAB_CACHE/kernels/newest/boot/vmlinuz-$split ]] || fail "$(cat "$work/log")"
}

test_a_kernel_that_debian_does_not_have_is_answered_by_what_it_has() {
    stand_in_apt
    expect 1 "$bed/kernels" 5.10
    expect_output 'vm: find kernel 5.10: http://mirror.example/debian has 6.1, 6.12, 7.2, 7.3, 7.4, each in several versions; see: testbed/vm/kernels --available'
    [[ -z $(left_in_cache) ]] || fail "$(left_in_cache)"
    expect 1 "$bed/kernels" 7.9
    expect 0 "$bed/kernels" --available
    expect_output $'6.1.8-1 *6.1.0-8-amd64 *bookworm\n*7.3.4-1~bpo13+1 *'"$split"' *trixie-backports*'
}

# A mirror need not have them all.
test_a_suite_that_cannot_be_had_is_gone_without() {
    stand_in_apt
    echo 'echo "E: The repository bookworm-security does not have a Release file."; exit 100' >"$work/update"
    expect 0 "$bed/kernels" 6.1
    [[ $(fetched) == "$release" ]] || fail "$output"
}

test_only_the_way_to_the_network_is_taken_from_the_machine() {
    stand_in_apt
    echo "cp \"\$APT_CONFIG\" \"\$(dirname \"\$APT_CONFIG\")/sources.list\" $work" >"$work/update"
    expect 0 "$bed/kernels" 6.1
    grep -Fqx 'Acquire::http::Proxy "http://proxy.example";' "$work/apt.conf"
    ! grep -q Post-Invoke "$work/apt.conf" || fail 'a hook of the machine'
    ! grep -E '^Dir::(State|Cache|Etc::source)' "$work/apt.conf" | grep -vE "\"($RXLAB_CACHE/.*|lists|archives)\"" ||
        fail 'a folder of the machine'
    output=$(cat "$work/sources.list")
    local keyring='?arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg?'
    expect_output "deb $keyring http://mirror.example/debian bookworm main
deb $keyring http://mirror.example/debian-security bookworm-security main"
}

test_without_a_network_one_line_names_the_remedy_and_nothing_is_left() {
    stand_in_apt
    : >"$work/unreachable"
    echo 'echo "W: Failed to fetch http://mirror.example/debian: no route to host"' >"$work/update"
    expect 1 "$bed/kernels" 6.1
    expect_output 'vm: fetch kernel 6.1 from http://mirror.example/debian: Failed to fetch *: no route to host (connect *, set RXLAB_DEBIAN_MIRROR=URL, or copy */kernels/6.1 from another machine)'
    [[ $output != *$'\n'* && -z $(left_in_cache) ]] || fail "$output, $(left_in_cache)"
}

test_a_download_that_fails_leaves_nothing() {
    stand_in_apt
    echo 'echo "E: hash sum mismatch"; exit 100' >"$work/download"
    expect 1 "$bed/kernels" 6.1
    expect_output '*hash sum mismatch*'
    [[ -z $(left_in_cache) ]] || fail "$(left_in_cache)"
}

test_a_package_that_does_not_unpack_leaves_nothing() {
    stand_in_apt
    echo 'echo broken >linux-image_1_all.deb' >"$work/download"
    expect 1 "$bed/kernels" 6.1
    expect_output '*vm: unpack kernel 6.1 in *'
    [[ -z $(left_in_cache) ]] || fail "$(left_in_cache)"
}

interrupted() { # SIGNAL
    cp "$work/download" "$work/whole_download"
    echo 'touch '"$work/begun"'; exec sleep 1000' >"$work/download"
    rm -f "$work/begun"
    python3 "$RXLAB_SOURCE_DIR/testbed/veth/signals.py" take "$bed/kernels" 6.1 >/dev/null 2>&1 &
    eventually 20 test -e "$work/begun"
    kill "-$1" $!
    wait $! || true
    mv "$work/whole_download" "$work/download"
}

test_an_interrupted_fetch_leaves_nothing() {
    local signal
    for signal in INT TERM; do
        stand_in_apt
        interrupted "$signal"
        [[ -z $(left_in_cache) ]] || fail "$signal: $(left_in_cache)"
    done
}

test_what_a_killed_fetch_left_is_no_kernel_and_goes_with_the_next() {
    stand_in_apt
    interrupted KILL
    [[ ! -d $RXLAB_CACHE/kernels/6.1 ]] || fail 'half a kernel'
    expect 0 "$bed/kernels" --missing
    expect_output $'kernel-6.1\nkernel-6.12\nkernel-newest\nkernel-debug'
    expect 0 "$bed/kernels" --missing ci
    expect_output $'kernel-6.1\nkernel-6.12'
    expect 0 "$bed/kernels" 6.1
    [[ $(left_in_cache) == 6.1 ]] || fail "$(left_in_cache)"
}

test_many_callers_at_once_fetch_once() {
    stand_in_apt
    sed -i '1i sleep 1' "$work/download"
    local i pids=()
    for i in 1 2 3 4; do
        "$bed/kernels" 6.1 >"$work/told.$i" 2>/dev/null &
        pids+=("$!")
    done
    for i in "${pids[@]}"; do
        wait "$i"
    done
    [[ $(downloads) == 1 ]] || fail "$(downloads) downloads"
    for i in 1 2 3 4; do
        [[ $(<"$work/told.$i") == "release=$release"* ]] || fail "caller $i: $(<"$work/told.$i")"
    done
}

# A source whose make has the targets that are asked for. OPTIONS are those that it accepts.
kernel_source() { # OPTIONS
    local tree=$work/tree/linux-source-6.12 built=6.12.7-rxlab-debug
    mkdir -p "$tree" "$work/root/usr/src"
    cat >"$tree/Makefile" <<END
allnoconfig:
	grep -E '$1|LOCALVERSION' "\$(KCONFIG_ALLCONFIG)" >.config
bzImage:
	mkdir -p include/config arch/x86/boot && echo $built >include/config/kernel.release
	echo image >arch/x86/boot/bzImage && cp /bin/true vmlinux
modules:
modules_install:
	mkdir -p \$(INSTALL_MOD_PATH)/lib/modules/$built && touch \$(INSTALL_MOD_PATH)/lib/modules/$built/modules.dep
	ln -s /elsewhere \$(INSTALL_MOD_PATH)/lib/modules/$built/build
run-command:
	mkdir -p \$(lastword \$(KBUILD_RUN_COMMAND))
END
    tar -cJf "$work/root/usr/src/linux-source-6.12.tar.xz" -C "$work/tree" linux-source-6.12
    sed -i '/linux-source/d' "$work/index"
    package trixie linux-source-6.12 6.12.7-1 ''
}

debug_kernel_can_be_built() {
    local name
    [[ -e /usr/include/gelf.h ]] || skip 'libelf-dev is not installed'
    stand_in_apt
    # shellcheck disable=SC2016 # when it runs
    for name in flex bison bc ccache; do stand_in "$name" 'exec "$@"'; done
}

test_the_debug_kernel_is_built_once_for_each_configuration() {
    debug_kernel_can_be_built
    kernel_source .
    expect 0 "$bed/kernels" debug
    local folder=$RXLAB_CACHE/kernels/debug
    expect_output "rxlab: building a debug kernel from Debian's linux-source-6.12 *
rxlab: the debug kernel (6.12.7-rxlab-debug) is in $folder
release=6.12.7-rxlab-debug
image=$folder/boot/vmlinuz-6.12.7-rxlab-debug
modules=$folder/lib/modules/6.12.7-rxlab-debug
headers=$folder/usr/src/linux-headers-6.12.7-rxlab-debug"
    [[ $(realpath "$folder/lib/modules/6.12.7-rxlab-debug/build") == "$folder/usr/src/linux-headers-6.12.7-rxlab-debug" ]]
    [[ $(<"$folder/boot/vmlinuz-6.12.7-rxlab-debug") == image && -e $folder/boot/vmlinux-6.12.7-rxlab-debug ]]
    expect 0 "$bed/kernels" debug
    [[ $output != *building* && $(downloads) == 1 && $(left_in_cache | sort | paste -sd ' ') == '.lock-debug debug' ]] ||
        fail "$output, $(left_in_cache)"
    echo '# of another day' >>"$folder/debug.config"
    expect 0 "$bed/kernels" debug
    expect_output '*building*'
}

test_a_source_that_loses_an_option_is_no_debug_kernel() {
    debug_kernel_can_be_built
    kernel_source '_K|_D'
    expect 1 "$bed/kernels" debug
    expect_output '*vm: configure linux-source-6.12: it does not accept: *CONFIG_VMAP_STACK=y *'
    [[ $(left_in_cache) == .lock-debug ]] || fail "$(left_in_cache)"
}

packages
run_claims
