# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
# Two cards on one wire: the kernel's own driver sends, the learner's receives.
grade() {
    command -v ethtool >/dev/null || cannot 'ethtool is not installed: apt-get install ethtool'
    stage nic82574
    build_module nic82574
    # shellcheck disable=SC2034 # for in_guest
    guest_options=(--nic e1000e --nic e1000e --cores 2)
    in_guest "$folder/guest.sh"
    if grep -q '^finding ' "$build/said" && still_todo; then finding nothing-yet; fi
    finding_of_guest
    # The guest does not always survive a poll that the kernel has in its list twice.
    local broken
    broken=$(grep -m 1 -oE 'list_add (double add|corruption)' "$build/log") &&
        finding completed-too-early "The kernel says: $broken"
    log_is_clean
    ((guest_status == 0)) || cannot "the guest ended with $guest_status: $(tail -n 3 "$build/said")"
}
