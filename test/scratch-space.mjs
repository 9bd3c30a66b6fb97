// Set-up of every test run: a directory of its own for temporary files, removed at the end. What tests write is gone
// with them, and much of their time was a disk that was told to hold each commit: it lies in memory where there is a
// file system with room, or where TMPDIR says. The suites of killed processes (test:faults) stay on the disk.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

const IN_MEMORY = '/dev/shm'
const NAME = 'groundplane-tests-'
/** About four times what two files of tests have written at a time. */
const [ROOM, MEMORY] = [4 * 2 ** 30, 6 * 2 ** 30]

export function setup() {
  const given = process.env.TMPDIR
  const place = !given && hasRoom() ? IN_MEMORY : tmpdir()
  removeLeft(place)
  const directory = mkdtempSync(join(place, `${NAME}${process.pid}-`))
  chmodSync(directory, 0o1777) // as /tmp is: servers of tests run as users of their own
  process.env.TMPDIR = directory
  return () => {
    if (given === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = given
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What runs left that were killed: the directories of processes that are gone. */
function removeLeft(place) {
  for (const name of readdirSync(place)) {
    const [, pid] = new RegExp(`^${NAME}(\\d+)-`).exec(name) ?? []
    if (pid !== undefined && isGone(Number(pid))) rmSync(join(place, name), { recursive: true, force: true })
  }
}

function isGone(pid) {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
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
