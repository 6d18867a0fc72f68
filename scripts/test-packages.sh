#!/bin/sh
# Real servers and tools for the tests.
set -eu
exec sh "$(dirname "$0")/install-packages.sh" scripts/debian-packages.txt \
  "so the tests that need them are skipped, each by name"
