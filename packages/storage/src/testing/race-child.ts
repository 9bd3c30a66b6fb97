/**
 * A separate process of the conformance suite:
 * `increment <location> <key> <n>` adds one to a counter n times by compare-and-swap;
 * `hold <location> <key> <n>` takes a lock n times and counts inside;
 * `create <location> <prefix> <n>` tries to create n keys and prints which it won.
 */
import { storageRoot } from '../open-root.js'
import { StorageError } from '../storage-error.js'
import type { StorageRoot } from '../storage-root.js'

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

/** Takes the lock `n` times; inside, adds one to a counter by a plain read and write, which only a lock makes safe. */
async function hold(root: StorageRoot, key: string, times: number): Promise<number> {
  const counter = key.replace(/lock$/, 'held')
  for (let done = 0; done < times; ) {
    const taken = await root.put(key, `${process.pid}-${done}`, { ifNoneMatch: true }).catch((error) => {
      if (error instanceof StorageError && error.code === 'precondition_failed') return null
      throw error
    })
    if (!taken) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
      continue
    }
    const found = await root.get(counter)
    await root.put(counter, String(Number(Buffer.from(found?.body ?? '0').toString('utf8')) + 1))
    await root.delete(key, { ifMatch: taken.etag })
    done++
  }
  return times
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

const [action, location, key, count] = process.argv.slice(2) as [string, string, string, string]
const root = storageRoot(location)
if (action === 'increment') await increment(root, key, Number(count))
else if (action === 'hold') process.stdout.write(`held ${await hold(root, key, Number(count))}`)
else process.stdout.write(JSON.stringify(await create(root, key, Number(count))))
