# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # variables of the front door, and for it
#
# What ./rxlab takes: the texts of --help, and checks of a command line against these texts, before anything is
# installed or built. Completions and man pages are made from the same texts. Their form: an option's line is "  --name
# VALUE   what", and a value in small letters is the list of what can stand there (demo|test|vm).

commands=(demo bench decide slides docs test vm lab doctor tune setup help)
vm_commands=(shell run status probe bench counts timeline test debug-kernel)

overview() {
    if [[ -z ${installed:-} ]]; then
        all_commands
    else
        all_commands | sed -E '/^  (slides|docs|test|lab|setup) /d'
    fi
}

all_commands() {
    cat <<'HELP'
Usage: ./rxlab COMMAND [OPTION]...

Measures ways to receive market data on Linux, on this machine. Start with: ./rxlab demo

Commands:
  demo     install what is missing, build, measure, make tables and slides
  bench    measure, with options of your own
  decide   the cheapest way that fulfils your needs, and what the next ones buy
  slides   the slide deck, HTML and PDF, from the newest result
  docs     guides, READMEs, deck and newest report as a static site
  test     install what is missing, build, and run the tests
  vm       a throw-away guest: to load modules in, to bind an emulated NIC in
  lab      exercises over these sources, with a grader
  doctor   what this host offers and lacks, and how to change it
  tune     the run-time settings that doctor names, and back
  setup    only install (or only look for) what is missing

Options:
  -h, --help   print this help; ./rxlab COMMAND --help: a command's own
  --version    print the version
HELP
}

help_of() { # COMMAND [SUBCOMMAND]
    local general='  -h, --help          print this help
  --version           print the version'
    case $1 in
        demo)
            cat <<HELP
Usage: ./rxlab demo [OPTION]...

Installs what is missing, builds, measures kernel sockets against DPDK, and makes tables and slides. It waits half a
minute for a quiet machine.

Options:
  --quick             two short rounds: a smoke test, whose figures say little
  --anyway            do not wait for a quiet machine
  --no-install        build with what is there, and leave out what is missing
  --output FOLDER     write there (default: a new folder in results/)
  --json              print the result as JSON, and all else to standard error
$general
HELP
            ;;
        # What rxbench says; a test compares the files with it.
        bench) sed 's,^Usage: rxbench run,Usage: ./rxlab bench,' "$top/front_door/rxbench-run.help" ;;
        decide) sed 's,^Usage: rxbench decide,Usage: ./rxlab decide,' "$top/front_door/rxbench-decide.help" ;;
        slides)
            cat <<HELP
Usage: ./rxlab slides [OPTION]... [RESULT.json]

Renders the slide deck, HTML and PDF, and a speaker's sheet with the notes (PDF), from this or the newest result; installs
what that needs.

Options:
  -o, --output FILE   write there (default: slides.html beside the result)
  --aspect SHAPE      of the screen: 16:9 or 4:3 (default: 16:9)
  --no-install        take what is there
$general
HELP
            ;;
        docs)
            cat <<HELP
Usage: ./rxlab docs [OPTION]...

Makes a static site of guides, READMEs, deck and newest report; installs what that needs.

Options:
  -o, --output FOLDER
                      write there (default: build/site)
  --no-install        take what is there
$general
HELP
            ;;
        test)
            cat <<HELP
Usage: ./rxlab test [--label LABEL | --nightly] [--no-install]
  or:  ./rxlab test --in SUITE [--label LABEL] [--commit COMMIT]
  or:  ./rxlab test --everywhere

Installs what is missing, builds, and runs every test, those with a label, or the long ones; or the same in a root with
another Debian.

Options:
  --label LABEL       only tests with this label
  --nightly           only tests that take minutes, or fetch something
  --no-install        build with what is there, and say at the end what was left out
  --in bookworm|trixie|forky
                      test what is committed, in a new root of this release
  --everywhere        the same in all of them, one after the other
  --commit COMMIT     test this commit (default: HEAD)
$general

Labels:
  unit          one library or script
  net           real packets on the veth test bed
  dpdk          DPDK ports, without a NIC
  kmod          in a guest: kernel modules
  nic           in a guest with emulated NICs
  bench-smoke   the benchmark end to end, briefly
  slides        the rendered deck, in a browser
  fuzz          each fuzz target for a second
  docs          documents: links, snippets, commands
  nightly       as --nightly
HELP
            ;;
        vm) help_of_vm "${2:-}" "$general" ;;
        setup)
            cat <<HELP
Usage: ./rxlab setup [OPTION]...

Installs what is missing, through apt: the list is debian-packages.

Options:
  --for demo|test|vm|lab
                      what for (default: demo)
  --check             only look for what is missing
$general
HELP
            ;;
        lab) "$top/labs/lab" --help ;;
        doctor | tune) "$top/host/$1" --help ;;
        help | '') overview ;;
    esac
}

help_of_vm() { # SUBCOMMAND GENERAL
    case $1 in
        bench)
            help_of bench | sed -e 's,^Usage: ./rxlab bench,Usage: ./rxlab vm bench,' \
                -e '2,/^Options:/c\\nMeasures in a guest: binds an emulated NIC to vfio-pci, and receives with dpdk_rx.\n\nOptions:'
            ;;
        test)
            cat <<HELP
Usage: ./rxlab vm test [--kernel NAME]

