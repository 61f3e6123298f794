# shellcheck shell=bash disable=SC2154 # variables of cache.sh and vm
# SPDX-License-Identifier: MIT
#
# The initial RAM disk: busybox, the modules that a bare kernel needs for the host's file system, and guest/*. It is
# made once for each kernel and each state of those files, in less than a second.

initramfs_modules=(virtio_pci virtio_console qemu_fw_cfg 9pnet_virtio 9p overlay)

# Paths of the module files in the order in which they must be loaded; built-in ones have none.
module_files() { # MODULES RELEASE
    local name
    for name in "${initramfs_modules[@]}"; do
        modprobe -d "${1%/lib/modules/*}" -S "$2" --show-depends "$name" || return
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

unpacked() { # FILE
    case $1 in
        *.xz) xz -dc -- "$1" ;;
        *.gz) gzip -dc -- "$1" ;;
        *.zst) zstd -dcq -- "$1" ;;
        *) cat -- "$1" ;;
    esac
}

make_initramfs() { # FILE MODULES RELEASE
    local file=$1 modules=$2 release=$3 root list name
    list=$(module_files "$modules" "$release") || die "find the modules ${initramfs_modules[*]} in $modules: see above"
    root=$(mktemp -d -- "$file.XXXXXX") || die "write $cache_dir: see above"
    mkdir -- "$root/bin" "$root/lib"
    cp -- "$(command -v busybox)" "$root/bin/busybox"
    cp -- "$here/guest/"* "$root"
    while read -r name; do
        [[ -n $name ]] || continue
        unpacked "$name" >"$root/lib/$(basename -- "${name%.ko*}").ko" || die "unpack $name: see above"
        printf '/lib/%s.ko\n' "$(basename -- "${name%.ko*}")"
    done <<<"$list" >"$root/modules"
    chmod 755 "$root/init"
    { (cd -- "$root" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null) >"$file.$$" &&
        mv -- "$file.$$" "$file"; } || die "write $file: see above"
    rm -rf -- "$root"
}

# Sets `initramfs` to the file for this kernel.
find_initramfs() { # MODULES RELEASE
    local key
    need_program busybox busybox-static
    need_program modprobe kmod
    key=$({ printf '%s\n' "$1" "$2" "${initramfs_modules[@]}"; cat -- "$here"/guest/* "$here/initramfs.sh" \
        "$(command -v busybox)" "$1/modules.dep"; } | sha256sum | cut -c1-16)
    initramfs=$cache_dir/initramfs/$2-$key.cpio
    [[ ! -s $initramfs ]] || return 0
    make_cache_dir "$cache_dir/initramfs"
    find "$cache_dir/initramfs" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf -- {} + # outdated or left behind
    make_initramfs "$initramfs" "$1" "$2"
}
