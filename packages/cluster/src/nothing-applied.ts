import { resolve } from 'node:path'
import { isS3Location } from '@groundplane/storage'
import { ClusterError } from './cluster-error.js'
import { isLocal } from './cluster-root.js'
import type { Located } from './locate-root.js'
import { notADirectory } from './named-directory.js'
import { clusterCommand } from './next-command.js'
import { CONFIG_FILE } from './parse-config.js'

/**
 * Why nothing can be served of a cluster without a ledger: no such directory, one that is no cluster's, or a cluster
 * whose first apply is still to come. `dir` is what was named.
 */
export async function nothingApplied(dir: string, { root, configDir }: Located): Promise<ClusterError> {
  const absent = isS3Location(dir) ? undefined : await notADirectory(resolve(dir))
  if (absent) return new ClusterError('not-found', absent.code, absent.message, { remedy: absent.remedy })
  const { location } = root.storage
  if (configDir !== undefined || !isLocal(root)) {
    const named = configDir === undefined ? undefined : dir
    const where = named === undefined ? ' in its config directory' : ''
    return new ClusterError('not-found', 'cluster_state_missing', `${location} holds no applied cluster`, {
      remedy: `Run "${clusterCommand('import', named)}" and then "${clusterCommand('apply', named)}"${where}.`,
    })
  }
  return new ClusterError(
    'not-found',
    'cluster_state_missing',
    `${location} holds no applied cluster, and no ${CONFIG_FILE} either`,
    { remedy: `Name the directory that holds ${CONFIG_FILE}, or write one there.` },
  )
}
