"""The scripts of the shells, and answers as each shell reads them.

A script calls `datalchemy -sc query=SHELL` with the line up to the cursor in COMP_LINE: a line may hold a password, and
other users see the words of a process, but not its variables. It gets one answer a line. An answer without a blank at
its end stays open; what follows a tab is a description. A line that begins with a tab asks for paths.
"""

import os
import re
import sys
from collections.abc import Iterator

from datalchemy.cli.completion.answers import offer
from datalchemy.cli.completion.line import Line, read
from datalchemy.cli.completion.settings import FILE
from datalchemy.cli.completion.sources import Answer

_BASH = """\
_datalchemy() {
    local answer program=$1
    type -P -- "$program" >/dev/null || program=datalchemy
    COMPREPLY=()
    while IFS= read -r answer; do
        case $answer in
            $'\\tfiles') compopt +o nospace -o default 2>/dev/null ;;
            $'\\tfolders') compopt +o nospace -o dirnames 2>/dev/null ;;
            *) COMPREPLY+=("$answer") ;;
        esac
    done < <(COMP_LINE="${COMP_LINE:0:$COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        "$program" -sc query=bash 2>/dev/null)
}
complete -o nospace -o nosort -F _datalchemy datalchemy 2>/dev/null || complete -o nospace -F _datalchemy datalchemy
"""
_ZSH = """\
#compdef datalchemy
_datalchemy() {
    local answer word program=${(Q)words[1]} paths=
    local -a finished open
    whence -p -- "$program" >/dev/null || program=datalchemy
    for answer in ${(f)"$(COMP_LINE="${(j: :)${(@qq)${(@Q)words[1,CURRENT-1]}}} ${(qq)${(Q)PREFIX}}" \\
            "$program" -sc query=zsh 2>/dev/null)"}; do
        word=${answer%%$'\\t'*}
        case $answer in
            $'\\t'*) paths=${answer#?} ;;
            *' '$'\\t'*) finished+=("${${word% }//:/\\\\:}:${answer#*$'\\t'}") ;;
            *) open+=("${word//:/\\\\:}:${answer#*$'\\t'}") ;;
        esac
    done
    _describe -V -t answers datalchemy finished -- open -S ''
    [[ -z $paths ]] && return
    [[ $PREFIX == *=* ]] && compset -P '*='
    if [[ $paths == folders ]]; then _files -/; else _files; fi
}
if [[ $funcstack[1] == _datalchemy ]]; then
    _datalchemy "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
    compdef _datalchemy datalchemy
fi
"""
_FISH = """\
function __datalchemy_answers
    set -l program (commandline -opc)[1]
    type -q -- $program; or set program datalchemy
    set -lx COMP_LINE (commandline -cp | string collect)
    set -l token (commandline -ct)
    set -l key (string match -r '^[^=]*=' -- $token)
    set -l path (string replace -r '^[^=]*=' '' -- $token)
    for answer in ($program -sc query=fish 2>/dev/null)
        switch $answer
            case \\tfiles
                printf '%s\\n' "$key"(complete -C "__datalchemy_path $path")
            case \\tfolders
                printf '%s\\n' "$key"(complete -C "__datalchemy_path $path" | string match -r '^.*/$')
            case '*'
                printf '%s\\n' $answer
        end
    end
end
complete -c datalchemy -f -k -a '(__datalchemy_answers)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
REMOVAL = {
    "bash": "complete -r datalchemy; unset -f _datalchemy\n",
    "zsh": "compdef -d datalchemy; unfunction _datalchemy\n",
    "fish": "complete -c datalchemy -e; functions -e __datalchemy_answers\n",
}
_UNSAFE = re.compile(r"[^\w\-+./,%@=:]")
_UNSAFE_IN_QUOTES = re.compile(r'["\\$`]')


def query(shell: str) -> int:
    """Print what may follow on the line in COMP_LINE, and return 0. An error prints nothing: nobody asked for one."""
    try:
        text = "".join(f"{line}\n" for line in answer_lines(shell, os.environ.get("COMP_LINE", "")))
        sys.stdout.write(text)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt):  # noqa: BLE001  # a message would be written into the line that is being typed
        _silence()
    return 0


def _silence() -> None:
    """Lose what is still in the buffer of stdout, which cannot be written."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


def answer_lines(shell: str, line: str) -> Iterator[str]:
    """Yield the answers for a line as a shell's script reads them; see above."""
    typed = read(line, breaks=os.environ.get("COMP_WORDBREAKS", ""), is_fish=shell == "fish")
    found = offer(typed.before, typed.current)
    for answer in found.answers:
        yield _for_bash(answer, typed) if shell == "bash" else _described(answer, shell)
    if found.paths:
        yield "\tfiles" if found.paths == FILE else "\tfolders"


def _for_bash(answer: Answer, typed: Line) -> str:
    """Return what takes the place of the end of the word, quoted. Bash itself closes a quote that is open."""
    text = answer.text[typed.kept :]
    if typed.quote == "'":
        return text.replace("'", "'\\''")
    if typed.quote:
        return _UNSAFE_IN_QUOTES.sub(r"\\\g<0>", text)
    return _UNSAFE.sub(r"\\\g<0>", text) + ("" if answer.is_open else " ")


def _described(answer: Answer, shell: str) -> str:
    """Return an answer with its description. The shell quotes it; fish itself leaves open what ends with `=`."""
    blank = " " if shell == "zsh" and not answer.is_open else ""
    return f"{answer.text}{blank}\t{answer.about}"
