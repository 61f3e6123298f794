#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux 6.1.176 (Debian 12), open() of a character device. A guest of QEMU 7.2.22 runs it, with busybox 1.35.
# One would guess: a node in the file system whose driver has been unloaded, or never was there, leads nowhere, and open()
# fails with ENXIO at once and with no other effect.
# What happens: open() first has the kernel run /proc/sys/kernel/modprobe as root for char-major-MAJOR-MINOR and, if that
# fails, for char-major-MAJOR, waits for it, and looks the number up again. If a module has brought the number in
# the meantime, the same open() succeeds: a program that opens an old node loads the driver again which somebody has
# just taken out. If none has, open() takes as long as the two processes do.
# Seen: 240:0 asks for char-major-240-0 and char-major-240, then "No such device or address"; 203:0 with a helper that
# loads cpuid asks for char-major-203-0, and open() succeeds.
# Source: base_probe() in fs/char_dev.c, kobj_lookup() in drivers/base/map.c; Documentation/admin-guide/sysctl/kernel.rst
# ("modprobe"), which gives no list of who asks.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

release=6.1.0-50-cloud-amd64
pinned=("linux-image-$release=6.1.176-1" busybox-static=1:1.35.0-4+deb12u1+b1 seabios=1.16.2-1
    qemu-system-data=1:7.2+dfsg-7+deb12u18 "${qemu_7_2_22[@]}")
libraries=("${qemu_libraries[@]}")
unpack

mkdir guest
cp "root/bin/busybox" "root/lib/modules/$release/kernel/arch/x86/kernel/cpuid.ko" guest
cat >guest/helper <<'SH'
#!/busybox sh
echo "  the kernel runs the helper with: $*" >/dev/ttyS0
case $* in
*char-major-203-*) exec /busybox insmod /cpuid.ko ;;
*) exit 1 ;; # as modprobe does when it knows no such module
esac
SH
cat >guest/init <<'SH'
#!/busybox sh
/busybox mkdir /proc /dev
/busybox mount -t proc proc /proc
/busybox mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
echo /helper >/proc/sys/kernel/modprobe
for number in 240 203; do
    /busybox mknod /node$number c $number 0
    echo "open of $number:0"
    # In a shell of its own, which a failed redirection ends.
    /busybox sh -c ": </node$number && echo '  succeeds'"
done
/busybox poweroff -f
SH
chmod +x guest/helper guest/init
# The kernel takes an archive in cpio's "newc" format.
python3 - <<'PY'
import os

with open("guest.cpio", "wb") as archive:
    def add(name, mode, content):
        fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        archive.write(head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))

    for name in sorted(os.listdir("guest")):
        with open(f"guest/{name}", "rb") as file:
            add(name, 0o100755, file.read())
    add("TRAILER!!!", 0, b"")
PY
QEMU_MODULE_DIR=$(find "$tmp/root" -name accel-tcg-x86_64.so -printf %h)
export QEMU_MODULE_DIR
LD_LIBRARY_PATH=$libs timeout 120 "$tmp/root/usr/bin/qemu-system-x86_64" -L root/usr/share/seabios -L root/usr/share/qemu \
    -accel tcg -m 256 -nodefaults -display none -no-reboot -serial file:seen -kernel "root/boot/vmlinuz-$release" \
    -initrd guest.cpio -append 'quiet panic=-1' 2>why || changed "the guest does not run: $(tail -n 1 why)"
tr -d '\r' <seen >lines
cat lines
asked() { grep -c "helper with: -q -- char-major-$1\$" lines; }
[[ $(asked 240-0) == 1 && $(asked 240) == 1 ]] || changed "the kernel does not ask for a module with the number 240 now"
grep -q "node240: No such device or address" lines || changed "another error for a number that nobody has now"
[[ $(asked 203-0) == 1 ]] || changed "the kernel does not ask for a module with the number 203 now"
grep -A 3 'open of 203' lines | grep -q succeeds || changed "open() does not look again now"
