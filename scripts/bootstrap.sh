#!/bin/sh
# Makes .venv with exactly the pinned packages. Usage: scripts/bootstrap.sh run|dev
# Needs Python >= 3.11; everything else comes from the package index that this machine is set up for.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
venv=.venv
case $kind in
  run) lock=requirements.lock ;;
  dev) lock=requirements-dev.lock ;;
  *) echo "usage: scripts/bootstrap.sh run|dev" >&2; exit 2 ;;
esac

find_python() {
  for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      # The interpreter itself: a shim in its place would be a shell script.
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo "BackupServ needs Python 3.11 or later; none was found (PYTHON=/path/to/python3 names one)" >&2
  exit 1
}

make_venv() {
  python=$(find_python)
  if "$python" -m venv "$venv" >/dev/null 2>&1; then return; fi
  rm -rf "$venv"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing python3-venv" >&2
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq python3-venv >/dev/null
    if "$python" -m venv "$venv" >/dev/null 2>&1; then return; fi
  fi
  echo "this Python cannot make virtual environments; on Debian: apt-get install python3-venv" >&2
  exit 1
}

# What the environment was made from; the run set is part of the dev set.
wanted=$(cat "$lock" pyproject.toml | cksum)
for stamp in "$venv/.made-$kind" "$venv/.made-dev"; do
  [ "$kind" = run ] && [ "$stamp" = "$venv/.made-dev" ] && wanted=$(cat requirements-dev.lock pyproject.toml | cksum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
done
wanted=$(cat "$lock" pyproject.toml | cksum)

echo "setting up $venv ($kind)" >&2
[ -x "$venv/bin/python" ] || make_venv
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 PIP_ROOT_USER_ACTION=ignore
py=$venv/bin/python
# uv is twenty times faster than pip, but does not read pip's configuration: where it cannot reach an index, pip does it.
if "$py" -m pip install -q --require-hashes -r requirements-uv.lock 2>/dev/null \
   && "$venv/bin/uv" pip sync -q --python "$py" --require-hashes "$lock" 2>/dev/null; then
  :
else
  "$py" -m pip install -q --require-hashes -r "$lock"
fi
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$py" -m ensurepip -q >/dev/null 2>&1 || true
"$py" -m pip install -q --no-deps --no-build-isolation --no-index -e .
rm -f "$venv"/.made-*
echo "$wanted" > "$venv/.made-$kind"
