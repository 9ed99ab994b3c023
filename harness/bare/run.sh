#!/usr/bin/env bash
# Proves a command on a bare system: a minimal Debian (debootstrap, variant minbase) with the node binary and npm added,
# nothing else, no root.
#
#   sudo harness/bare/run.sh npm start -- --steps 3
#   sudo harness/bare/run.sh npm test
#
# Needs root and debootstrap on this machine. The system is made once and kept in $SEQGRAD_BARE (default
# /var/tmp/seqgrad-bare); each run gives it a fresh home with a fresh clone of this repository. Before the first commit,
# or with --worktree in front of the command, the files of the working tree are copied instead.
set -euo pipefail

suite=bookworm
system=${SEQGRAD_BARE:-/var/tmp/seqgrad-bare}
repository=$(cd "$(dirname "$0")/../.." && pwd)
worktree=false
if [[ ${1-} == --worktree ]]; then
  worktree=true
  shift
fi
[[ $# -gt 0 ]] || set -- npm start -- --steps 3
[[ $EUID -eq 0 ]] || { echo "error: must be root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "error: debootstrap is not installed" >&2; exit 1; }

make_system() {
  debootstrap --variant=minbase "$suite" "$system.partial" >"$system.log" 2>&1 || {
    tail -n 5 "$system.log" >&2
    exit 1
  }
  local node npm
  node=$(readlink -f "$(command -v node)")
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$system.partial/opt/node/bin" "$system.partial/opt/node/lib"
  cp "$node" "$system.partial/opt/node/bin/node"
  cp -r "$npm" "$system.partial/opt/node/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$system.partial/opt/node/bin/npm"
  chroot "$system.partial" useradd --no-create-home --home-dir /home/user --shell /bin/bash user
  mv "$system.partial" "$system"
}

fresh_home() {
  rm -rf "$system/home/user"
  mkdir -p "$system/home/user/seqgrad"
  if ! $worktree && git -C "$repository" rev-parse --quiet --verify HEAD >/dev/null; then
    git clone --quiet --no-local "$repository" "$system/home/user/seqgrad"
  else
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard | tar --null -cf - -T -) |
      tar -xf - -C "$system/home/user/seqgrad"
  fi
  # How this machine reaches the npm registry is its own affair, and not part of what is proved.
  local certificates
  certificates=$(npm config get cafile 2>/dev/null)
  [[ -f $certificates ]] && cp "$certificates" "$system/home/user/.certificates.pem"
  {
    echo "registry=$(npm config get registry 2>/dev/null)"
    [[ -f $certificates ]] && echo "cafile=/home/user/.certificates.pem"
    true
  } >"$system/home/user/.npmrc"
  chroot "$system" chown -R user:user /home/user
  cp /etc/resolv.conf /etc/hosts "$system/etc/"
}

[[ -d $system ]] || make_system
fresh_home

# The mounts live in a namespace of their own and go with it.
export system
exec unshare --mount --pid --fork --kill-child bash -euc '
  mount -t proc proc "$system/proc"
  mount -t tmpfs tmpfs "$system/dev"
  for device in null zero random urandom tty; do
    touch "$system/dev/$device"
    mount --bind "/dev/$device" "$system/dev/$device"
  done
  ln -s /proc/self/fd "$system/dev/fd"
  cd /
  exec chroot --userspec=user:user "$system" /usr/bin/env -i \
    HOME=/home/user PATH=/opt/node/bin:/usr/bin:/bin TERM="${TERM:-dumb}" CI="${CI:-}" \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    /bin/bash -c '\''cd /home/user/seqgrad && exec "$@"'\'' bash "$@"
' bash "$@"
