/**
 * A thread beside the one that runs a query. While SQLite computes, that thread cannot learn that the
 * process it works for was killed; this one looks, and ends both rather than let them compute for nobody.
 */
import { parentPort, workerData } from 'node:worker_threads'

/** Given, not looked up: whoever started this process may be gone before this line runs. */
const worksFor = workerData as number

setInterval(() => {
  if (process.ppid !== worksFor) process.kill(process.pid, 'SIGKILL')
}, 1_000)
parentPort?.postMessage('watching')
