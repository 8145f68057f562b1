#compdef moescale
# Completion of moescale for zsh.
_moescale() {
  local -a lines items
  lines=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  local line word meaning
  for line in $lines; do
    word=${line%%$'\t'*} meaning=${line#*$'\t'}
    # _describe parts a word from what it means by a colon.
    items+=("${word//:/\\:}${meaning:+:$meaning}")
  done
  # Where nothing of ours fits, the names of files.
  if (( $#items )); then
    _describe -V moescale items
  else
    _files
  fi
}
compdef _moescale moescale
