# bash completion for cordon
_cordon() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]}
  local policy="--fs-read --fs-write --net-allow --net-allow-bind --profile
    --profile-file --extra-deny-syscall --extra-allow-syscall --allow-degraded
    --disable --gpu --no-supervisor --verbose --help"
  local protections="fs-refer fs-truncate net-tcp fs-ioctl-dev signal-scope
    abstract-unix-socket-scope"
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W \
      "run explain check list-syscalls profile" -- "$word")
    return
  fi
  case $before in
  -p | --profile | show | delete)
    mapfile -t COMPREPLY < <(compgen -W \
      "$(cordon profile list 2>/dev/null | awk '{print $1}')" -- "$word")
    return ;;
  --allow-degraded | --disable)
    mapfile -t COMPREPLY < <(compgen -W "$protections" -- "$word")
    return ;;
  --extra-allow-syscall)
    mapfile -t COMPREPLY < <(compgen -W "metadata sysv_ipc" -- "$word")
    return ;;
  profile)
    mapfile -t COMPREPLY < <(compgen -W "list show save delete" -- "$word")
    return ;;
  esac
  if [[ $word == -* && $command == run ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$policy --timeout --max-open-files
      --cwd --env --clean-env --user --name --exec-shell --status-fd
      --interactive --cpu-cores --no-coredump --no-huge-pages
      --no-randomize-memory" -- "$word")
  elif [[ $word == -* && $command == explain ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$policy" -- "$word")
  elif [[ $command == explain ]]; then
    mapfile -t COMPREPLY < <(compgen -f -W "read write create remove exec
      connect bind syscall signal" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -c -- "$word")
  fi
}
complete -o filenames -F _cordon cordon
