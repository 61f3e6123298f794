# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
# A guest that panics has said what was wrong before that.
grade() {
    stage chardev
    build_module chardev
    in_guest "$folder/guest.sh"
    if grep -q '^finding ' "$build/said" && still_todo; then finding nothing-yet; fi
    finding_of_guest
    log_is_clean
    ((guest_status == 0)) || finding dirty-log "the guest ended with $guest_status"
}
