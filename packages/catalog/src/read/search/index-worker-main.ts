/** Entry point of the thread that brings one index and hands its arrays over. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { bringIndex, type IndexOrigin, type IndexTarget } from './index-bringing.js'
import { flat } from './index-file.js'
import type { IndexArrays } from './number-array.js'

export interface IndexWork {
  readonly root: string
  readonly target: IndexTarget
}

export interface BroughtArrays {
  readonly commit: string
  readonly arrays: IndexArrays
  readonly origin: IndexOrigin
}

const { root, target } = workerData as IndexWork
const { index, commit, origin } = bringIndex(root, target)
const arrays = index.arrays()
const buffers = new Set(Array.from(flat(arrays), ([, array]) => array.buffer as ArrayBuffer))
const port = parentPort as MessagePort
port.postMessage({ commit, arrays, origin } satisfies BroughtArrays, [...buffers])
