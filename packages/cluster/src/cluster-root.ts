import { join } from 'node:path'
import { directoryRoot, isS3Location, type StorageRoot, storageRoot } from '@groundplane/storage'

export const STATE_KEY = '__cluster/state.json'
export const LOCK_KEY = '__cluster/lock.json'
export const DATA_DIRECTORY_KEY = '__cluster/data-dir.json'
export const INTENT_PREFIX = '__cluster/recoveries/'
export const APPROVAL_PREFIX = '__cluster/approvals/'
export const RESOURCE_PREFIX = '__cluster/resources/'
export const PUBLICATION_PREFIX = '__cluster/publications/'
export const SCHEDULE_PREFIX = '__cluster/schedules/'
export const REVISION_PREFIX = '__cluster/revisions/'

/** Where a cluster keeps what it applied: control objects behind `storage`, graphs in a local directory. */
export interface ClusterRoot {
  readonly storage: StorageRoot
  readonly directory: string
}

export function clusterRoot(directory: string): ClusterRoot {
  return { storage: directoryRoot(directory), directory }
}

/** Control objects at `s3://…`, graphs in the data directory. Throws `invalid_storage_location`. */
export function remoteClusterRoot(location: string, dataDirectory: string): ClusterRoot {
  return { storage: storageRoot(location), directory: dataDirectory }
}

/** The root of a graph below the cluster root, as the ledger and intents name it. */
export function graphRootKey(id: string): string {
  return `graphs/${id}.gp`
}

export function graphRoot(root: ClusterRoot, id: string): string {
  return join(root.directory, graphRootKey(id))
}

/** Whether the control objects are on this machine, beside the graphs; destructive work on others asks first. */
export function isLocal(root: ClusterRoot): boolean {
  return !isS3Location(root.storage.location)
}

export function objectPath(root: ClusterRoot, key: string): string {
  return `${root.storage.location}/${key}`
}
