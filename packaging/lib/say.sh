# shellcheck shell=bash
# How the entry script talks: everything to stderr, so that stdout is the command's own.

# say TEXT: one line that stays.
say() {
    [ -t 2 ] && printf '\r\033[K' >&2
    printf 'cellgate: %s\n' "$*" >&2
}

# progress TEXT: a line that the next one replaces; without a terminal it is left out (see follow).
progress() {
    [ -t 2 ] && printf '\r\033[Kcellgate: %s' "$*" >&2
    return 0
}

# cannot TEXT REMEDY: this machine lacks something. Exit status 3.
cannot() {
    say "cannot go on: $1"
    say "what to do: $2"
    exit 3
}

# follow PID SECONDS COMMAND...: while PID lives, shows what COMMAND prints (one line, now and then).
# Returns the exit status of PID. Without a terminal a line is printed every SECONDS seconds.
follow() {
    local pid=$1 every=$2 ticks=0 status=0
    shift 2
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.5
        ticks=$((ticks + 1))
        if [ -t 2 ]; then
            progress "$("$@")"
        elif [ $((ticks % (every * 2))) -eq 0 ]; then
            say "$("$@")"
        fi
    done
    [ -t 2 ] && printf '\r\033[K' >&2
    wait "$pid" || status=$?
    return "$status"
}
