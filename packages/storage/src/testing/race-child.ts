/**
 * A separate process of the conformance suite:
 * `increment <scheme> <location> <key> <n>` adds one to a counter n times by compare-and-swap;
 * `create <scheme> <location> <prefix> <n>` tries to create n keys and prints which it won.
 */
import { directoryRoot } from '../directory-root.js'
import { StorageError } from '../storage-error.js'
import type { StorageRoot } from '../storage-root.js'

const SCHEMES: Record<string, (location: string) => StorageRoot> = { directory: directoryRoot }

async function increment(root: StorageRoot, key: string, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const found = await root.get(key)
    if (!found) throw new Error(`${key} vanished`)
    const next = String(Number(Buffer.from(found.body).toString('utf8')) + 1)
    if (await wins(root.put(key, next, { ifMatch: found.etag }))) done++
  }
}

async function create(root: StorageRoot, prefix: string, count: number): Promise<number[]> {
  const won: number[] = []
  for (let i = 0; i < count; i++) {
    if (await wins(root.put(`${prefix}/${i}`, String(process.pid), { ifNoneMatch: true }))) won.push(i)
  }
  return won
}

async function wins(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof StorageError && error.code === 'precondition_failed') return false
    throw error
  }
}

const [action, scheme, location, key, count] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const open = SCHEMES[scheme]
if (!open) throw new Error(`no storage root of scheme ${scheme}`)
if (action === 'increment') await increment(open(location), key, Number(count))
else process.stdout.write(JSON.stringify(await create(open(location), key, Number(count))))
