#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The recipes for others' machines, Containerfile and the workflow, name what there is. Running them takes a
# container engine.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
cd "$RXLAB_SOURCE_DIR" || exit 1

test_the_container_takes_files_that_there_are() {
    local words file
    while read -r -a words; do
        for file in "${words[@]:1:${#words[@]}-2}"; do
            [[ $file == --* || -e $file ]] || fail "COPY $file: no such file"
        done
    done < <(grep '^COPY ' Containerfile)
}

test_the_containers_commands_are_shell_and_what_they_run_exists() {
    local command program
    while IFS= read -r command; do
        bash -n <<<"$command" || fail "$command"
        program=${command%% *}
        [[ $program != */* || -x $program ]] || fail "RUN $program: no such program"
    done < <(sed -n 's/^RUN //p' Containerfile)
    [[ $(sed -n 's/^CMD //p' Containerfile) == '["./rxlab", "demo", "--no-install"]' ]]
}

test_setup_needs_no_more_files_than_the_container_has_by_then() {
    local work
    work=$(mktemp -d)
    mkdir "$work/host"
    cp -r rxlab debian-packages front_door "$work"
    cp host/packages "$work/host"
    output=$(bash "$work/rxlab" setup --for demo --check 2>&1) || true
    rm -r "$work"
    expect_output 'rxlab: *'
    [[ $output != *'No such file'* ]] || fail "$output"
}

test_the_workflow_is_yaml_and_its_commands_are_those_of_the_front_door() {
    python3 -c 'import yaml' 2>/dev/null || skip 'python3-yaml is not installed (apt-get install python3-yaml)'
    expect 0 python3 - .github/workflows/test.yml <<'END'
import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))["jobs"]["test"]
assert job["container"]["image"] == "debian:${{ matrix.debian }}", job["container"]
print(" ".join(job["strategy"]["matrix"]["debian"]))
for step in job["steps"]:
    assert ("run" in step) != ("uses" in step), step
    print("run:", step.get("run", ""))
END
    [[ ${output%%$'\n'*} == '12 13' && $output == *'run: ./rxlab test'* ]] || fail "$output"
}

run_claims
