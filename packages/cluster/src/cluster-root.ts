import { join } from 'node:path'
import { directoryRoot, type StorageRoot } from '@groundplane/storage'

export const STATE_KEY = '__cluster/state.json'
export const LOCK_KEY = '__cluster/lock.json'
export const INTENT_PREFIX = '__cluster/recoveries/'
export const APPROVAL_PREFIX = '__cluster/approvals/'
export const RESOURCE_PREFIX = '__cluster/resources/'
export const REVISION_PREFIX = '__cluster/revisions/'

/** Where a cluster keeps what it applied: control objects behind `storage`, graphs in a local directory. */
export interface ClusterRoot {
  readonly storage: StorageRoot
  readonly directory: string
}

export function clusterRoot(directory: string): ClusterRoot {
  return { storage: directoryRoot(directory), directory }
}

/** The root of a graph below the cluster root, as the ledger and intents name it. */
export function graphRootKey(id: string): string {
  return `graphs/${id}.gp`
}

export function graphRoot(root: ClusterRoot, id: string): string {
  return join(root.directory, graphRootKey(id))
}

/** Whether the control objects are on this machine; destructive work on others asks first. */
export function isLocal(root: ClusterRoot): boolean {
  return !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(root.storage.location)
}

export function objectPath(root: ClusterRoot, key: string): string {
  return `${root.storage.location}/${key}`
}
