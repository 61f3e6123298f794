#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the driver's sources and of its Makefile without running it.
folder=chardev apart=(rxlabctl.c) guest='./rxlab vm shell'
# shellcheck source=../source_claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/kernel/source_claims.sh"

# Headers of 7.x come without what kbuild asks about sparse, and older versions of sparse stumble over them.
test_sparse_and_gcc_notice_a_mistake_on_each_kernel() {
    local kernel faulty=$work/planted/faulty wanted
    mkdir -p "$faulty" && cp "$source"/../{module.mk,driver.sh,check.sh} "$work/planted"
    cp "$source"/{Makefile,Kbuild,driver.sh} "$faulty"
    printf 'module := planted\nsources := a.c\nheaders :=\nprobes :=\nbuild := Kbuild files.mk\n' >"$faulty/files.mk"
    # To read user memory through its pointer is what sparse is there for; gcc sees nothing in it.
    cat >"$faulty/a.c" <<'END'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/moduleparam.h>
#include <linux/module.h>
int rxlab_planted(const int __user *pointer);
int rxlab_planted(const int __user *pointer)
{
	return *pointer;
}
static int rxlab_unused;
MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
END
    for kernel in "${kernels[@]}"; do
        wanted=$work/planted-$kernel
        expect 0 env -u MAKEFLAGS make --no-print-directory -C "$faulty" KDIR="$(headers_of "$kernel")" OUT="$wanted" C=1 \
            "$wanted/planted.ko"
        [[ $output == *'a.c:9:12: warning: '*rxlab_unused*'defined but not used'* &&
            $output == *'a.c:7:'*' warning: dereference of noderef expression'* ]] || fail "$kernel: not noticed: $output"
        [[ $(grep -c 'warning:\|error:' <<<"$output") == 2 ]] || fail "$kernel: more than what was planted: $output"
    done
}

test_without_sparse_a_check_fails() {
    mkdir -p "$work/bin" && ln -sf "$(command -v bash)" "$work/bin"
    expect 1 env PATH="$work/bin" bash "$source/../check.sh" -m64 fifo.c
    expect_output 'check fifo.c: sparse is not installed: apt-get install sparse'
}

test_the_probes_find_what_each_kernel_has() {
    local header
    for kernel in "${kernels[@]}"; do
        header=$(headers_of "$kernel")/source/include/linux/device/class.h
        [[ -r $header ]] || header=$(echo "$(headers_of "$kernel")"/../linux-headers-*-common/include/linux/device/class.h)
        local flags
        flags=$(cat "$(built "$kernel")/.main.o.cmd")
        if grep -q 'class_create(const char \*name)' "$header"; then
            [[ $flags == *-DRXLAB_CLASS_CREATE_ONE_ARGUMENT* ]] || fail "$kernel: class_create"
        else
            [[ $flags != *-DRXLAB_CLASS_CREATE_ONE_ARGUMENT* ]] || fail "$kernel: class_create"
        fi
        if grep -q 'devnode)(const struct device' "$header"; then
            [[ $flags == *-DRXLAB_DEVNODE_TAKES_CONST* ]] || fail "$kernel: devnode"
        else
            [[ $flags != *-DRXLAB_DEVNODE_TAKES_CONST* ]] || fail "$kernel: devnode"
        fi
    done
}

test_no_defect_is_built_in_without_being_asked_for() {
    ! grep -q defects/ "$(built "${kernels[0]}")"/.*.cmd || fail 'DEFECT is on'
    [[ ! -e $work/${kernels[0]}/defects ]] || fail 'a defect is among the sources'
}

# Nothing has changed but what is asked for.
test_a_check_or_a_defect_that_is_asked_for_is_not_taken_for_done() {
    local folder wanted
    folder=$work/again
    wanted=(KDIR="$(headers_of "${kernels[0]}")" OUT="$folder")
    expect 0 by_make "${wanted[@]}" DEFECT=leak-record
    grep -q -- '-include [^ ]*defects/leak-record.h' "$folder/.fifo.o.cmd" || fail 'the defect is not built in'
    expect 0 by_make "${wanted[@]}" DEFECT=leak-record
    expect_output '*Nothing to be done*'
    expect 0 by_make "${wanted[@]}"
    ! grep -q defects/ "$folder/.fifo.o.cmd" || fail 'the defect is still built in'
    expect 0 by_make "${wanted[@]}" C=1
    expect_output '*CHECK*main.c*'
    expect 2 by_make "${wanted[@]}" DEFECT=none-of-these
    expect_output '*DEFECT=none-of-these: there is none of that name; there are: *leak-record*'
    rm -r "$folder"
}

# What a reader of the driver reads is the driver.
test_the_drivers_own_text_knows_nothing_of_defects() {
    ! grep -n -i defect "$source"/*.[ch] "$source"/uapi/rxlab/*.h || fail 'a defect in the text'
    local name
    for name in "$source"/defects/*.h; do
        name=${name##*/}
        grep -q "^| \`${name%.h}\` |" "$source/defects/README.md" || fail "README.md does not name ${name%.h}"
    done
}

test_the_driver_is_as_short_as_its_readme_says() { is_short_as_the_readme_says 'in less than 1,000' 999; }

test_dkms_metadata_match_the_module() {
    local PACKAGE_NAME PACKAGE_VERSION BUILT_MODULE_NAME kernel_source_dir='' dkms_tree=''
    # shellcheck source=../../../kernel/chardev/dkms.conf
    . "$source/dkms.conf"
    local info
    info=$(busybox strings "$(built "${kernels[0]}")/rxlab_chardev.ko")
    grep -Fqx "version=$PACKAGE_VERSION" <<<"$info" || fail 'the version'
    grep -Fqx "name=$PACKAGE_NAME" <<<"$info" || fail 'the name'
    # shellcheck disable=SC2128 # dkms.conf has the first element only
    [[ $BUILT_MODULE_NAME == "$PACKAGE_NAME" ]] || fail 'BUILT_MODULE_NAME'
}

# What DKMS does: the tree is copied to a build folder, and MAKE[0] run there with its variables set.
test_the_dkms_tree_builds_with_its_own_command() {
    local PACKAGE_NAME PACKAGE_VERSION MAKE kernel_source_dir dkms_tree=$work/dkms
    for kernel in "${kernels[@]}"; do
        kernel_source_dir=$(headers_of "$kernel")
        # shellcheck source=../../../kernel/chardev/dkms.conf
        . "$source/dkms.conf"
        local build=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build
        rm -rf "$dkms_tree" && mkdir -p "$build"
        expect 0 by_make OUT="$work/tree" dkms
        cp -r "$work/tree/dkms/." "$build"
        # shellcheck disable=SC2128 # dkms.conf has the first element only
        (cd "$build" && env -u MAKEFLAGS bash -c "$MAKE CONFIG_DEBUG_INFO_BTF_MODULES=") >"$work/log" 2>&1 ||
            fail "$kernel: $(cat "$work/log")"
        [[ -s $build/$PACKAGE_NAME.ko ]] || fail "$kernel: no module"
    done
}

run_claims
