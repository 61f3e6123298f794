#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh OPTION… FILE: sparse, as kbuild calls it, with what its older versions do not know of the language. Headers
# since 6.19 use __typeof_unqual__, which sparse 0.6.4 takes for the name of a variable; and it does not see that the
# length of a literal is a constant, which 7.x asserts.
set -u
if ! command -v sparse >/dev/null; then
    echo "check ${*: -1}: sparse is not installed: apt-get install sparse" >&2
    exit 1
fi

understands() { [[ -z $(sparse - <<<"$1" 2>&1) ]]; } # PROGRAM

more=()
understands 'int f(const int *p); int f(const int *p) { __typeof_unqual__(*p) v = *p; return v; }' ||
    more+=('-D__typeof_unqual__=__typeof__')
understands '_Static_assert(__builtin_strlen("ab") == 2, "length");' ||
    more+=('-D__builtin_strlen(literal)=(sizeof(literal) - 1)')
exec sparse "${more[@]}" "$@"
