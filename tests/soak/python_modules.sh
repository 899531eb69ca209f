#!/bin/sh
# Runs Python's own tests of what it asks of the kernel, in a Debian root: under
# chroot(2), as a user without capabilities, and in a view. Every test must come
# out the same. As root and as nobody. Takes some minutes.
#
#   python_modules.sh CORDON [MODULE…]
#
# With CORDON_DEBIAN_ROOT that root is used (it needs libpython3.11-testsuite);
# else mmdebstrap makes one.
set -u

skip() {
  echo "SKIPPED: $*"
  exit 0
}

cordon=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
modules=${*:-test_posixpath test_glob test_fcntl test_mmap test_pathlib
  test_shutil test_tempfile test_posix test_os test_signal test_subprocess}

# Differ by intention: no TCP port is granted, and none can be chosen by the
# kernel (port 0); directory notifications (F_NOTIFY) are refused to everybody.
intended='test_os.TestSendfile|test_fcntl.TestFcntl.test_fcntl_64_bit$'

[ "$(id -u)" = 0 ] || skip "only root may chroot"
unshare -m true 2>/dev/null || skip "no mount namespace for chroot's /proc"
scratch=$(mktemp -d /tmp/cordon-python-XXXXXX) || exit 1
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
root=${CORDON_DEBIAN_ROOT:-$scratch/root}
if [ ! -e "$root/usr/bin/python3" ]; then
  command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
  timeout 600 mmdebstrap --variant=minbase \
    --include=python3,libpython3.11-testsuite bookworm "$root" \
    >"$scratch/log" 2>&1 || skip "no mirror to make a root from"
fi
cp "$here/python_modules.py" "$root/python_modules.py"

# python IDENTITY KIND MODULE: in a directory of its own, beneath the root's /tmp.
python() {
  echo "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8" \
    "python3 /python_modules.py $2.$3.$1 test.$3"
}

under_chroot() {
  if [ "$1" = 0 ]; then
    enter="setpriv --no-new-privs --bounding-set=-all,+sys_chroot
      --inh-caps=-all chroot $root"
  else
    enter="chroot --userspec=$1:$1 --groups= $root"
  fi
  # shellcheck disable=SC2086
  timeout 600 unshare -m sh -c "mount -t proc proc $root/proc && exec \"\$@\"" \
    sh $enter $(python "$1" chroot "$2") </dev/null
}

in_view() {
  # shellcheck disable=SC2046
  timeout 600 setpriv --reuid "$1" --regid "$1" --clear-groups "$cordon" run \
    --chroot "$root" -w / -- $(python "$1" view "$2") </dev/null
}

failed=0
for id in 0 65534; do
  for module in $modules; do
    rm -rf "$root/tmp/chroot.$module.$id" "$root/tmp/view.$module.$id"
    under_chroot $id "$module" >"$scratch/chroot.said" 2>"$scratch/chroot.err"
    in_view $id "$module" >"$scratch/view.said" 2>"$scratch/view.err"
    for kind in chroot view; do
      grep -Ev "$intended" "$scratch/$kind.said" >"$scratch/$kind"
    done
    if [ ! -s "$scratch/chroot" ]; then
      echo "$module as $id: nothing to compare with"
      cat "$scratch/chroot.err"
      failed=1
    elif cmp -s "$scratch/chroot" "$scratch/view"; then
      echo "$module as $id: $(wc -l <"$scratch/view") tests, all the same"
    else
      echo "$module as $id: differs (< chroot, > view)"
      diff "$scratch/chroot" "$scratch/view"
      cat "$scratch/view.err"
      cat "$root/tmp/view.$module.$id/why"
      failed=1
    fi
  done
done
exit $failed
