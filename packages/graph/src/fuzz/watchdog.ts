import { Worker } from 'node:worker_threads'

/** Longer than any input may take on the slowest machine: what is still at work then will not end. */
const MAX_SILENCE_S = 300

const WATCH = `
const { workerData: { beat, words, silence } } = require('node:worker_threads')
let seen = -1
setInterval(() => {
  const now = Atomics.load(beat, 0)
  if (now === seen) {
    const length = Atomics.load(beat, 1)
    const text = Buffer.from(words.slice(0, length)).toString()
    require('node:fs').writeSync(2, 'fuzz: no end after ' + silence + ' s: ' + text + '\\n')
    process.kill(process.pid, 'SIGKILL')
  }
  seen = now
}, silence * 1000)
`

/** Ends the process when an input does not end, as nothing else can; says which it was. */
export class Watchdog {
  readonly #beat = new Int32Array(new SharedArrayBuffer(8))
  readonly #words = new Uint8Array(new SharedArrayBuffer(4096))
  readonly #worker: Worker

  constructor(silence = MAX_SILENCE_S) {
    const workerData = { beat: this.#beat, words: this.#words, silence }
    this.#worker = new Worker(WATCH, { eval: true, workerData })
    this.#worker.unref()
  }

  /** What begins now. */
  note(what: string): void {
    const { written } = new TextEncoder().encodeInto(what, this.#words)
    Atomics.store(this.#beat, 1, written)
    Atomics.add(this.#beat, 0, 1)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
