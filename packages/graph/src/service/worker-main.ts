import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { CheckedQuery } from '@groundplane/lang'
import { Graph } from '../graph.js'
import { stagedChunks } from '../load/staging.js'
import { Lifeline } from '../query/deadline.js'
import type { SlowRead, WorkerAnswer, WorkerRequest, WorkerStart, WorkerValue } from './messages.js'
import { serializeError } from './serialize-error.js'

/** Entry point of a reader or writer thread: one request at a time, on a connection of its own. */
const start = workerData as WorkerStart
const port = parentPort as MessagePort
const lifeline = new Lifeline(start.flag)
const graph = Graph.open(start.root, {
  readOnly: start.role === 'reader',
  lifeline,
  externalBlobs: start.externalBlobs,
})

/** Queries by slot: compiled once, as `Graph` keeps what it compiled by the query object. */
const queries: CheckedQuery[] = []
graph.onAdjacencyBuilt = (arrays) => post({ kind: 'adjacency', arrays })

port.on('message', (request: WorkerRequest) => {
  if (request.kind === 'adjacency') graph.offerAdjacency(request.arrays)
  else void answer(request)
})

type Asked = Exclude<WorkerRequest, { kind: 'adjacency' }>

async function answer(request: Asked): Promise<void> {
  try {
    post({ kind: 'done', value: await run(request) })
  } catch (error) {
    post({ kind: 'failed', error: serializeError(error) })
  }
}

function run(request: Asked): WorkerValue | Promise<WorkerValue> {
  switch (request.kind) {
    case 'query': {
      const { deadlineMs, maxRows, slot, embedded } = request
      if (request.query !== undefined) queries[slot] = request.query
      return graph.runChecked(queries[slot] as CheckedQuery, request.params, {
        ...request.ctx,
        deadlineMs,
        maxRows,
        ...(embedded && { embedded }),
      })
    }
    case 'read':
      return lifeline.guard(request.deadlineMs, () => slowRead(request.read))
    case 'explain': {
      const { asked, params, ctx, deadlineMs, maxRows, embedded } = request
      return graph.explainAsked(asked, params, {
        ...ctx,
        deadlineMs,
        maxRows,
        ...(embedded && { embedded }),
      })
    }
    case 'mutate':
      return graph.mutateChecked(request.query, request.params, {
        ...request.ctx,
        ...(request.embedded && { embedded: request.embedded }),
      })
    case 'create-branch':
      return graph.createBranch(request.name, request.options)
    case 'delete-branch':
      return graph.deleteBranch(request.name, request.ctx)
    case 'merge':
      return request.mayMigrate ? graph.merge(request.options) : graph.mergeUnlessMigrating(request.options)
    case 'load': {
      const onProgress = (
        progress: Parameters<NonNullable<Parameters<Graph['load']>[1]['onProgress']>>[0],
      ): void => post({ kind: 'progress', progress })
      const { filled } = request
      return graph.load(stagedChunks(request.staged), {
        ...request.ctx,
        mode: request.mode,
        onProgress,
        ...(filled && { filled: () => filled }),
      })
    }
  }
}

function slowRead(read: SlowRead): WorkerValue {
  switch (read.what) {
    case 'diff':
      return graph.diff(read.options)
    case 'feed':
      return graph.feed(read.options)
    case 'plan-schema':
      return graph.planSchema(read.source, read.options)
  }
}

function post(message: WorkerAnswer): void {
  port.postMessage(message)
}
