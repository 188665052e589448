#!/usr/bin/env bash
# From a fresh clone to the report: sets up what is missing, then runs the notebooks, the tests, or a command.
#   ./run_all.sh --help
set -euo pipefail

here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
venv=$here/.venv
export PYTHONPATH=$here${PYTHONPATH:+:$PYTHONPATH}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# A Python that runs and is of a version the project supports (a pyenv shim may exist and not run).
supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

# complete PYTHON EXTRA: does it meet pyproject.toml? Prints what is missing.
complete() { "$1" -m songsim_lib.environment --extra "$2"; }

find_python() {
    local candidate
    for candidate in python3 python "$venv/bin/python" python3.12 python3.13 python3.11; do
        if supported "$candidate"; then printf '%s\n' "$candidate"; return; fi
    done
    die "songsim needs Python 3.11, 3.12 or 3.13; python3 here is: $(python3 --version 2>&1 || true)
Install one, then run this again:
  Debian, Ubuntu: sudo apt-get install python3 python3-venv
  macOS:          brew install python@3.12
  conda:          conda env create -f environment.yml && conda activate songsim
  uv:             uv venv --python 3.12 '$venv'"
}

# A set-up marks the folder while it works on it; a mark that is found was left by one that was cut short. What
# this script made is then made anew; a folder that was there before is mended: pip writes RECORD last, so a
# package without it is half there.
make_venv() {
    local base=$1 mark=$venv/.incomplete
    if [[ -d $venv && ! -x $venv/bin/python || $(cat "$mark" 2>/dev/null) == made ]]; then
        say "An earlier set-up of $venv did not finish: starting it again."
        rm -rf -- "$venv"
    elif [[ -e $mark ]]; then
        say "An earlier set-up of $venv did not finish: mending it."
        find "$venv"/lib/python*/site-packages -maxdepth 1 -name '*.dist-info' \
            ! -exec test -e '{}/RECORD' \; -exec rm -rf '{}' +
    fi
    if [[ -x $venv/bin/python ]]; then
        supported "$venv/bin/python" || die "$venv holds a Python that songsim does not support: delete that folder."
        return
    fi
    say "Making a virtual environment in $venv"
    mkdir -p "$venv"
    echo made >"$mark"
    if "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        "$base" -m venv "$venv"
    elif command -v uv >/dev/null; then
        uv venv --quiet --allow-existing --seed --python "$base" "$venv"
    else
        die "$base cannot make virtual environments: sudo apt-get install python3-venv (or install uv)."
    fi
}

# librosa compiles a few functions when they are first used and keeps them: done here, no notebook waits for it.
warm_up() {
    "$1" -m songsim_lib.compiled || true
}

# Compiled bytecode matters: without it every notebook starts ten seconds later.
install_into_venv() {
    local what=$here${1:+[$1]}
    [[ -e $venv/.incomplete ]] || echo added >"$venv/.incomplete"
    say "Installing songsim and what it needs (once; several minutes on a slow connection)"
    if command -v uv >/dev/null; then
        uv pip install --quiet --compile-bytecode --python "$venv/bin/python" -e "$what" && return
        say "uv could not install it; trying pip."
    fi
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip --upgrade >/dev/null
    "$venv/bin/python" -m pip install --quiet --no-compile -e "$what"
    # On all cores, which pip does not; less the packages' own tests. What cannot be compiled is nothing we import.
    "$venv/bin/python" -m compileall -q -j 0 -x '/tests?/' "$venv"/lib/python*/site-packages >/dev/null 2>&1 || true
}

# set_up EXTRA: leaves in $python an interpreter that meets the project's requirements.
set_up() {
    local extra=$1
    if [[ -n ${KAGGLE_KERNEL_RUN_TYPE:-}${COLAB_RELEASE_TAG:-} ]]; then
        "$python" -m songsim_lib.environment --hosted --extra "$extra"
        return
    fi
    if complete "$python" "$extra" >/dev/null; then return; fi
    make_venv "$python"
    if [[ -e $venv/.incomplete ]] || ! complete "$venv/bin/python" "$extra" >/dev/null; then
        install_into_venv "$extra"
        complete "$venv/bin/python" "$extra" || die "The set-up of $venv lacks the above; see the messages before it."
        warm_up "$venv/bin/python"
    fi
    rm -f "$venv/.incomplete"
    python=$venv/bin/python
}

# The report is tested in a browser; a CI machine that has none gets Debian's, elsewhere those tests are skipped.
find_browser() {
    local browser
    for browser in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$browser" >/dev/null; then return; fi
    done
    if [[ -n ${CI:-} && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        say "No Chromium here: installing Debian's for the tests of the report."
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >&2 ||
            say "That failed: the browser tests will be skipped."
    fi
}

python=$(find_python)
if [[ ${1:-} == test ]]; then
    shift
    find_browser &   # beside the set-up: the one waits for the network while the other computes
    set_up dev
    wait
    cd "$here"
    # Two processes of one thread each; a whole file in one of them, since a file shares what takes long to make.
    OMP_NUM_THREADS=1 exec "$python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder "$@"
fi
for argument in "$@"; do
    if [[ $argument == -h || $argument == --help ]]; then exec "$python" -m songsim_lib.cli "$@"; fi
done
extra=$("$python" -m songsim_lib.cli --check "$@")   # a wrong name ends here, before any set-up
case ${1:-} in
    compare | search | sweep) set_up "$extra" >&2 ;;   # their stdout is for other programs to read
    *) set_up "$extra" ;;
esac
exec "$python" -m songsim_lib.cli "$@"
