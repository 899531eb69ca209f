#!/bin/sh
# Runs gdb and strace in a Debian root: under chroot(2) and in a view. What they
# say of a small program must be the same, but for addresses and numbers, and for
# the stub's greeting, a call that strace shows. As root and as nobody.
#
#   debuggers.sh CORDON
#
# With CORDON_DEBUG_ROOT that root is used (it needs gdb and strace); else
# mmdebstrap makes one.
set -u

skip() {
  echo "SKIPPED: $*"
  exit 0
}

cordon=$1
[ "$(id -u)" = 0 ] || skip "only root may chroot"
unshare -m true 2>/dev/null || skip "no mount namespace for chroot's /proc"
command -v cc >/dev/null || skip "no compiler for the small program"
scratch=$(mktemp -d /tmp/cordon-debug-XXXXXX) || exit 1
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
root=${CORDON_DEBUG_ROOT:-$scratch/root}
if [ ! -e "$root/usr/bin/gdb" ]; then
  command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
  timeout 600 mmdebstrap --variant=minbase --include=gdb,strace bookworm \
    "$root" >"$scratch/log" 2>&1 || skip "no mirror to make a root from"
fi

cat >"$scratch/small.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int depth(int n) { return n == 0 ? getppid() > 0 : depth(n - 1); }
int main(int argc, char **argv) {
  if (argc > 1)
    sleep(30);
  printf("%s says %d\n", argv[0], depth(3));
  return 7;
}
END
cc -g -O0 -o "$root/small" "$scratch/small.c" || exit 1

# What each case runs in the root, by sh.
gdb='gdb -q -nx -batch -iex "set debuginfod enabled off"'
said_by() {
  case $1 in
  run) echo "$gdb -ex 'break depth if n == 0' -ex run -ex bt -ex 'info args'" \
    "-ex continue /small" ;;
  attach) echo "/small wait & sleep 1; $gdb -p \$! -ex 'bt -1' -ex 'up 1'" \
    "-ex detach; kill \$!" ;;
  child) echo "strace -f -qq -e trace=execve,exit_group,write" \
    "sh -c '/small; exit 3'; echo code \$?" ;;
  attached) echo "/small wait & sleep 1; strace -qq -o /tmp/said -p \$! &" \
    "sleep 1; kill \$(pidof small); wait; cat /tmp/said; rm /tmp/said" ;;
  esac
}

# Addresses, process numbers and the greeting aside; and that gdb says that it
# reads memory by ptrace(2), as nobody in a view may open /proc/PID/mem.
plain() {
  sed -e '/cordon-stub/d' -e '/^warning: opening .*mem file/d' -e '/^$/d' \
    -e 's/si_pid=[0-9]*/si_pid=N/' -e 's/0x[0-9a-f]*/ADDRESS/g' \
    -e 's/\[pid *[0-9]*\] //' -e 's/process [0-9]*/process N/g' \
    -e 's/LWP [0-9]*/LWP N/g' -e 's/[0-9]* vars/N vars/'
}

inside="env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp SHELL=/bin/sh LANG=C.UTF-8"

under_chroot() {
  if [ "$1" = 0 ]; then
    enter="setpriv --no-new-privs --bounding-set=-all,+sys_chroot
      --inh-caps=-all chroot $root"
  else
    enter="chroot --userspec=$1:$1 --groups= $root"
  fi
  # shellcheck disable=SC2086
  timeout 60 unshare -m sh -c "mount -t proc proc $root/proc && exec \"\$@\"" \
    sh $enter $inside sh -c "$2" </dev/null 2>&1
}

in_view() {
  # shellcheck disable=SC2086
  timeout 60 setpriv --reuid "$1" --regid "$1" --clear-groups "$cordon" run \
    --chroot "$root" -w / -- $inside sh -c "$2" </dev/null 2>&1
}

failed=0
for id in 0 65534; do
  for case in run attach child attached; do
    under_chroot $id "$(said_by $case)" | plain >"$scratch/chroot"
    in_view $id "$(said_by $case)" | plain >"$scratch/view"
    if [ ! -s "$scratch/chroot" ]; then
      echo "$case as $id: nothing to compare with"
      failed=1
    elif cmp -s "$scratch/chroot" "$scratch/view"; then
      echo "$case as $id: $(wc -l <"$scratch/view") lines, all the same"
    else
      echo "$case as $id: differs (< chroot, > view)"
      diff "$scratch/chroot" "$scratch/view"
      failed=1
    fi
  done
done
exit $failed
