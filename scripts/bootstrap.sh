#!/bin/sh
# Makes .venv with exactly the pinned packages. Usage: scripts/bootstrap.sh run|dev
# Needs Python >= 3.11; everything else comes from the package index that this machine is set up for.
# What is there already is left alone: a second run takes a blink.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-}
venv=.venv
py=$venv/bin/python

lock_of() {
  case $1 in
    run) echo requirements.lock ;;
    dev) echo requirements-dev.lock ;;
    *) echo "usage: scripts/bootstrap.sh run|dev" >&2; exit 2 ;;
  esac
}

# What an environment is made from. The folder counts too: the product is installed in place.
recipe() { { pwd; cat "$(lock_of "$1")" requirements-uv.lock pyproject.toml scripts/bootstrap.sh; } | cksum; }

is_made() { [ -x "$py" ] && [ -f "$venv/.made-$1" ] && [ "$(cat "$venv/.made-$1")" = "$(recipe "$1")" ]; }

find_python() {
  for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      # The interpreter itself: a version switcher puts a shell script in its place.
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo "BackupServ needs Python 3.11 or later, and none was found. PYTHON=/path/to/python3 make … names one." >&2
  exit 1
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" >/dev/null; }

make_venv() {
  python=$(find_python)
  if "$python" -m venv --clear "$venv" >/dev/null 2>&1; then return; fi
  rm -rf "$venv"
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $package" >&2
    if apt update && apt install -y --no-install-recommends "$package" && "$python" -m venv "$venv" >/dev/null; then return; fi
  fi
  rm -rf "$venv"
  echo "$python cannot make virtual environments. On Debian this helps: apt-get install $package" >&2
  exit 1
}

# uv is many times faster than pip, but does not read pip's configuration: where it reaches no index, pip does the work.
install_pinned() {
  if "$py" -m pip install -q --require-hashes -r requirements-uv.lock 2>/dev/null &&
    "$venv/bin/uv" pip sync -q --compile-bytecode --python "$py" --require-hashes "$1" 2>/dev/null; then
    return
  fi
  "$py" -m pip install -q --require-hashes -r "$1"
}

# Start-up is a promise, and whoever runs the product may not be allowed to write here, or be told not to.
compile_product() { "$py" -m compileall -q bot core; }

wanted=$(lock_of "$kind")
if is_made dev || is_made "$kind"; then compile_product; exit 0; fi # what running needs is part of what testing needs
echo "setting up $venv ($kind)" >&2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_USER=0 UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
# The machine's own certificates: a network may look into its TLS.
export UV_SYSTEM_CERTS=1
rm -f "$venv"/.made-*
# An environment that was cut short, or whose Python is gone, is made anew.
"$py" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || make_venv
install_pinned "$wanted"
"$py" -m pip install -q --no-index --no-deps --no-build-isolation -e .
compile_product
recipe "$kind" >"$venv/.made-$kind"
