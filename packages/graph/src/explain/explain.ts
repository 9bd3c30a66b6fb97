import { sha256 } from '@groundplane/core'
import { type CheckedQuery, type ParamModel, parseQueries, type SchemaModel } from '@groundplane/lang'
import type { AdjacencyStore } from '../adjacency/adjacency-store.js'
import type { ReadContext } from '../api.js'
import { GraphError } from '../error.js'
import type { Lifeline } from '../query/deadline.js'
import { type QueryParams, schemaChanged } from '../query/prepared.js'
import { QueryTexts } from '../query/query-text.js'
import type { EmbeddedTexts } from '../search/search-run.js'
import { MAIN_HEAD } from '../storage/view.js'
import { typeName } from '../value/codec.js'
import type { WriteEnvironment } from '../write/commit-writer.js'
import { explainRead } from './explain-read.js'
import { explainWrite } from './explain-write.js'
import type { ExplainedParam, Explanation } from './explanation.js'
import { ExplainedCommit } from './statement-plan.js'

/** A query to be explained, and what reading it has cost. Crosses threads. */
export interface AskedQuery {
  readonly query: CheckedQuery
  readonly digest: string
  readonly parseMs: number
  readonly checkMs: number
}

export interface ExplainContext extends ReadContext {
  readonly embedded?: EmbeddedTexts
  readonly maxRows?: number
  readonly deadlineMs?: number
}

/** A text taken apart, before anybody has asked policy: whether its query, as far as one can tell, writes. */
export interface ReadText {
  readonly text: string
  readonly name: string | undefined
  readonly writes: boolean
  readonly parseMs: number
}

export function readText(text: string, name: string | undefined): ReadText {
  const startedAt = performance.now()
  const { queries } = parseQueries(text).document
  const query = name === undefined ? queries[0] : queries.find((q) => q.name === name)
  return { text, name, writes: query?.body.kind === 'write', parseMs: performance.now() - startedAt }
}

/** Checks it anew, whatever is cached. Throws as `QueryTexts.get` does. */
export function askedQuery({ text, name, parseMs }: ReadText, schema: SchemaModel): AskedQuery {
  const startedAt = performance.now()
  const query = new QueryTexts().get(text, schema, name)
  const checkMs = Math.max(0, performance.now() - startedAt - parseMs)
  return { query, digest: sha256(text), parseMs, checkMs }
}

/** In a read transaction. Policy has been asked. */
export function explain(
  env: Pick<WriteEnvironment, 'db' | 'history' | 'schemas' | 'clock'>,
  { lifeline, adjacency }: { readonly lifeline: Lifeline; readonly adjacency: AdjacencyStore },
  asked: AskedQuery,
  params: QueryParams,
  ctx: ExplainContext,
): Explanation {
  const { query, digest, parseMs, checkMs } = asked
  if (query.kind === 'write') refusePast(ctx)
  const { commit, view } = env.history.resolve(ctx)
  const schema = env.schemas.at(commit.schema_version)
  if (query.schemaDigest !== schema.digest) throw schemaChanged(query)
  const at = new ExplainedCommit(env.db, lifeline, schema, view)
  const run = {
    params,
    nowMs: env.clock(),
    embedded: ctx.embedded,
    maxRows: ctx.maxRows,
    deadlineMs: ctx.deadlineMs,
    adjacency: view === MAIN_HEAD ? adjacency : null,
  }
  const part =
    query.kind === 'read' ? explainRead(at, query, run) : { executeMs: null, ...explainWrite(at, query) }
  const { compileMs, executeMs, ...found } = part
  return {
    query: { name: query.name, kind: query.kind, digest },
    executed: query.kind === 'read',
    branch: ctx.branch ?? commit.branch,
    commit: commit.id,
    params: query.params.map((param) => explainParam(param, params)),
    ...found,
    timings: { parseMs, checkMs, compileMs, executeMs },
  }
}

function explainParam({ name, type, nullable }: ParamModel, params: QueryParams): ExplainedParam {
  return { name, type: typeName(type), nullable, given: Object.hasOwn(params, name) }
}

function refusePast({ commit }: ReadContext): void {
  if (commit === undefined) return
  throw new GraphError('invalid', 'snapshot_not_writable', 'A past commit cannot be written to.', {
    remedy: 'Explain the mutation at a branch.',
  })
}
