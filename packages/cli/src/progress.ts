import { note } from './output.js'

/** Progress of one long step on stderr: counts and times, one line kept current on a terminal. */
export interface Step {
  update(done: number, total?: number, what?: string): void
  finish(summary: string): void
  /** The step came to nothing; why is said elsewhere. */
  abandon(): void
}

export type StartStep = (title: string) => Step

/**
 * On a terminal the running line is redrawn at most ten times a second; in a pipe
 * only the closing line of each step is written.
 */
export function stepReporter(nowMs: () => number = Date.now, stream = process.stderr): StartStep {
  return (title) => {
    const startedMs = nowMs()
    let drawnMs = 0
    const clear = () => void (stream.isTTY && stream.write('\r\x1b[2K'))
    const seconds = () => `${((nowMs() - startedMs) / 1000).toFixed(1)}s`
    return {
      update(done, total, what = '') {
        if (!stream.isTTY || nowMs() - drawnMs < 100) return
        drawnMs = nowMs()
        const share = total ? ` ${Math.floor((100 * done) / total)}%` : ''
        stream.write(`\r\x1b[2K  … ${title} ${done.toLocaleString('en-US')}${share} ${what} ${seconds()}`)
      },
      abandon: clear,
      finish(summary) {
        clear()
        note(`  ✓ ${title.padEnd(26)} ${summary} (${seconds()})`)
      },
    }
  }
}
