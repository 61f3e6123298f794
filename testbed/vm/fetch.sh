# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# SPDX-License-Identifier: MIT
#
# Fetching a kernel for `kernels`: apt downloads and checks, in folders of our own, as any user; nothing is
# installed, and neither the machine's package lists nor its settings are touched.

declare -A suite_of=([6.1]=bookworm [6.12]=bookworm-backports)

# The Debian mirror of the machine's own sources; Debian's own where there is none (or no bookworm).
find_mirror() { # in mirror
    local uri=''
    # shellcheck disable=SC2016 # apt's variables
    uri=$(apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(REPO_URI)' 2>/dev/null |
        sed -n 's/^Packages bookworm //p' | head -n 1)
    mirror=${RXLAB_DEBIAN_MIRROR:-${uri:-http://deb.debian.org/debian}}
}

# A configuration for apt that keeps the machine's way to the network (proxies, certificates) and takes
# nothing else: its hooks would run, and its lists be replaced.
write_apt_conf() { # FOLDER SUITE
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [[ -r $keyring ]] || die "read $keyring: missing; apt-get install debian-archive-keyring"
    mkdir -p -- "$1"/{lists,archives}/partial "$1/none" || return
    printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$2" >"$1/sources.list"
    {
        apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
        cat <<END
Dir::State "$1";
Dir::State::lists "lists";
Dir::Cache "$1";
Dir::Cache::archives "archives";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "$1/none";
Dir::Etc::parts "$1/none";
Dir::Etc::preferencesparts "$1/none";
Dir::Etc::main "$1/none/apt.conf";
Dir::Etc::preferences "$1/none/preferences";
APT::Architecture "amd64";
APT::Sandbox::User "root"; # _apt may not enter this folder
Acquire::Languages "none";
END
    } >"$1/apt.conf"
}

# The packages that PACKAGE depends on and that belong to the kernel, one a line.
kernel_dependencies() { # PACKAGE
    apt-cache show --no-all-versions -- "$1" | sed -n 's/^Depends: //p' | tr ',|' '\n' |
        sed -n -E 's/^ *(linux-(headers|kbuild|image)-[^ ]+).*/\1/p' | grep -v -e '-unsigned$'
}

packages_of_newest() {
    local headers image
    image=$(kernel_dependencies linux-image-amd64) && headers=$(kernel_dependencies linux-headers-amd64) || return
    printf '%s\n' "$image" "$headers"
    kernel_dependencies "$headers" | grep -Fvx -- "$image"
}

# A signal to us waits for no child; the child ends with us.
apt_get() { # WORD…
    setpriv --pdeathsig TERM apt-get "$@" &
    wait $!
}

# apt-get download verifies what it fetches against the signed lists.
download() { # FOLDER SUITE: leaves .deb files in FOLDER/archives
    local apt=$1 packages megabytes before=$PWD status=0
    local -x APT_CONFIG=$apt/apt.conf
    apt_get update -q >"$apt/log" 2>&1 && ! grep -q '^[EW]: .*Failed to fetch' "$apt/log" || return
    mapfile -t packages < <(packages_of_newest)
    ((${#packages[@]} >= 3)) || return
    megabytes=$(apt-cache show --no-all-versions -- "${packages[@]}" |
        sed -n 's/^Size: //p' | awk '{ n += $1 } END { printf "%d", n / 1e6 }')
    cd -- "$apt/archives" || return # where apt-get download writes
    echo "rxlab: fetching ${packages[0]} and its headers from $mirror $2 ($megabytes MB)"
    if [[ -t 1 ]]; then
        apt_get download -- "${packages[@]}" || status=$? # shows how far it is
    else
        apt_get download -q -- "${packages[@]}" >>"$apt/log" 2>&1 || status=$?
    fi
    cd -- "$before" && return "$status"
}

# Headers name each other by absolute paths; relative ones work from wherever the folder is.
relocate() { # ROOT RELEASE
    local headers=$1/usr/src/linux-headers-$2
    # shellcheck disable=SC2016 # for make
    sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' "$headers/Makefile" &&
        ln -sfn "../../../usr/src/linux-headers-$2" "$1/lib/modules/$2/build" &&
        ln -sfn "../../../usr/src/$(basename -- "$(readlink -- "$1/lib/modules/$2/source")")" "$1/lib/modules/$2/source"
}

# The kernel within a compressed image, which QEMU starts by the PVH protocol: Documentation/arch/x86/boot.rst,
# setup_sects, payload_offset and payload_length. The payload ends with its size, which is no part of the stream.
extract_vmlinux() { # IMAGE FILE: best effort
    local setup_sectors offset bytes
    setup_sectors=$(od -An -tu1 -j497 -N1 "$1")
    offset=$(od -An -tu4 -j584 -N4 "$1")
    bytes=$(od -An -tu4 -j588 -N4 "$1")
    tail -c "+$(((setup_sectors + 1) * 512 + offset + 1))" "$1" | head -c "$bytes" >"$2.packed"
    { xz --single-stream -dc "$2.packed" >"$2" || zstd -dcq "$2.packed" >"$2"; } 2>/dev/null
    rm -f -- "$2.packed"
    [[ $(head -c 4 "$2" | tail -c 3) == ELF ]] || rm -f -- "$2"
}

unpack() { # ARCHIVES ROOT
    local deb release
    for deb in "$1"/*.deb; do
        dpkg-deb -x "$deb" "$2" || return
    done
    release=$(cd -- "$2/lib/modules" && ls) && [[ -r $2/boot/vmlinuz-$release ]] || return
    # With a vmlinux, kbuild wants pahole, to write type information that nothing here reads.
    rm -rf -- "${2:?}/usr/share" "$2/usr/src/linux-headers-$release/vmlinux"
    extract_vmlinux "$2/boot/vmlinuz-$release" "$2/boot/vmlinux-$release"
    relocate "$2" "$release" && depmod -b "$2" "$release" && printf '%s\n' "$release" >"$2/release"
}

# Under a lock, into a folder beside the final one, renamed when complete. What an interrupted fetch left is
# removed by the next.
fetch_kernel() { # SERIES
    local name=$1 suite=${suite_of[$1]} new=$kernels_dir/.new-$1 mirror
    need_program apt-get apt
    need_program dpkg-deb dpkg
    need_program depmod kmod
    need_program flock util-linux
    need_program setpriv util-linux
    need_program xz xz-utils
    need_program zstd zstd
    make_cache_dir "$kernels_dir"
    exec 9>"$kernels_dir/.lock-$name" || die "write $kernels_dir/.lock-$name: see above"
    flock 9 || die "lock $kernels_dir/.lock-$name: see above"
    [[ ! -d $kernels_dir/$name ]] || return 0 # another caller was first
    rm -rf -- "$new"
    find_mirror
    trap 'rm -rf -- "$kernels_dir/.new-'"$name"'"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    { mkdir -p -- "$new/root" && write_apt_conf "$new/apt" "$suite"; } || die "write $new: see above"
    download "$new/apt" "$suite" ||
        die "fetch kernel $name from $mirror: $(sed -n -E 's/^[EW]: //p' "$new/apt/log" | head -n 1)" \
            "(connect this machine to the network once, set RXLAB_DEBIAN_MIRROR=URL, or copy $kernels_dir/$name" \
            "from another machine)"
    unpack "$new/apt/archives" "$new/root" || die "unpack kernel $name in $new: see above; is the disk full?"
    mv -T -- "$new/root" "$kernels_dir/$name" || die "rename $new/root: see above"
    echo "rxlab: kernel $name ($(<"$kernels_dir/$name/release")) is in $kernels_dir/$name"
    rm -rf -- "$new"
    exec 9>&-
    trap - EXIT INT HUP TERM
}
