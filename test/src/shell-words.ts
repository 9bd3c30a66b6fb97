export interface SimpleCommand {
  /** `NAME=value` words before the command. */
  readonly env: Readonly<Record<string, string>>
  readonly words: readonly string[]
}

/**
 * The words of a line of which a shell would do nothing but split it: quotes, backslashes and lines that go on.
 * Undefined for anything else: pipes, redirections, lists, expansions, patterns, comments.
 */
export function simpleCommand(line: string): SimpleCommand | undefined {
  const words: string[] = []
  const rest = /^(?:\s|\\\n)*((?:'[^']*'|"(?:[^"$`\\]|\\["$`\\])*"|\\[^\n]|[\w@%+=:,./-])+)/
  let left = line
  for (let match = rest.exec(left); match !== null; match = rest.exec(left)) {
    words.push(unquoted(match[1] as string))
    left = left.slice(match[0].length)
    if (left !== '' && !/^(\s|\\\n)/.test(left)) return undefined
  }
  if (left.trim() !== '') return undefined
  const env: Record<string, string> = {}
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [, name, value] = /^(\w+)=([\s\S]*)$/.exec(words.shift() as string) as unknown as [
      string,
      string,
      string,
    ]
    env[name] = value
  }
  return { env, words }
}

function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
    (_, single, double, escaped) => single ?? double?.replace(/\\(.)/g, '$1') ?? escaped,
  )
}
