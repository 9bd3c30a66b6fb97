// Set-up of every test run: where temporary files go. What tests write is gone when they end, and much of their
// time was a disk that was told to hold each commit. A file system in memory takes it where there is one with room;
// TMPDIR, when it is set, is where the caller wants it. The suites of killed processes (test:faults) stay on the disk.
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'

const IN_MEMORY = '/dev/shm'
/** About four times what two files of tests have written at a time. */
const [ROOM, MEMORY] = [4 * 2 ** 30, 6 * 2 ** 30]

export function setup() {
  if (process.env.TMPDIR || !hasRoom()) return () => {}
  const directory = mkdtempSync(join(IN_MEMORY, 'groundplane-tests-'))
  chmodSync(directory, 0o1777) // as /tmp is: servers of tests run as users of their own
  process.env.TMPDIR = directory
  return () => {
    delete process.env.TMPDIR
    rmSync(directory, { recursive: true, force: true })
  }
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    return bavail * bsize >= ROOM && freemem() >= MEMORY
  } catch {
    return false
  }
}
