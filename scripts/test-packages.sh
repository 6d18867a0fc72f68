#!/bin/sh
# Real servers and tools for the tests: installed where we are root on Debian, named where we are not.
set -eu
cd "$(dirname "$0")/.."
missing=""
while read -r name; do
  dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
done < scripts/debian-packages.txt
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update -qq >/dev/null
  # shellcheck disable=SC2086 # a list of names
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "NOT INSTALLED, so the tests that need them are skipped by name:$missing" >&2
  echo "(as root on Debian this installs them itself)" >&2
fi
