# Completion of moescale for fish.
function __moescale_complete
    set -l words (commandline --tokens-expanded --cut-at-cursor --current-process 2>/dev/null; or commandline -opc)
    set -l current (commandline --current-token --cut-at-cursor)
    $words[1] complete -- $words[2..-1] "$current" 2>/dev/null
end
# Names of files are offered beside ours.
complete --command moescale --keep-order --arguments '(__moescale_complete)'
