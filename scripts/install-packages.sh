#!/bin/sh
# Debian's programs of a list, installed where we are root on Debian, named where we are not.
# Usage: scripts/install-packages.sh LIST "so what is skipped"
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
list=$1 skipped=$2

find_missing() {
  packages="" programs=""
  while read -r package names; do
    for name in $names; do
      command -v "$name" >/dev/null || programs="$programs $name"
    done
    for name in $names; do
      command -v "$name" >/dev/null || { packages="$packages $package"; break; }
    done
  done <<LIST
$(grep -v '^#' "$list")
LIST
}

install() {
  export DEBIAN_FRONTEND=noninteractive
  # Unasked, a mail server would set itself up for the whole machine.
  case $packages in
    *postfix*) echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections || true ;;
  esac
  apt-get -o DPkg::Lock::Timeout=300 -qq update &&
    # shellcheck disable=SC2086 # a list of names
    apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends $packages
}

find_missing
[ -n "$packages" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing$packages" >&2
  said=$(install 2>&1) || printf '%s\n' "$said" >&2
  find_missing
  [ -n "$packages" ] || exit 0
fi
echo "NOT HERE, $skipped:$programs" >&2
echo "On Debian, as root: apt-get install$packages" >&2
