#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What bash, zsh and fish complete, and what man shows, comes from --help. Each shell is asked itself.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
share=$work/share

# A program with two commands, and ./rxlab.
mkdir -p "$work/bin"
ln -s "$RXLAB_SOURCE_DIR/rxlab" "$work/bin/rxlab"
cat >"$work/bin/tool" <<'END'
#!/bin/sh
case "$*" in
    --version) echo 'tool 1.2 (abc)' ;;
    --help) printf 'Usage: tool [OPTION]... COMMAND\n\nCooks: it does. And more.\n\nCommands:\n  bake   in the oven\n  boil   in water\n\nOptions:\n  -h, --help   print this help\n' ;;
    'bake --help') cat <<'HELP' ;;
Usage: tool bake [OPTION]... DISH.json

in the oven

Options:
  --heat low|high   how hot; it's [0 to 9]: "see"
  --sauce SAUCE     one of those below
  --hours S         for how long, or until it is
                    done
  -o, --output FILE   write there
  --hot             hot
  -h, --help        print this help

Sauces:
  mint    green
  curry   yellow
HELP
    'boil --help') printf 'Usage: tool boil [OPTION]...\n\nin water\n\nOptions:\n  --salt   with salt\n  -h, --help   print this help\n' ;;
esac
END
chmod 755 "$work/bin/tool"
made=$("$RXLAB_SOURCE_DIR/front_door/pages" "$work/bin" "$share" tool 2>&1) || { echo "$made"; exit 1; }
PATH=$(dirname -- "$(command -v python3)"):/usr/bin:/bin

in_bash() { # PROGRAM WORD…
    bash -c 'shopt -s extglob
        . "$1/bash-completion/completions/$2" || exit
        COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
        "_rxlab_$2"
        echo "${COMPREPLY[*]}"' bash "$share" "$@"
}

test_bash_completes_commands_options_and_values() {
    local words expected
    while IFS='|' read -r words expected; do
        read -r -a typed <<<"$words"
        expect 0 in_bash "${typed[@]/_/}"
        expect_output "$expected"
    done <<'END'
tool _|bake boil --help
tool bo|boil
tool bake --h|--heat --hours --hot --help
tool bake --heat _|low high
tool bake --heat = l|low
tool bake --heat =|low high
tool bake --sauce _|mint curry
tool bake --hours _|
tool boil --s|--salt
END
    cd "$work"
    expect 0 in_bash tool bake --output b
    expect_output bin
}

test_fish_completes_the_same_with_descriptions() {
    command -v fish >/dev/null || skip 'fish is not installed (apt-get install fish)'
    in_fish() { HOME=$work fish --no-config -c "set PATH $work/bin \$PATH; source $share/fish/vendor_completions.d/tool.fish; complete -C '$1'"; }
    expect 0 in_fish 'tool b'
    expect_output $'bake\nboil'
    expect 0 in_fish 'tool bake --he'
    expect_output $'--heat\thow hot; it\'s [[]0 to 9]: "see"\n--help\tprint this help'
    expect 0 in_fish 'tool bake --heat '
    expect_output $'high*\nlow*'
    expect 0 in_fish 'tool bake --sauce c'
    expect_output $'curry*'
    expect 0 in_fish 'tool boil --'
    expect_output $'--help*\n--salt*'
}

test_zsh_gets_the_same_for_its_arguments() {
    command -v zsh >/dev/null || skip 'zsh is not installed (apt-get install zsh)'
    local file=$share/zsh/site-functions/_tool
    zsh -n "$file"
    in_zsh() { zsh -f -c '_arguments() { print -rl -- "$CURRENT" "$@"; }; words=("${@:2}") CURRENT=$#words; . "$1"' zsh "$file" "$@"; }
    expect 0 in_zsh tool bo
    expect_output $'2\n*\n1:command:(bake boil)'
    expect 0 in_zsh tool bake --heat ''
    expect_output $'3\n*--heat=[[]how hot; it\'s \\\\[[]0 to 9\\\\]\\\\: "see"]:low|high:(low high)\n*--output=*:FILE:_files\n*[*]:file:_files'
}

test_a_man_page_has_name_version_and_options() {
    command -v help2man >/dev/null || skip 'help2man is not installed (apt-get install help2man)'
    [[ -e $share/man/man1/tool.1 && -e $share/man/man1/tool-boil.1 ]]
    output=$(<"$share/man/man1/tool-bake.1")
    expect_output '*.TH TOOL-BAKE "1" * "tool-bake 1.2 (abc)"*tool-bake \\- in the oven*.B tool*bake*\\fB\\-\\-hours\\fR S*for how long, or until it is*done*'
    output=$(<"$share/man/man1/tool.1")
    expect_output '*tool \\- Cooks: it does*'
}


run_claims
