import { type CommandNode, quoted } from './command-tree.js'
import type { Shell } from './shell.js'

/** The script that teaches a shell to complete `groundplane`. Everything it offers is in it: it starts nothing while one types. */
export function completionScript(shell: Shell, nodes: readonly CommandNode[]): string {
  switch (shell) {
    case 'bash':
      return bash(nodes)
    case 'zsh':
      return zsh(nodes)
    case 'fish':
      return fish(nodes)
  }
}

/** `'<path>|<flag>'` of each option that takes a value: the word after it is no command. */
function valueFlags(nodes: readonly CommandNode[]): string[] {
  return nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap((o) => o.flags.map((flag) => quoted(`${path}|${flag}`))),
  )
}

function commandPaths(nodes: readonly CommandNode[]): string[] {
  return nodes.filter(({ path }) => path !== '').map(({ path }) => quoted(path))
}

/** Walks the words before the cursor; leaves the command in `where`, and `value` set when the cursor is on a value. */
function walk(nodes: readonly CommandNode[], words: string): string {
  return `  local where='' next value='' word
  for word in ${words}; do
    if [[ -n $value ]]; then value=''; continue; fi
    case "$where|$word" in ${valueFlags(nodes).join('|')}) value=$word; continue;; esac
    next="\${where:+$where }$word"
    case "$next" in ${commandPaths(nodes).join('|')}) where=$next;; esac
  done`
}

function choicesCase(nodes: readonly CommandNode[], offer: (words: string) => string): string {
  return nodes
    .flatMap(({ path, options }) =>
      options
        .filter(({ choices }) => choices.length > 0)
        .map(({ flags, choices }) => {
          const pattern = flags.map((flag) => quoted(`${path}|${flag}`)).join('|')
          return `      ${pattern}) ${offer(choices.join(' '))};;`
        }),
    )
    .join('\n')
}

function wordsCase(
  nodes: readonly CommandNode[],
  pick: (node: CommandNode) => string,
  offer: (words: string) => string,
): string {
  return nodes
    .map((node) => ({ path: node.path, words: pick(node) }))
    .filter(({ words }) => words !== '')
    .map(({ path, words }) => `      ${quoted(path)}) ${offer(words)};;`)
    .join('\n')
}

const flagsOf = ({ options }: CommandNode) => options.flatMap(({ flags }) => flags).join(' ')
const namesOf = ({ subcommands }: CommandNode) => subcommands.map(({ name }) => name).join(' ')

function bash(nodes: readonly CommandNode[]): string {
  const offer = (words: string) => `COMPREPLY=($(compgen -W ${quoted(words)} -- "$cur"))`
  return `# bash completion for groundplane:  source <(groundplane completion bash)
_groundplane() {
  local cur=\${COMP_WORDS[COMP_CWORD]}
${walk(nodes, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  COMPREPLY=()
  if [[ -n $value ]]; then
    case "$where|$value" in
${choicesCase(nodes, offer)}
    esac
  elif [[ $cur == -* ]]; then
    case "$where" in
${wordsCase(nodes, flagsOf, offer)}
    esac
  else
    case "$where" in
${wordsCase(nodes, namesOf, offer)}
    esac
  fi
}
complete -o default -F _groundplane groundplane
`
}

function zsh(nodes: readonly CommandNode[]): string {
  const offer = (words: string) => `compadd -- ${words}`
  return `#compdef groundplane
# zsh completion for groundplane:  source <(groundplane completion zsh)
_groundplane() {
  local cur=\${words[CURRENT]}
${walk(nodes, '"${(@)words[2,CURRENT-1]}"')}
  if [[ -n $value ]]; then
    case "$where|$value" in
${choicesCase(nodes, offer)}
      *) _files;;
    esac
  elif [[ $cur == -* ]]; then
    case "$where" in
${wordsCase(nodes, flagsOf, offer)}
    esac
  else
    case "$where" in
${wordsCase(nodes, namesOf, offer)}
      *) _files;;
    esac
  fi
}
compdef _groundplane groundplane
`
}

function fish(nodes: readonly CommandNode[]): string {
  const lines = nodes.flatMap(({ path, subcommands, options }) => {
    const at = `-n ${quoted(`__groundplane_at ${quoted(path)}`)}`
    return [
      ...subcommands.map(
        ({ name, description }) =>
          `complete -c groundplane ${at} -f -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...options.map(({ flags, description, takesValue, choices }) => {
        const names = flags
          .map((f) => (f.startsWith('--') ? `-l ${f.slice(2)}` : `-s ${f.slice(1)}`))
          .join(' ')
        const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : ''
        return `complete -c groundplane ${at} ${names}${value} -d ${quoted(description)}`
      }),
    ]
  })
  return `# fish completion for groundplane:  groundplane completion fish | source
function __groundplane_at
    set -l words (commandline -opc)
    set -l where ''
    set -l value ''
    for word in $words[2..-1]
        if test -n "$value"
            set value ''
            continue
        end
        if contains -- "$where|$word" ${valueFlags(nodes).join(' ')}
            set value $word
            continue
        end
        set -l next (string trim -- "$where $word")
        if contains -- "$next" ${commandPaths(nodes).join(' ')}
            set where $next
        end
    end
    test "$where" = "$argv[1]"
end
${lines.join('\n')}
`
}
