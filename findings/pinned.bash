# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # used there; pinned and libraries are the script's
#
# What the findings share: a temporary folder, exact versions of Debian 12's packages, unpacked there, and wire.py, with
# which they make their input. A script names the software that it is about in `pinned` and the libraries of that
# software in `libraries`, and calls unpack.
set -euo pipefail

tshark_4_0_17=(tshark=4.0.17-0+deb12u3 libwireshark16=4.0.17-0+deb12u3 libwiretap13=4.0.17-0+deb12u3
    libwsutil14=4.0.17-0+deb12u3 libpcap0.8=1.10.3-1)
tshark_libraries=(libbrotli1 libc-ares2 libcom-err2 libdbus-1-3 libglib2.0-0 libicu72 libk5crypto3 libkeyutils1 libkrb5-3
    libkrb5support0 liblua5.2-0 libnghttp2-14 libsmi2ldbl libsnappy1v5 libxml2)
qemu_7_2_22=(qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3 qemu-system-common=1:7.2+dfsg-7+deb12u18+b3)
qemu_libraries=(libaio1 libblkid1 libbpf1 libcapstone4 libdaxctl1 libelf1 libfdt1 libffi8 libfuse3-3 libglib2.0-0 libgmp10
    libgnutls30 libhogweed6 libibverbs1 libidn2-0 libjpeg62-turbo libkmod2 libmount1 libndctl6 libnettle8 libnl-3-200
    libnl-route-3-200 libnuma1 libp11-kit0 libpcre2-8-0 libpixman-1-0 libpmem1 libpng16-16 librdmacm1 libsasl2-2
    libseccomp2 libselinux1 libslirp0 libssl3 libtasn1-6 libunistring2 liburing2 libuuid1 libvdeplug2 libzstd1)
python_3_11_2=(python3.11-minimal=3.11.2-6+deb12u9 libpython3.11-minimal=3.11.2-6+deb12u9
    libpython3.11-stdlib=3.11.2-6+deb12u9)
python_libraries=(libexpat1 libffi8 zlib1g)
PYTHONPATH=$(cd -- "${BASH_SOURCE[0]%/*}" && pwd)
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'echo "CHANGED: a step failed that used to work"' ERR
cd "$tmp"

skip() { printf 'SKIP: %s\n' "$1"; exit 77; }
changed() { printf 'CHANGED: %s\n' "$1"; exit 1; }
# run NAME ARGS...: prints the command, then runs the unpacked program with its unpacked libraries.
run() {
    printf '$ %s\n' "$*"
    HOME=$tmp LC_ALL=C TZ=UTC LD_LIBRARY_PATH=$libs "$tmp/root/usr/bin/$1" "${@:2}" 2>&1
}
# Takes the libraries as Debian 12 has them today, because security updates remove exact versions.
unpack() {
    local deb
    command -v python3 >/dev/null || skip "python3 is needed to make the input"
    apt-get download -o APT::Sandbox::User=root "${pinned[@]}" "${libraries[@]}" >apt.log 2>&1 ||
        skip "not on the Debian mirror any more: ${pinned[*]}"
    for deb in ./*.deb; do
        dpkg -x "$deb" root
    done
    libs=$(find "$tmp/root" -type d -name '*-linux-gnu' | paste -sd:)
}
# python FILE: runs it with the unpacked Python.
python() { PYTHONHOME=$tmp/root/usr LD_LIBRARY_PATH=$libs "$tmp/root/usr/bin/python3.11" "$@"; }
# Runs try.py with the unpacked QEMU as its argument; its last line on standard error says what has changed.
try_with_qemu() {
    QEMU_MODULE_DIR=$(find "$tmp/root" -name accel-tcg-x86_64.so -printf %h)
    export libs QEMU_MODULE_DIR
    python3 -u try.py "$tmp/root/usr/bin/qemu-system-x86_64" 2>why || changed "$(tail -n 1 why)"
}
# needs_namespace OPTION: skips where `unshare OPTION` makes no network namespace.
needs_namespace() {
    command -v ip >/dev/null || skip "needs iproute2"
    unshare "$1" true 2>/dev/null || skip "network namespaces are not to be had here"
}
# try_in_namespace OPTION LACK: runs try.sh there, which may call python; its output is in `seen`. If it ends with status
# 77, the kernel lacks something: LACK says what.
try_in_namespace() {
    local status=0
    uname -r
    export tmp libs
    export -f python
    unshare "$1" bash try.sh >seen || status=$?
    cat seen
    ((status != 77)) || skip "$2"
    ((status == 0)) || changed "the calls fail now"
}