Installs what is missing, builds, and runs every test that needs a guest, or all of them on one kernel.

Options:
  --kernel NAME       a kernel that testbed/vm/kernels knows
$2
HELP
            ;;
        counts | timeline)
            cat <<HELP
Usage: ./rxlab vm $1 [--kernel NAME]

$([[ $1 == counts ]] && echo "Counts interrupts and polls per packet in a guest, with the driver kernel/nic82574." ||
                echo "Records one packet's way in a guest, from the interrupt to the program, and draws it.")

Options:
  --kernel NAME       a kernel that testbed/vm/kernels knows
$2
HELP
            ;;
        debug-kernel)
            cat <<HELP
Usage: ./rxlab vm debug-kernel

Builds a kernel for guests that finds mistakes of drivers (KASAN, lockdep, kmemleak, fault injection), once: this takes about
a quarter of an hour. Then: ./rxlab vm run --kernel debug COMMAND

Options:
$2
HELP
            ;;
        shell | run | status | probe)
            "$top/testbed/vm/vm" --help | sed -e '/^Usage:/,/^$/s,vm,./rxlab vm,' \
                -e '/^  -h, --help/a\  --version               print the version'
            ;;
        *)
            cat <<HELP
Usage: ./rxlab vm COMMAND [OPTION]...

A throw-away guest: a Linux whose root is this machine's, read-only.

Commands:
  shell          a shell in a new guest
  run            a command in a new guest
  status         what a guest would run with here
  probe          try KVM again, and remember the answer
  bench          in a guest: bind an emulated NIC to vfio-pci, receive with dpdk_rx
  counts         in a guest: interrupts and polls per packet, as kernel/nic82574 counts them
  timeline       in a guest: one packet's way from the interrupt to the program, drawn
  test           build, and run every test that needs a guest, or all on one kernel
  debug-kernel   build a kernel that finds mistakes of drivers; then: ./rxlab vm run --kernel debug

Options:
$2
HELP
            ;;
    esac
}

# --- what a help text says -------------------------------------------------------------------

# Lines "--name VALUE", VALUE empty for a flag.
options_in() { # of a text on standard input
    sed -n -E 's/^  (-[A-Za-z], )?(--[a-z][a-z0-9-]*)( ([^ ]+))?(  .*)?$/\2 \4/p'
}

# What can stand for a value: one of demo|test|vm; for RECEIVER, what a list "Receivers:" names.
choices_of() { # VALUE HELP
    if [[ $1 == *'|'* && $1 != *[A-Z]* ]]; then
        printf '%s\n' "${1//|/$'\n'}"
    else
        sed -n "/^${1}s:\$/I,/^\$/s/^  \([^ ]*\) .*/\1/p" <<<"$2"
    fi
}

words_of() { # WORD…
    local all
    printf -v all '%s, ' "$@"
    printf '%s' "${all%, }"
}

# --- a command line -----------------------------------------------------------------------------

# Answers --help and --version, and ends with 2 if a word is not one that the command's help names. What it cannot know
# (whether a number is in range) is left to the program that gets it.
check_words() { # COMMAND (as it is typed: "vm bench") WORD…
    local command=$1 help option value name operands options=() choices
    shift
    # shellcheck disable=SC2086 # two words
    help=$(help_of $command)
    mapfile -t options < <(options_in <<<"$help")
    operands=$(sed -n 's/^Usage: //p' <<<"$help")
    while (($# > 0)); do
        case $1 in
            --) return ;;
            -h | --help) show_help "$help" ;;
            --version) version && exit ;;
            -o) option=--output ;;
            --*=*) option=${1%%=*} ;;
            -*) option=$1 ;;
            *)
                # What follows a guest's options is its command.
                [[ $command != 'vm run' ]] || return 0
                [[ $operands == *.json* ]] || wrong_usage "$command: unexpected argument: $1" "$command"
                shift
                continue
                ;;
        esac
        name=''
        for value in "${options[@]}"; do
            [[ ${value%% *} != "$option" ]] || { name=$option value=${value#* } && break; }
        done
        [[ -n $name ]] ||
            wrong_usage "$command: unknown option $option$(did_you_mean "$option" "${options[@]%% *}")" "$command"
        if [[ -z $value ]]; then
            [[ $1 != --*=* ]] || wrong_usage "$command: $option takes no value" "$command"
        else
            if [[ $1 == --*=* ]]; then
                set -- "${1%%=*}" "${1#*=}" "${@:2}"
            fi
            [[ -n ${2:-} ]] || wrong_usage "$command: $option needs $value" "$command"
            mapfile -t choices < <(choices_of "$value" "$help")
            ((${#choices[@]} == 0)) || [[ " ${choices[*]} " == *" $2 "* ]] ||
                wrong_usage "$command: $option $2: not one of $(words_of "${choices[@]}")$(did_you_mean "$2" "${choices[@]}")" "$command"
            shift
        fi
        shift
    done
}

show_help() { # TEXT
    printf '%s\n' "${1//.\/rxlab/$me}"
    exit 0
}

version() {
    if [[ -n ${installed:-} ]]; then
        printf 'rxlab %s\n' "$(<"$top/version")"
        return
    fi
    local commit
    commit=$(git -C "$top" rev-parse --short=12 HEAD 2>/dev/null) || commit=unknown
    printf 'rxlab %s (%s)\n' "$(sed -n 's/^project(rxlab VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")" "$commit"
}
