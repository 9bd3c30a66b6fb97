import { resolve } from 'node:path'
import { type Diagnostic, withoutCredentials } from '@groundplane/core'
import { isS3Location, StorageError } from '@groundplane/storage'
import { type ClusterRoot, clusterRoot, remoteClusterRoot } from './cluster-root.js'
import type { ClusterConfig } from './config.js'
import { problem } from './problem.js'

/**
 * The root that `storage:` and `data_dir:` declare, by default the config directory; or why it
 * cannot be used. Looks at the text only: works before any bucket or directory is there.
 */
export function declaredRoot(
  configDir: string,
  { storage, dataDir }: Pick<ClusterConfig, 'storage' | 'dataDir'>,
): ClusterRoot | Diagnostic {
  if (storage && isS3Location(storage.value)) {
    if (!dataDir) {
      return problem(
        'data_dir_missing',
        storage.place,
        'graphs cannot be kept on S3 in this version of groundplane, and no local directory is declared for them',
        'Add "data_dir: <directory>" beside "storage": the graphs are kept there, everything else on S3.',
      )
    }
    if (isUrl(dataDir.value)) return notLocal(dataDir)
    try {
      return remoteClusterRoot(storage.value, resolve(configDir, dataDir.value))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return problem('invalid_storage_root', storage.place, error.message, error.remedy ?? '')
    }
  }
  if (dataDir) {
    return problem(
      'data_dir_not_applicable',
      dataDir.place,
      '"data_dir" goes with storage on S3 only: in a directory the graphs lie beside the ledger',
      'Remove "data_dir".',
    )
  }
  if (storage && isUrl(storage.value)) {
    return problem(
      'invalid_storage_root',
      storage.place,
      `"${withoutCredentials(storage.value)}" is not a storage root`,
      'Write the path of a directory, or s3://bucket/prefix.',
    )
  }
  return clusterRoot(storage ? resolve(configDir, storage.value) : configDir)
}

function notLocal({ value, place }: NonNullable<ClusterConfig['dataDir']>): Diagnostic {
  return problem(
    'invalid_data_dir',
    place,
    `"${withoutCredentials(value)}" is not a local directory`,
    'Write the path of a directory on this machine.',
  )
}

function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)
}
