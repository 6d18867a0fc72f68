#!/bin/sh
# Pins all dependencies with hashes. No file names where packages come from: that is each machine's own setting.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
.venv/bin/python -m pip install -q --require-hashes -r requirements-uv.lock
compile() { .venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url "$@"; }
compile "$@" pyproject.toml --group build -o requirements.lock
compile "$@" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
echo uv | compile "$@" - -o requirements-uv.lock
compile "$@" --python-version 3.11 scripts/localstack.in -o scripts/localstack.lock
compile "$@" --python-version 3.11 scripts/fuzz.in -o scripts/fuzz.lock
