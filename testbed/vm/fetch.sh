# shellcheck shell=bash disable=SC2154 # variables of cache.sh
# SPDX-License-Identifier: MIT
#
# Fetching a kernel for `kernels`: apt downloads and checks (archive.sh); what it fetched is unpacked, and made to work from
# where it is, with the compiler and the C library of this machine. Nothing is installed.

# VERSION-qualified packages of a kernel, one a line: the image, the headers, and what these depend on that is the
# kernel's own. Since 7.0 the image package is empty, and its content is in linux-binary-, -modules- and -base-….
packages_of() { # VERSION RELEASE
    local seen=' ' wanted=("linux-image-$2=$1" "linux-headers-$2=$1") package more
    while ((${#wanted[@]} > 0)); do
        package=${wanted[0]}
        wanted=("${wanted[@]:1}")
        [[ $seen != *" ${package%%=*} "* ]] || continue
        seen+="${package%%=*} "
        printf '%s\n' "$package"
        mapfile -t more < <(kernel_dependencies "$package")
        wanted+=("${more[@]}")
    done
}

kernel_dependencies() { # PACKAGE[=VERSION]
    apt-cache show --no-all-versions -- "$1" | sed -n 's/^Depends: //p' | tr ',|' '\n' |
        sed -n -E 's/^ *(linux-(image|binary|modules|base|headers|kbuild)-[^ ]+)( \(= ([^)]+)\))?.*/\1=\4/p' |
        sed 's/=$//' | grep -v -e '-unsigned\(=\|$\)'
}

# What PACKAGES need to run, of libraries.
libraries_of() { # PACKAGE…
    local seen=' ' wanted=("$@") package more
    while ((${#wanted[@]} > 0)); do
        package=${wanted[0]}
        wanted=("${wanted[@]:1}")
        [[ $seen != *" $package "* ]] || continue
        seen+="$package "
        [[ $package != libc-* ]] || continue # for other character sets
        [[ $package != lib* && $package != zlib* ]] || printf '%s\n' "$package"
        mapfile -t more < <(apt-cache show --no-all-versions -- "$package" | sed -n 's/^Depends: //p' | tr ',' '\n' |
            sed -n -E 's/^ *((lib|zlib)[^ |:]+).*/\1/p')
        wanted+=("${more[@]}")
    done
}

# apt-get download verifies what it fetches against the signed lists.
download() { # FOLDER PACKAGE…: leaves .deb files in FOLDER
    local before=$PWD status=0 log=${APT_CONFIG%/*}/log
    mkdir -p -- "$1" && cd -- "$1" || return # where apt-get download writes
    shift
    if [[ -t 1 ]]; then
        apt_get download -- "$@" || status=$? # shows how far it is
    else
        apt_get download -q -- "$@" >>"$log" 2>&1 || status=$?
    fi
    cd -- "$before" && return "$status"
}

megabytes_of() { # PACKAGE…
    apt-cache show --no-all-versions -- "$@" | sed -n 's/^Size: //p' | awk '{ n += $1 } END { printf "%d", n / 1e6 + 0.5 }'
}

# Headers name each other by absolute paths; relative ones work from wherever the folder is.
relocate() { # ROOT RELEASE
    local headers=$1/usr/src/linux-headers-$2 name
    # shellcheck disable=SC2016 # for make
    sed -i -e 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' \
        -e 's|^KBUILD_OUTPUT *:*= */usr/src/.*|KBUILD_OUTPUT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))|' \
        "$headers/Makefile" || return
    for name in build source; do
        ln -sfnr -- "$1/usr/src/$(basename -- "$(readlink -- "$1/lib/modules/$2/$name")")" "$1/lib/modules/$2/$name" || return
    done
}

# Headers ask for the compiler that built their kernel. Where it is not installed, the machine's own compiles modules,
# without the option that an older one does not know, and without warnings of attributes in headers that it does not know
# either. Make finds out each time: compilers come and go.
fit_compiler() { # HEADERS
    local compiler
    compiler=$(sed -n 's/^CC *=.*\(gcc-[0-9][0-9]*\).*/\1/p' "$1/.kernelvariables" 2>/dev/null)
    [[ -n $compiler ]] || return 0
    cat >>"$1/.kernelvariables" <<END

# rxlab: $compiler built this kernel; without it, gcc compiles its modules.
ifeq (\$(shell command -v \$(CROSS_COMPILE)$compiler 2>/dev/null),)
CC = \$(CROSS_COMPILE)gcc
override CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT := \$(shell \$(CROSS_COMPILE)gcc -fmin-function-alignment=16 \\
    -E -x c /dev/null >/dev/null 2>&1 && echo y)
override KCFLAGS += -Wno-attributes
endif
END
}

# Programs of the headers that were built with a newer C library than this machine's: they run with their own.
fit_tools() { # ROOT FOLDER
    local program misfits=() libraries=$1/usr/lib/rxlab-libraries packages path deb
    while read -r program; do
        [[ $(ldd "$program" 2>&1) != *'not found'* ]] || misfits+=("$program")
    done < <(find "$1"/usr/lib/linux-kbuild-* -type f -perm -u+x)
    ((${#misfits[@]} > 0)) || return 0
    mapfile -t packages < <(libraries_of "$(cd -- "$1/usr/lib" && echo linux-kbuild-*)")
    echo "rxlab: its tools ask for a newer C library than this machine's: fetching ${packages[*]}"
    download "$2" "${packages[@]}" || return
    mkdir -p -- "$libraries" || return
    for deb in "$2"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$libraries" --wildcards --exclude '*/gconv/*' \
            --transform 's|.*/||' './*/x86_64-linux-gnu/*.so*' || return
    done
    for program in "${misfits[@]}"; do
        path=$(realpath --relative-to="${program%/*}" -- "$libraries")
        mv -- "$program" "$program.program" && cat >"$program" <<END && chmod 755 "$program" || return
#!/bin/sh
here=\${0%/*}
exec "\$here/$path/ld-linux-x86-64.so.2" --library-path "\$here/$path" "\$here/${program##*/}.program" "\$@"
END
    done
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

unpack() { # ARCHIVES ROOT RELEASE
    local deb release=$3
    for deb in "$1"/*.deb; do
        dpkg-deb -x "$deb" "$2" || return
    done
    # Newer packages have everything in usr, the image beside the modules.
    [[ -d $2/lib ]] || ln -s usr/lib "$2/lib" || return
    if [[ ! -e $2/boot/vmlinuz-$release ]]; then
        mkdir -p -- "$2/boot" && mv -- "$2/lib/modules/$release/vmlinuz" "$2/boot/vmlinuz-$release" || return
    fi
    # With a vmlinux, kbuild wants pahole, to write type information that nothing here reads.
    rm -rf -- "${2:?}/usr/share" "$2/usr/src/linux-headers-$release/vmlinux"
    extract_vmlinux "$2/boot/vmlinuz-$release" "$2/boot/vmlinux-$release"
    relocate "$2" "$release" && fit_compiler "$2/usr/src/linux-headers-$release" && fit_tools "$2" "$1.libraries" &&
        depmod -b "$2" "$release" && printf '%s\n' "$release" >"$2/release"
}

# The folder in the cache that holds this release under another name.
same_release() { # RELEASE
    local folder
    for folder in "$kernels_dir"/*/; do
        [[ -r $folder/release && $(<"$folder/release") == "$1" ]] || continue
        printf '%s' "${folder%/}"
        return
    done
}

find_in_archive() { # NAME: in version, release, suite
    local chosen suites kernels
    read -ra suites <<<"$(suites_of "$1")"
    open_archive "$new/apt" "${suites[@]}" ||
        die "fetch kernel $1 from $mirror: $(apt_error "$new/apt")" \
            "(connect this machine to the network once, set RXLAB_DEBIAN_MIRROR=URL, or copy $kernels_dir/$1" \
            "from another machine)"
    kernels=$(offered)
    chosen=$(choose "$1" <<<"$kernels")
    [[ -n $chosen ]] ||
        die "find kernel $1: $mirror has $(series <<<"$kernels"), each in several versions;" \
            'see: testbed/vm/kernels --available'
    read -r version release suite <<<"$chosen"
}

# "6.1, 6.12, 7.3": of lines that begin with a version.
series() { grep -o '^[0-9]*\.[0-9]*' | sort -uV | paste -sd , | sed 's/,/, /g'; }

# Under a lock, into a folder beside the final one, renamed when complete. What an interrupted fetch left is
# removed by the next.
fetch_kernel() { # NAME
    local name=$1 new=$kernels_dir/.new-$1 mirror security version release suite packages same
    need_fetch_programs
    make_cache_dir "$kernels_dir"
    exec 9>"$kernels_dir/.lock" || die "write $kernels_dir/.lock: see above"
    flock 9 || die "lock $kernels_dir/.lock: see above"
    [[ ! -d $kernels_dir/$name ]] || return 0 # another caller was first
    rm -rf -- "$new"
    find_mirror
    trap 'rm -rf -- "$kernels_dir/.new-'"$name"'"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    mkdir -p -- "$new/root" || die "write $new: see above"
    find_in_archive "$name"
    same=$(same_release "$release")
    if [[ -n $same ]]; then
        echo "rxlab: kernel $name is $release, which is in $same"
        cp -al -- "$same/." "$new/root" || die "link $same to $new/root: see above"
    else
        mapfile -t packages < <(packages_of "$version" "$release")
        echo "rxlab: fetching kernel $release and its headers from $mirror $suite ($(megabytes_of "${packages[@]}") MB)"
        download "$new/archives" "${packages[@]}" ||
            die "fetch kernel $name from $mirror: $(apt_error "$new/apt") (try again, or set RXLAB_DEBIAN_MIRROR=URL)"
        unpack "$new/archives" "$new/root" "$release" || die "unpack kernel $name in $new: see above; is the disk full?"
    fi
    mv -T -- "$new/root" "$kernels_dir/$name" || die "rename $new/root: see above"
    echo "rxlab: kernel $name ($release) is in $kernels_dir/$name"
    rm -rf -- "$new"
    exec 9>&-
    trap - EXIT INT HUP TERM
}

# VERSION RELEASE SUITE of everything that can be fetched.
# shellcheck disable=SC2034 # find_mirror and write_apt_conf use them
available() {
    local folder mirror security suites
    need_fetch_programs
    folder=$(mktemp -d) || die 'make a folder for an index: see above'
    # shellcheck disable=SC2064 # this folder
    trap "rm -rf -- '$folder'" EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    find_mirror
    read -ra suites <<<"$(suites_of any)"
    open_archive "$folder" "${suites[@]}" || die "read the index of $mirror: $(apt_error "$folder") (set RXLAB_DEBIAN_MIRROR=URL)"
    offered | awk '{ printf "%-22s %-26s %s\n", $1, $2, $3 }'
}

need_fetch_programs() {
    need_program apt-get apt
    need_program dpkg-deb dpkg
    need_program depmod kmod
    need_program flock util-linux
    need_program setpriv util-linux
    need_program xz xz-utils
    need_program zstd zstd
}
