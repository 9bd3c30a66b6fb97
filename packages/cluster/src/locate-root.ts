import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { withoutCredentials } from '@groundplane/core'
import { isS3Location } from '@groundplane/storage'
import { ClusterError } from './cluster-error.js'
import { type ClusterRoot, clusterRoot, isLocal, remoteClusterRoot } from './cluster-root.js'
import type { Declared } from './config.js'
import { ConfigDocument } from './config-field.js'
import { storageOfDataDirectory } from './data-directory.js'
import { declaredRoot } from './declared-root.js'
import { isDiagnostic } from './ledger.js'
import { CONFIG_FILE } from './parse-config.js'

/**
 * The root of an applied cluster, named by its config directory, its storage root
 * (a directory, or `s3://…` with `GROUNDPLANE_DATA_DIR` for the graphs), or the data directory of one on S3.
 * Of `cluster.yaml` only `storage:` and `data_dir:` are read: what is applied stays servable while
 * someone edits the rest of it.
 */
export async function locateRoot(dir: string): Promise<Located> {
  if (isS3Location(dir)) return { root: remoteClusterRoot(dir, dataDirectoryOf(dir)) }
  const path = resolve(dir)
  let text: string
  try {
    text = await readFile(join(path, CONFIG_FILE), 'utf8')
  } catch {
    const storage = await storageOfDataDirectory(path)
    return { root: storage === undefined ? clusterRoot(path) : remoteClusterRoot(storage, path) }
  }
  if (last?.path === path && last.text === text) return last.found
  const found = { root: rootDeclaredIn(path, text), configDir: path }
  // What a bucket's client is made of is not in the text alone.
  last = isLocal(found.root) ? { path, text, found } : null
  return found
}

export interface Located {
  readonly root: ClusterRoot
  readonly configDir?: string
}

/**
 * What a text said when it was read last. A server looks for its root at every look for a new revision, and to parse the
 * text takes as long as many requests.
 */
let last: { readonly path: string; readonly text: string; readonly found: Located } | null = null

/** Throws what is wrong with the place that is declared. */
function rootDeclaredIn(path: string, text: string): ClusterRoot {
  const members = new ConfigDocument(text, CONFIG_FILE).root.members()
  const value = (name: string): Declared<string> | undefined => {
    const field = members.find((member) => member.name === name)?.field
    const written = field?.string()
    return field && written !== undefined ? { value: written, place: field.place } : undefined
  }
  const [storage, dataDir] = [value('storage'), value('data_dir')]
  const root = declaredRoot(path, { ...(storage && { storage }), ...(dataDir && { dataDir }) })
  if (isDiagnostic(root)) {
    throw new ClusterError('unsupported', root.code, root.message, { remedy: root.remedy ?? '' })
  }
  return root
}

function dataDirectoryOf(location: string): string {
  const directory = process.env.GROUNDPLANE_DATA_DIR
  if (directory) return resolve(directory)
  const shown = withoutCredentials(location)
  throw new ClusterError('invalid', 'data_dir_missing', `where the graphs of ${shown} lie is not said`, {
    remedy:
      'Set GROUNDPLANE_DATA_DIR to the directory that "data_dir" of its cluster.yaml names, or name the config directory instead.',
  })
}
