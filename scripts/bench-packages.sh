#!/bin/sh
# Who the repository is compared with, and the clock that all of them see.
set -eu
exec sh "$(dirname "$0")/install-packages.sh" scripts/bench-packages.txt "so the benchmark goes on without"
