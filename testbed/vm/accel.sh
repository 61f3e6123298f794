# shellcheck shell=bash disable=SC2154,SC2034 # variables of vm
# SPDX-License-Identifier: MIT
#
# KVM or TCG. On some machines /dev/kvm exists and hangs any guest, so only a guest that has booted proves that KVM
# works. The answer is remembered for this kernel, this QEMU and this boot of the machine.

kvm_device=${RXLAB_KVM_DEVICE:-/dev/kvm} # another one for tests
kvm_seconds=4 # from QEMU's start to the guest's first program; a second is usual

answer_file() {
    printf '%s/accel/%s-%s-%s' "$cache_dir" "$release" "$(cat /proc/sys/kernel/random/boot_id)" \
        "$(qemu-system-x86_64 --version | cksum | cut -d' ' -f1)"
}

kvm_boots() (
    accel=kvm timeout_s=$kvm_seconds words=(true) shares=() nics=() devices=() slots=() iommu='' dmesg='' qemu_pid='' heard=''
    console=/dev/null
    trap stop_qemu EXIT
    start_qemu '' </dev/null >/dev/null 2>&1
    await alive $((SECONDS + kvm_seconds + 1))
)

probe_kvm() {
    local file
    file=$(answer_file)
    make_cache_dir "$cache_dir/accel"
    accel=tcg
    if [[ -r $kvm_device && -w $kvm_device ]] && kvm_boots; then
        accel=kvm
    fi
    printf '%s\n' "$accel" >"$file.$$" && mv -- "$file.$$" "$file"
}

choose_accel() {
    [[ $accel == auto ]] || return 0
    accel=$(cat -- "$(answer_file)" 2>/dev/null)
    [[ $accel == kvm || $accel == tcg ]] || probe_kvm
}

probe() {
    parse "$@"
    find_kernel
    probe_kvm
    echo "kernel $release: $accel"
}

status() {
    local file boot
    need_program qemu-system-x86_64 qemu-system-x86
    boot=$(cat /proc/sys/kernel/random/boot_id)
    qemu-system-x86_64 --version | head -n 1
    if [[ ! -e $kvm_device ]]; then
        echo "KVM: no $kvm_device"
    elif [[ ! -r $kvm_device || ! -w $kvm_device ]]; then
        echo "KVM: $kvm_device is not ours to use (group kvm)"
    else
        echo "KVM: $kvm_device is there; whether guests boot with it is tried once for each kernel"
    fi
    for file in "$cache_dir/accel/"*"-$boot-"*; do
        [[ ! -r $file ]] || printf 'tried: %s with %s\n' "$(basename -- "${file%-"$boot"-*}")" "$(<"$file")"
    done
    "$here/kernels" --list | sed 's/^/kernel /'
}
