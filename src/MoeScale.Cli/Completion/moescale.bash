# Completion of moescale for bash.
_moescale() {
  local IFS=$'\n' line
  COMPREPLY=()
  # Each line is a word, a tab and what it means; bash shows the words alone.
  for line in $("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
    COMPREPLY+=("${line%%$'\t'*}")
  done
}
# Where nothing of ours fits, the names of files.
complete -o default -F _moescale moescale
