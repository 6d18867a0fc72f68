"""A control group of its own for what a test runs: shell text, to be put around what runs in it. $group is its name."""

ENTER = """
roots=
for root in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
  [ -f "$root/cgroup.procs" ] && mkdir -p "$root/$group" && echo $$ >"$root/$group/cgroup.procs" && roots="$roots $root"
done
"""
# Whoever is left in it is killed: it held nothing but ours.
LEAVE = """
for root in $roots; do
  echo $$ >"$root/cgroup.procs"
  for pid in $(find "$root/$group" -name cgroup.procs -exec cat {} +); do kill -9 "$pid"; done
  for _ in $(seq 20); do find "$root/$group" -depth -type d -exec rmdir {} + && break; sleep 0.05; done
done
"""
