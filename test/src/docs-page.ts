/** One fenced block of a documentation page. */
export interface Block {
  readonly page: string
  /** Line of the opening fence, counted from 1. */
  readonly line: number
  /** First word of the info string: `pg`, `gq`, `yaml`, `console`, … */
  readonly language: string
  /** `key=value` words of the info string; a bare word is a key with an empty value. */
  readonly options: Readonly<Record<string, string>>
  readonly text: string
}

/** One `$ …` command of a console block with what the page shows of its output. */
export interface ShownCommand {
  readonly line: number
  readonly command: string
  readonly exitCode: number
  readonly output: readonly string[]
}

/** Fenced blocks in order. An unclosed fence runs to the end of the page. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w+)[ \t]*(.*)$/.exec(lines[i] as string)
    if (!fence) continue
    const line = i + 1
    const text: string[] = []
    for (i++; i < lines.length && lines[i] !== '```'; i++) text.push(lines[i] as string)
    blocks.push({
      page,
      line,
      language: fence[1] as string,
      options: optionsOf(fence[2] as string),
      text: `${text.join('\n')}\n`,
    })
  }
  return blocks
}

function optionsOf(info: string): Record<string, string> {
  const words = info.split(/\s+/).filter((word) => word !== '')
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

/**
 * Commands of a console block. A command begins with `$ ` and goes on over lines that end in a
 * backslash; the lines up to the next command are its output. A last output line `(exit n)` is
 * the exit code, else it is 0.
 */
export function commandsOf(block: Block): ShownCommand[] {
  const commands: { line: number; command: string; exitCode: number; output: string[] }[] = []
  const lines = block.text.replace(/\n$/, '').split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    if (line.startsWith('$ ')) {
      let command = line.slice(2)
      const at = block.line + 1 + i
      while (command.endsWith('\\')) command += `\n${lines[++i] ?? ''}`
      commands.push({ line: at, command, exitCode: 0, output: [] })
      continue
    }
    const current = commands.at(-1)
    if (!current) throw new Error(`${block.page}:${block.line}: a console block begins with a command`)
    const exit = /^\(exit (\d+)\)$/.exec(line)
    if (exit) current.exitCode = Number(exit[1])
    else if (line !== '') current.output.push(line)
  }
  return commands
}

/**
 * The first shown line that the output does not have, or undefined. Shown lines must appear in
 * order; others may stand between them. `…` stands for any text within a line; a line that is
 * only `…` says that lines are left out. Runs of blanks and of rule characters are one.
 */
export function firstMissing(shown: readonly string[], output: string): string | undefined {
  const actual = output.split('\n').map(even)
  let from = 0
  for (const line of shown) {
    if (even(line) === '…') continue
    const pattern = new RegExp(`^${even(line).split('…').map(escaped).join('.*')}$`)
    const found = actual.findIndex((candidate, i) => i >= from && pattern.test(candidate))
    if (found < 0) return line
    from = found + 1
  }
  return undefined
}

function even(line: string): string {
  return line.replace(/─+/g, '─').replace(/\s+/g, ' ').trim()
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
