/**
 * A thread beside the one that runs a query. While SQLite computes, that thread cannot learn that the
 * process it works for was killed; this one looks, and ends both rather than let them compute for nobody.
 */
const startedBy = process.ppid

setInterval(() => {
  if (process.ppid !== startedBy) process.kill(process.pid, 'SIGKILL')
}, 1_000)
