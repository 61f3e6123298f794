#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fetching kernels, from a stand-in for apt that has small packages of the same make.
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
release=6.1.0-9-amd64

package() { # NAME: its content is in $work/root
    mkdir -p "$work/root/DEBIAN" "$work/packages"
    printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' "$1" \
        >"$work/root/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$work/root" "$work/packages/$1_1_all.deb" >/dev/null
    rm -r "$work/root"
}

# A compressed kernel as Documentation/arch/x86/boot.rst has it: setup_sects, payload_offset and payload_length, and
# behind the header the payload, which ends with its size.
image() {
    printf '\177ELF and so on' >"$work/vmlinux"
    perl -0777 -e 'my $xz = qx(xz -c $ARGV[0]) . pack("V", -s $ARGV[0]);
        print "\0" x 497, "\1", "\0" x 86, pack("VV", 7, length $xz), "\0" x 432, "padding", $xz' "$work/vmlinux"
}

packages() {
    mkdir -p "$work/root/boot" "$work/root/lib/modules/$release/kernel"
    image >"$work/root/boot/vmlinuz-$release"
    : >"$work/root/lib/modules/$release/modules.order"
    : >"$work/root/lib/modules/$release/modules.builtin"
    : >"$work/root/lib/modules/$release/modules.builtin.modinfo"
    ln -s "/usr/src/linux-headers-$release" "$work/root/lib/modules/$release/build"
    ln -s "/usr/src/linux-headers-6.1.0-9-common" "$work/root/lib/modules/$release/source"
    package "linux-image-$release"
    mkdir -p "$work/root/usr/src/linux-headers-$release"
    echo "include /usr/src/linux-headers-6.1.0-9-common/Makefile" >"$work/root/usr/src/linux-headers-$release/Makefile"
    package "linux-headers-$release"
    mkdir -p "$work/root/usr/src/linux-headers-6.1.0-9-common"
    printf 'all:\n\t@echo built in %s\n' "\$(abspath \$(dir \$(lastword \$(MAKEFILE_LIST))))" \
        >"$work/root/usr/src/linux-headers-6.1.0-9-common/Makefile"
    package linux-headers-6.1.0-9-common
    mkdir -p "$work/root/usr/lib/linux-kbuild-6.1"
    package linux-kbuild-6.1
}

# Its word for downloading is in $work/download; what it was asked to do in $work/log.
stand_in_apt() {
    stand_in apt-get 'echo "$*" >>'"$work/log"'
        case $* in
            *indextargets*) echo "Packages bookworm http://mirror.example/debian/" ;;
            update*) . '"$work/update"' ;;
            download*) . '"$work/download"' ;;
        esac'
    stand_in apt-cache "case \${!#} in
        linux-image-amd64) echo 'Depends: linux-image-$release (= 1)' ;;
        linux-headers-amd64) echo 'Depends: linux-headers-$release (= 1)' ;;
        linux-headers-$release) echo 'Depends: linux-headers-6.1.0-9-common (= 1), linux-kbuild-6.1 (>= 1), gcc-12' ;;
    esac
    echo 'Size: 1000000'"
    stand_in apt-config 'echo "Acquire::http::Proxy \"http://proxy.example\";"; echo "APT::Update::Post-Invoke:: \"touch '"$work/hook"'\";"'
    true >"$work/update"
    echo 'shift 3; for name in "$@"; do cp '"$work"'/packages/"$name"_1_all.deb .; done' >"$work/download"
    : >"$work/log"
    rm -rf "$RXLAB_CACHE/kernels"
    unset RXLAB_DEBIAN_MIRROR
    PATH=$work/bin:$PATH
}

left_in_cache() { find "$RXLAB_CACHE/kernels" -mindepth 1 -maxdepth 1 ! -name '.lock-*' -printf '%f\n' 2>/dev/null; }
downloads() { grep -c '^download' "$work/log"; }

test_a_kernel_is_fetched_unpacked_and_told() {
    stand_in_apt
    expect 0 "$bed/kernels" 6.1
    local folder=$RXLAB_CACHE/kernels/6.1
    expect_output "rxlab: fetching linux-image-$release and its headers from http://mirror.example/debian/ bookworm (?*MB)
rxlab: kernel 6.1 ($release) is in $folder
release=$release
image=$folder/boot/vmlinuz-$release
modules=$folder/lib/modules/$release
headers=$folder/usr/src/linux-headers-$release"
    cmp "$work/vmlinux" "$folder/boot/vmlinux-$release"
    [[ -e $folder/lib/modules/$release/modules.dep && $(left_in_cache) == 6.1 ]] || fail "$(find "$folder")"
}

test_its_headers_work_from_wherever_they_are() {
    stand_in_apt
    expect 0 "$bed/kernels" 6.1
    mv "$RXLAB_CACHE/kernels/6.1" "$work/elsewhere"
    expect 0 make -s -C "$work/elsewhere/lib/modules/$release/build/"
    rm -r "$work/elsewhere"
    expect_output "built in $work/elsewhere/usr/src/linux-headers-6.1.0-9-common"
}

test_what_is_there_needs_no_network() {
    stand_in_apt
    expect 0 "$bed/kernels" 6.1
    stand_in apt-get 'exit 1'
    expect 0 "$bed/kernels" 6.1
    expect_output "release=$release*"
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
    expect_output 'deb ?arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg? http://mirror.example/debian/ bookworm main'
}

test_without_a_network_one_line_names_the_remedy_and_nothing_is_left() {
    stand_in_apt
    echo 'echo "W: Failed to fetch http://mirror.example/debian: no route to host"' >"$work/update"
    expect 1 "$bed/kernels" 6.1
    expect_output 'vm: fetch kernel 6.1 from http://mirror.example/debian/: Failed to fetch *: no route to host (connect *, set RXLAB_DEBIAN_MIRROR=URL, or copy */kernels/6.1 from another machine)'
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
    perl "$RXLAB_SOURCE_DIR/testbed/veth/signals.pl" take "$bed/kernels" 6.1 >/dev/null 2>&1 &
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

packages
run_claims
