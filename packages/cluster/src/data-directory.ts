import { hostname } from 'node:os'
import { type Diagnostic, isoTime } from '@groundplane/core'
import { directoryRoot, StorageError, type StorageRoot } from '@groundplane/storage'
import { z } from 'zod'
import { type ClusterRoot, DATA_DIRECTORY_KEY, isLocal, objectPath } from './cluster-root.js'
import type { Environment } from './environment.js'
import { failure, problem } from './problem.js'

/**
 * `__cluster/data-dir.json`, version 1: on S3 it says which directory holds the graphs,
 * in that directory it says whose graphs they are. Both carry one id. Without it,
 * a command with another directory (on another machine, or a mistyped one) would see no graph,
 * take an interrupted creation for one that never happened, and let ledger and graphs part.
 */
interface DataDirectoryRecord {
  readonly version: 1
  readonly id: string
  readonly storage: string
  readonly host: string
  readonly path: string
  readonly created_at: string
}

const shape = z.looseObject({
  version: z.literal(1),
  id: z.string().min(1),
  storage: z.string(),
  host: z.string(),
  path: z.string(),
  created_at: z.string(),
})

/** The storage root a data directory belongs to; undefined for any other directory. */
export async function storageOfDataDirectory(directory: string): Promise<string | undefined> {
  return (await read(directoryRoot(directory)))?.storage
}

/**
 * An error when the data directory is not the one that holds this cluster's graphs. Claims it for the cluster, when
 * `claim` is set and neither has said anything yet: first in the directory, then, only if nobody
 * else was quicker, on S3; a crash in between leaves a claim that the next one completes.
 */
export async function checkDataDirectory(
  root: ClusterRoot,
  env: Environment,
  claim: boolean,
): Promise<Diagnostic | undefined> {
  if (isLocal(root)) return undefined
  try {
    const local = directoryRoot(root.directory)
    const here = await read(local)
    if (here && here.storage !== root.storage.location) return foreign(root, here)
    const there = await read(root.storage)
    if (there) return here?.id === there.id ? undefined : elsewhere(root, there)
    if (!claim) return undefined
    const mine = here ?? newRecord(root, env)
    if (!here) await local.put(DATA_DIRECTORY_KEY, textOf(mine), { ifNoneMatch: true })
    await root.storage.put(DATA_DIRECTORY_KEY, textOf(mine), { ifNoneMatch: true })
    return undefined
  } catch (error) {
    if (error instanceof StorageError && error.code === 'precondition_failed')
      return problem(
        'data_dir_mismatch',
        { path: 'data_dir' },
        'another command claimed a data directory for this cluster at the same time',
        'Run the command again.',
      )
    return failure(
      'data_dir_error',
      { path: 'data_dir' },
      `whether ${root.directory} holds the graphs of this cluster cannot be told`,
      error,
      'Check that the directory can be read and written.',
    )
  }
}

async function read(root: StorageRoot): Promise<DataDirectoryRecord | undefined> {
  const stored = await root.get(DATA_DIRECTORY_KEY)
  if (!stored) return undefined
  let data: unknown
  try {
    data = JSON.parse(Buffer.from(stored.body).toString('utf8'))
  } catch {}
  const parsed = shape.safeParse(data)
  if (parsed.success) return parsed.data as DataDirectoryRecord
  throw new Error(`${root.location}/${DATA_DIRECTORY_KEY} is malformed`)
}

function newRecord(root: ClusterRoot, env: Environment): DataDirectoryRecord {
  return {
    version: 1,
    id: env.ids.next(),
    storage: root.storage.location,
    host: hostname(),
    path: root.directory,
    created_at: isoTime(env.clock()),
  }
}

function textOf(record: DataDirectoryRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`
}

function foreign(root: ClusterRoot, { storage }: DataDirectoryRecord): Diagnostic {
  return problem(
    'data_dir_mismatch',
    { path: 'data_dir' },
    `${root.directory} holds the graphs of ${storage}, not of ${root.storage.location}`,
    'Name another directory with "data_dir", or correct "storage".',
  )
}

function elsewhere(root: ClusterRoot, { host, path, created_at }: DataDirectoryRecord): Diagnostic {
  return problem(
    'data_dir_mismatch',
    { path: 'data_dir' },
    `the graphs of ${root.storage.location} are in ${path} on ${host} (since ${created_at}), not in ${root.directory} here`,
    `Run the command there, or bring that directory here whole. If it is lost for good: remove ${objectPath(root, DATA_DIRECTORY_KEY)}, then refresh and apply.`,
  )
}
