import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Judgement, unjudged } from '../assertion/judgement.js'
import type { HealthQuestion, QueryQuestion } from './evaluate-query.js'

/**
 * Runs queries of people in a process of their own, on a read-only connection of its own: SQLite has
 * no way to be interrupted from outside, so a query that computes without end before its first row can
 * only be stopped by ending the process it runs in. The process is started by the first question and
 * again after it was ended. One question at a time; `close` when done. The queries see what is
 * committed when they run, not the snapshot of whoever asks.
 */
export class QueryProcess {
  readonly #path: string
  #child: ChildProcess | undefined

  /** `path` of the SQLite file. */
  constructor(path: string) {
    this.#path = path
  }

  /** What the query comes to; when it has not ended after `queryMs` milliseconds, or cannot run, why not. */
  async evaluate(question: QueryQuestion | HealthQuestion, queryMs: number): Promise<Judgement> {
    this.#child ??= await start(this.#path)
    const child = this.#child
    return new Promise((resolve) => {
      const settle = (judgement: Judgement): void => {
        clearTimeout(timer)
        child.removeAllListeners('message').removeAllListeners('exit')
        resolve(judgement)
      }
      const give = (message: string): void => {
        this.#child = undefined
        settle(unjudged(message))
      }
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        give(`the query did not finish within ${queryMs} ms`)
      }, queryMs)
      child.once('message', (judgement: Judgement) => settle(judgement))
      child.once('exit', (code, signal) => give(`the process of the query ended (${signal ?? code})`))
      child.send(question, (error) => {
        if (error) give(`the process of the query cannot be reached: ${error.message}`)
      })
    })
  }

  /** Resolves when the process is gone and its connection closed. */
  async close(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  }
}

/** Resolves when the process can take a question. */
async function start(path: string): Promise<ChildProcess> {
  const child = fork(
    fileURLToPath(new URL('./query-process-main.js', import.meta.url)),
    [path, String(process.pid)],
    {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const said = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (said[0] !== 'ready') throw new Error(`the process of the query did not start (${said[1] ?? said[0]})`)
  return child
}
