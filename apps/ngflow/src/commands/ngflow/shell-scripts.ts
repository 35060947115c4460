/** The scripts of the shells: each asks `ngflow completion words` for the words, a line each with their meaning. */
export const SHELL_SCRIPTS = {
  bash: `# ngflow completion bash
_ngflow() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(ngflow completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
  # One candidate with a comma may go on.
  [[ \${#COMPREPLY[@]} -eq 1 && $cur == *,* ]] && compopt -o nospace
  return 0
}
complete -o bashdefault -o default -F _ngflow ngflow
`,
  zsh: `#compdef ngflow
# ngflow completion zsh
_ngflow() {
  local line
  local -a described
  for line in "\${(@f)$(ngflow completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#described} )); then _describe -V ngflow described; else _files; fi
}
if [[ $funcstack[1] == _ngflow ]]; then _ngflow "$@"; else compdef _ngflow ngflow; fi
`,
  fish: `# ngflow completion fish
function __ngflow_words
  set -l words (commandline -opc) (commandline -ct)
  set -l found (ngflow completion words -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c ngflow -f -a '(__ngflow_words)'
`,
} as const;
