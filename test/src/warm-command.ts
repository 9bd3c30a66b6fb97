import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CLI } from './command.js'
import type { HostedCommand, HostedResult } from './command-host.js'

const HOST = fileURLToPath(new URL('./command-host.js', import.meta.url))
/** Commands that go on until they are ended, read standard input, start processes of their own, or set what outlasts them. */
const ALONE = ['serve', 'mcp', 'lsp', 'demo', 'login', 'schedule']

/**
 * Where most commands of a long session run: in one process, one after another. Each kind of command
 * is first run as the process that users start, so that how it begins and ends is tried as well.
 */
export class WarmCommand {
  readonly #begun = new Set<string>()
  #host: ChildProcess | undefined
  #said = ''
  #turn: Promise<unknown> = Promise.resolve()

  /** False when a command has to be a process of its own: always, or because it is the first of its kind. */
  takes(args: readonly string[]): boolean {
    if (ALONE.includes(args[0] as string) || args.includes('-') || args.includes('--quiet')) return false
    const kind = args
      .slice(0, 2)
      .filter((word) => /^[a-z][a-z-]*$/.test(word))
      .join(' ')
    const first = !this.#begun.has(kind)
    this.#begun.add(kind)
    return !first
  }

  /** Waits for the commands before it. Fails when the process ends amid the command. */
  run(command: HostedCommand): Promise<HostedResult> {
    const result = this.#turn.then(() => this.#ask(command))
    this.#turn = result.catch(() => {})
    return result
  }

  stop(): void {
    this.#host?.disconnect()
    this.#host = undefined
  }

  #ask(command: HostedCommand): Promise<HostedResult> {
    this.#host ??= this.#start()
    const host = this.#host
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => {
        host.off('message', answered)
        this.#host = undefined
        reject(new Error(`the process ended with ${code} amid ${command.args.join(' ')}: ${this.#said}`))
      }
      const answered = (result: HostedResult) => {
        host.off('exit', ended)
        resolve(result)
      }
      host.once('exit', ended)
      host.once('message', answered)
      host.send(command)
    })
  }

  /** As for a command in a script, none of its streams is a terminal. */
  #start(): ChildProcess {
    const host = fork(HOST, [CLI], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
    host.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    return host
  }
}
