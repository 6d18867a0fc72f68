#!/bin/sh
# atheris for `make fuzz`, in .venv-fuzz, beside what the product needs: its wheels fit fewer Pythons than ours.
set -eu
cd "$(dirname "$0")/.."
venv=.venv-fuzz
lock=scripts/fuzz.lock
recipe() { { pwd; cat "$lock" requirements.lock scripts/fuzz.sh; } | cksum; }
if [ -f "$venv/.made" ] && [ "$(cat "$venv/.made")" = "$(recipe)" ]; then exit 0; fi
echo "setting up $venv" >&2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_USER=0 UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
export UV_SYSTEM_CERTS=1
.venv/bin/python -m venv --clear "$venv"
# uv is quicker; pip does it where uv reaches no index.
.venv/bin/uv pip sync -q --python "$venv/bin/python" --require-hashes requirements.lock "$lock" 2>/dev/null ||
  "$venv/bin/python" -m pip install -q --require-hashes -r requirements.lock -r "$lock"
recipe >"$venv/.made"
