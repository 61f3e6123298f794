# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sysroot is report.sh's
#
# The kernel and what it allows: modules, virtual machines, namespaces.

kernel_release() { first_line /proc/sys/kernel/osrelease; }

check_kernel() {
    local release command_line
    release=$(kernel_release) || release=unknown
    command_line=$(first_line /proc/cmdline | wc -w)
    finding ok kernel "$release, $command_line boot options"
}

check_headers() {
    local release build
    release=$(kernel_release)
    build=/lib/modules/$release/build
    if exists "$build/Makefile"; then
        finding ok headers "$build"
    elif ! exists /proc/modules; then
        finding note headers "none for $release, and this kernel loads no modules" \
            "chardev: build and load it for a guest instead: ./rxlab vm test"
    else
        finding note headers "none for $release" "chardev: building it for this kernel; the guests have their own" \
            "apt-get install linux-headers-$release" "apt-get remove linux-headers-$release"
    fi
}

check_modules() {
    if ! exists /proc/modules; then
        finding lacks modules "this kernel was built without loadable modules" \
            "chardev: loading on this host; nic: vfio-pci" "use a guest: ./rxlab vm shell; or boot a distribution kernel"
    elif [[ $(first_line /proc/sys/kernel/modules_disabled) == 1 ]]; then
        finding lacks modules "loading is switched off until the next boot (kernel.modules_disabled=1)" \
            "chardev: loading on this host; nic: vfio-pci" "reboot without that sysctl"
    else
        finding ok modules "loadable, $(wc -l <"$sysroot/proc/modules") loaded"
    fi
}

# The efivarfs file has four bytes of attributes, then 1 for on (UEFI specification, 3.3).
secure_boot() {
    local file
    file=$(matching '/sys/firmware/efi/efivars/SecureBoot-*' | head -n 1)
    [[ -n $file && $(od -An -t u1 -j 4 -N 1 -- "$sysroot$file" 2>/dev/null) =~ 1 ]]
}

check_secure_boot() {
    local lockdown
    lockdown=$(chosen /sys/kernel/security/lockdown) || lockdown=none
    if [[ $(first_line /sys/module/module/parameters/sig_enforce) == Y || $lockdown != none ]]; then
        finding lacks secure-boot "only signed modules load (lockdown: $lockdown)" "chardev: on this host it is refused" \
            "use a guest: ./rxlab vm test; or enrol a key: mokutil --import; or switch Secure Boot off in the firmware" \
            "undo it in the same place"
    elif secure_boot; then
        finding note secure-boot "on; this kernel loads unsigned modules all the same"
    else
        finding ok secure-boot "off or not there; unsigned modules load if modules load at all"
    fi
}

check_kvm() {
    if ! exists /dev/kvm; then
        finding note kvm "no /dev/kvm" "vm: guests run under TCG, correct but slow" \
            "switch virtualization on in the firmware and load kvm_intel or kvm_amd; in a guest: nested virtualization in the host"
    elif [[ ! -r $sysroot/dev/kvm || ! -w $sysroot/dev/kvm ]]; then
        finding note kvm "/dev/kvm is not yours to use" "vm: guests run under TCG, correct but slow" \
            "adduser $(id -un) kvm, and log in again" "deluser $(id -un) kvm"
    else
        finding ok kvm "/dev/kvm is there and yours; only booting a guest shows whether it works: ./rxlab vm"
    fi
}

check_user_namespaces() {
    local matters="veth: without root the test bed needs them; root does not"
    if [[ $(first_line /proc/sys/kernel/unprivileged_userns_clone) == 0 ]]; then
        finding lacks user-namespaces "switched off for ordinary users" "$matters" \
            "sysctl kernel.unprivileged_userns_clone=1" "sysctl kernel.unprivileged_userns_clone=0"
    elif [[ $(first_line /proc/sys/user/max_user_namespaces) == 0 ]]; then
        finding lacks user-namespaces "limited to none" "$matters" "sysctl user.max_user_namespaces=10000" \
            "sysctl user.max_user_namespaces=0"
    elif [[ $(first_line /proc/sys/kernel/apparmor_restrict_unprivileged_userns) == 1 ]]; then
        finding lacks user-namespaces "restricted by AppArmor" "$matters" \
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0" "sysctl kernel.apparmor_restrict_unprivileged_userns=1"
    elif [[ -z $sysroot ]] && ! unshare --user --map-root-user true 2>/dev/null; then
        finding lacks user-namespaces "refused (a container's seccomp filter, perhaps)" "$matters" \
            "run as root, or outside the container"
    else
        finding ok user-namespaces "ordinary users may create them"
    fi
}
