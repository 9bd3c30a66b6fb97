import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ClusterError } from './cluster-error.js'
import { type ClusterRoot, clusterRoot } from './cluster-root.js'
import { ConfigDocument } from './config-field.js'
import { isDiagnostic } from './ledger.js'
import { CONFIG_FILE } from './parse-config.js'
import { storageDirectory } from './workspace.js'

/**
 * The root of an applied cluster. `dir` is a config directory or a storage root.
 * Of `cluster.yaml` only `storage:` is read: what is applied stays servable while
 * someone edits the rest of it.
 */
export async function locateRoot(dir: string): Promise<{ root: ClusterRoot; configDir?: string }> {
  if (dir.startsWith('s3://'))
    throw unsupported(
      'a storage root on S3 cannot be served in this version of groundplane',
      'Name a directory.',
    )
  const path = resolve(dir)
  let text: string
  try {
    text = await readFile(join(path, CONFIG_FILE), 'utf8')
  } catch {
    return { root: clusterRoot(path) }
  }
  const document = new ConfigDocument(text, CONFIG_FILE)
  const storage = document.root.members().find(({ name }) => name === 'storage')?.field
  const value = storage?.string()
  const found = storageDirectory(
    path,
    value === undefined || !storage ? undefined : { value, place: storage.place },
  )
  if (isDiagnostic(found)) throw unsupported(found.message, found.remedy ?? '', found.code)
  return { root: clusterRoot(found.directory), configDir: path }
}

function unsupported(message: string, remedy: string, code = 'storage_root_unsupported'): ClusterError {
  return new ClusterError('unsupported', code, message, { remedy })
}
