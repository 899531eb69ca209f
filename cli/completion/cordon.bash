# bash completion for cordon

# Where the program starts among the words of `cordon run`; 0: not yet.
_cordon_program() {
  local i word
  for ((i = 2; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
    --) echo $((i + 1)) && return ;;
    --profile | --profile-file | --fs-read | --fs-write | --fs-deny | --chroot | \
      --fs-mount | --net-allow | --net-allow-bind | --gpu | --extra-allow-syscall | \
      --extra-deny-syscall | --allow-degraded | --disable | --exec-shell | \
      --cwd | --env | --user | --name | --timeout | --max-open-files | \
      --max-processes | --cpu-cores | --status-fd | --audit) ((i++)) ;;
    --*) ;;
    -*[prwetP]) ((i++)) ;;
    -*) ;;
    *) echo "$i" && return ;;
    esac
  done
  echo 0
}

# The values of the option before the cursor. Fails when it has none to offer.
_cordon_values() {
  case $1 in
  -p | --profile | show | delete)
    compgen -W "$(cordon profile list 2>/dev/null | awk '{print $1}')" -- "$2" ;;
  --allow-degraded | --disable)
    compgen -W "fs-refer fs-truncate net-tcp fs-ioctl-dev signal-scope
      abstract-unix-socket-scope" -- "$2" ;;
  --extra-allow-syscall) compgen -W "metadata sysv_ipc unix_datagram" -- "$2" ;;
  --extra-deny-syscall | syscall)
    compgen -W "$(cordon list-syscalls 2>/dev/null | awk '{print $2}')" \
      -- "$2" ;;
  inspect | stats | kill)
    [[ $2 == -* ]] && return 1
    compgen -W "$(cordon ps 2>/dev/null | awk 'NR > 1 {print $1}')" -- "$2" ;;
  --signal) compgen -W "TERM INT HUP KILL STOP CONT USR1 USR2" -- "$2" ;;
  -r | --fs-read | -w | --fs-write | --fs-deny | --profile-file | --audit | save | read | write | \
    create | remove | exec) compgen -f -- "$2" ;;
  --cwd | --chroot) compgen -d -- "$2" ;;
  --gpu) compgen -W "all" -- "$2" ;;
  --arch) compgen -W "x86_64 aarch64" -- "$2" ;;
  --fs-mount | --net-allow | --net-allow-bind | -e | --exec-shell | --env | --user | \
    --name | -t | --timeout | -P | --max-processes | --max-open-files | \
    --cpu-cores | --status-fd) ;;
  *) return 1 ;;
  esac
  return 0
}

_cordon() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} program offered words=
  local policy="--fs-read --fs-write --fs-deny --chroot --fs-mount --net-allow --net-allow-bind --profile
    --profile-file --extra-deny-syscall --extra-allow-syscall --allow-degraded
    --disable --gpu --max-processes --deterministic-dirs --no-supervisor --verbose --help"
  if ((COMP_CWORD > 1)) && [[ $command == run ]]; then
    program=$(_cordon_program)
    if ((program > 0)); then
      if declare -F _command_offset >/dev/null; then
        _command_offset "$program"
      elif ((program == COMP_CWORD)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$word")
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      fi
      return
    fi
  fi
  if ((COMP_CWORD > 1)) && offered=$(_cordon_values "$before" "$word"); then
    [[ -n $offered ]] && mapfile -t COMPREPLY <<<"$offered"
    return
  fi
  case $COMP_CWORD:$command:$word in
  1:*) words="run explain check list-syscalls profile ps inspect stats kill
    --help --version" ;;
  *:run:-*) words="$policy --timeout --max-open-files --cwd --env --clean-env --user
    --name --exec-shell --status-fd --audit --interactive --cpu-cores
    --no-coredump --no-huge-pages --no-randomize-memory" ;;
  *:ps:* | *:stats:-*) words="--json --help" ;;
  *:inspect:-*) words="--toml --help" ;;
  *:kill:-*) words="--signal --help" ;;
  *:explain:-*) words=$policy ;;
  *:explain:*) words="read write create remove exec connect bind syscall
    signal" ;;
  *:list-syscalls:*) words="--markdown --arch --help" ;;
  4:profile:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
  2:profile:*) words="list show save delete --help" ;;
  *:run:*) mapfile -t COMPREPLY < <(compgen -c -- "$word") && return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _cordon cordon
