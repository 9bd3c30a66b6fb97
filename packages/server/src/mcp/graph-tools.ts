import type { GraphAction } from '@groundplane/graph'
import type { Receipt } from '@groundplane/protocol'
import { z } from 'zod'
import { givenMembers } from '../given-members.js'
import { createBranch, deleteBranch, listBranches, mergeBranch } from '../graph-access/branches.js'
import { mayDo, targetOf, whoOf } from '../graph-access/caller.js'
import { commitChanges, diffCommits, listCommits, pollChanges } from '../graph-access/changes.js'
import { receiptOf } from '../routes/graph-wire.js'
import { graphOf, type ServedGraph } from '../served-revision.js'
import { ServerError } from '../server-error.js'
import { clamped, defineTool, READS, type Tool, type ToolEffects, type ToolScope } from './tool.js'

/**
 * Where a caller might be allowed something: the branch everybody has, and one that no policy
 * protects. A policy may tell branches apart by name, so this decides what is listed, never what is done.
 */
const LIKELY_BRANCHES = ['main', 'draft']

/** A tool of one graph, offered to whoever may do its action on a likely branch of a graph. */
function tool<I extends z.ZodObject>(spec: {
  name: string
  title: string
  description: string
  action: GraphAction
  effects?: ToolEffects
  input: I
  run: (scope: ToolScope, graph: ServedGraph, args: z.output<I>) => Promise<object>
}): Tool {
  const { action, effects = READS, run, ...shown } = spec
  return defineTool({
    ...shown,
    effects,
    input: spec.input.extend({ graph }),
    isOffered: ({ revision, authorize, caller }) =>
      [...revision.graphs.keys()].some((id) =>
        LIKELY_BRANCHES.some((branch) => mayDo(authorize, caller, action, id, branch)),
      ),
    run(scope, args) {
      const { graph: id, ...rest } = args as { graph?: string }
      return run(scope, graphMeant(scope, id), rest as z.output<I>)
    },
  })
}

/** The graph that is named; else the only one the caller may read, catalogs aside when there are others. */
function graphMeant({ revision, authorize, caller }: ToolScope, id: string | undefined): ServedGraph {
  if (id !== undefined) return graphOf(revision, id)
  const readable = [...revision.graphs.values()].filter((g) => mayDo(authorize, caller, 'read', g.id, 'main'))
  const own = readable.filter(({ kind }) => kind === 'graph')
  const candidates = own.length > 0 ? own : readable
  if (candidates.length === 1) return candidates[0] as ServedGraph
  const names = candidates.map((g) => g.id).sort()
  throw new ServerError('invalid', 'graph_ambiguous', 'Which graph is meant is not said.', {
    remedy:
      names.length === 0
        ? 'Name a graph; there is none that this caller may read.'
        : `Give \`graph\`: one of ${names.join(', ')}.`,
  })
}

/** The receipt of a branch's head, by which an answer about the branch can be checked. */
async function receiptOfHead(
  { caller }: ToolScope,
  { id, service }: ServedGraph,
  branch = 'main',
): Promise<Receipt> {
  const [head] = await service.commits({ branch, limit: 1, ...whoOf(caller) })
  return receiptOf(id, head as NonNullable<typeof head>)
}

/** The receipt of a commit just written or looked at; none for who may write and not read. */
async function receiptOfCommit(
  { caller, authorize, queries }: ToolScope,
  served: ServedGraph,
  commit: string,
  branch: string,
): Promise<{ receipt?: Receipt }> {
  if (!mayDo(authorize, caller, 'read', served.id, branch)) return {}
  return { receipt: await queries.receipt(caller, served, commit, branch) }
}

const graph = z
  .string()
  .optional()
  .describe('Graph id, as list_graphs gives it; may be left out when there is only one')
const branch = z.string().min(1).optional().describe('Branch name; main when left out')
const params = z.record(z.string(), z.unknown()).default({}).describe('Parameters of the query, without $')
const ifCommit = z
  .string()
  .optional()
  .describe('Do nothing unless the head of the branch is this commit: the receipt of what you read')
const message = z.string().max(10_000).optional().describe('Why; kept on the commit')
const pageToken = z.string().optional().describe('next_page_token of the page before')
const filter = {
  kind: z.array(z.enum(['node', 'edge'])).optional(),
  type: z.array(z.string()).optional().describe('Only these types'),
  op: z.array(z.enum(['insert', 'update', 'delete'])).optional(),
}
const queryChoice = {
  query: z.string().optional().describe('The query as text, e.g. query q($n: String) { … }'),
  name: z
    .string()
    .optional()
    .describe('Without `query`: a stored query, as list_queries gives it. With it: which query of the text'),
  params,
}

/** One query, given exactly one way. */
function chosen(args: {
  query?: string | undefined
  name?: string | undefined
}): { text: string } | { stored: string } {
  if (args.query !== undefined) return { text: args.query }
  if (args.name !== undefined) return { stored: args.name }
  throw new ServerError('invalid', 'query_missing', 'No query is given.', {
    remedy: 'Give `query` with the text, or `name` of a stored query; list_queries lists them.',
  })
}

export const GRAPH_TOOLS: readonly Tool[] = [
  defineTool({
    name: 'list_graphs',
    title: 'List graphs',
    description: 'The graphs this caller may read, each with the receipt of its newest commit.',
    input: z.object({}),
    effects: READS,
    isOffered: ({ revision, authorize, caller }) =>
      [...revision.graphs.keys()].some((id) => mayDo(authorize, caller, 'read', id, 'main')),
    async run(scope) {
      const readable = [...scope.revision.graphs.values()]
        .filter((g) => mayDo(scope.authorize, scope.caller, 'read', g.id, 'main'))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      const graphs = await Promise.all(
        readable.map(async (g) => ({
          graph_id: g.id,
          kind: g.kind,
          receipt: await receiptOfHead(scope, g),
        })),
      )
      return { graphs }
    },
  }),
  tool({
    name: 'get_schema',
    title: 'Get the schema of a graph',
    description:
      'Node and edge types with their properties, as the text they are declared in. Read it before writing a query.',
    action: 'read',
    input: z.object({ branch }),
    async run(scope, served, { branch = 'main' }) {
      const receipt = await receiptOfHead(scope, served, branch)
      const at = { branch, commit: receipt.commit, ...whoOf(scope.caller) }
      const { source, digest } = await served.service.schema(at)
      return { schema_source: source, schema_digest: digest, receipt }
    },
  }),
  tool({
    name: 'list_queries',
    title: 'List stored queries',
    description:
      'The stored queries this caller may call, with descriptions and parameters; mutation says which write.',
    action: 'read',
    input: z.object({}),
    async run(scope, served) {
      return {
        queries: scope.queries.list(scope.caller, served),
        receipt: await receiptOfHead(scope, served),
      }
    },
  }),
  tool({
    name: 'query',
    title: 'Query a graph',
    description:
      'Runs one read query, stored (`name`) or as text (`query`), at a branch or at a past commit (`snapshot`). Never writes. ' +
      '`truncated` says that there are more rows than max_rows.',
    action: 'read',
    input: z.object({
      ...queryChoice,
      branch,
      snapshot: z.string().min(1).optional().describe('Commit id: read the graph as it was then'),
      max_rows: clamped(1, 1000, 100),
    }),
    async run({ caller, queries }, served, { max_rows: maxRows, name, params, branch, snapshot, query }) {
      const what = chosen({ query, name })
      const at = { branch, snapshot, params, expect_mutation: false }
      if ('stored' in what) {
        return queries.invoke(caller, served, queries.stored(caller, served, what.stored), at, { maxRows })
      }
      return queries.readText(
        caller,
        served,
        { text: what.text, name, params },
        { branch, snapshot },
        maxRows,
      )
    },
  }),
  tool({
    name: 'explain_query',
    title: 'Explain a query',
    description:
      'How one query, stored (`name`) or as text (`query`), is answered: its plan, the indexes it uses, the types it walks whole, rows, times, and ' +
      'what would make it cheaper. A read is run and its rows are not given; a write is planned and not done. It needs the right that the query needs.',
    action: 'read',
    input: z.object({
      ...queryChoice,
      branch,
      snapshot: z.string().min(1).optional().describe('Commit id: explain it as of then'),
    }),
    async run(scope, served, { name, params, branch, snapshot, query }) {
      const { caller, queries } = scope
      const what = chosen({ query, name })
      const explained =
        'stored' in what
          ? await queries.explainStored(caller, served, queries.stored(caller, served, what.stored), {
              branch,
              snapshot,
              params,
            })
          : await queries.explain(
              caller,
              served,
              { text: what.text, name, params },
              targetOf({ branch, snapshot }),
            )
      const { graph_commit_id: commit, graph_branch: readOf } = explained
      return { ...explained, ...(await receiptOfCommit(scope, served, commit, readOf)) }
    },
  }),
  tool({
    name: 'mutate',
    title: 'Write to a graph',
    description:
      'Runs one write query, stored (`name`) or as text (`query`), as one commit on a branch: all or nothing. ' +
      'Deletes and updates are among what it can do; nothing changed is no commit. Write to a branch of your own and merge it when others should look first.',
    action: 'change',
    effects: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    input: z.object({ ...queryChoice, branch, if_commit: ifCommit, message }),
    async run(scope, served, { query, name, params, branch = 'main', if_commit, message }) {
      const { caller, queries } = scope
      const what = chosen({ query, name })
      const condition = if_commit === undefined ? {} : { ifCommit: if_commit }
      const written =
        'stored' in what
          ? await queries.invoke(
              caller,
              served,
              queries.stored(caller, served, what.stored),
              { branch, params, expect_mutation: true, message },
              condition,
            )
          : await queries.write(
              caller,
              served,
              { text: what.text, name, params },
              { branch, ...condition, ...(message !== undefined && { message }) },
            )
      const commit = 'commit' in written ? (written.commit as { graph_commit_id: string } | null) : null
      if (commit)
        return { ...written, ...(await receiptOfCommit(scope, served, commit.graph_commit_id, branch)) }
      const readable = mayDo(scope.authorize, caller, 'read', served.id, branch)
      return { ...written, ...(readable && { receipt: await receiptOfHead(scope, served, branch) }) }
    },
  }),
  tool({
    name: 'list_branches',
    title: 'List branches',
    description: 'The live branches with the commit each is at.',
    action: 'read',
    input: z.object({}),
    async run(scope, served) {
      const { details } = await listBranches(scope.caller, served)
      return { branches: details, receipt: await receiptOfHead(scope, served) }
    },
  }),
  tool({
    name: 'create_branch',
    title: 'Create a branch',
    description:
      'Starts a branch at the head of another or at a commit. It costs the same whatever the graph holds.',
    action: 'branch_create',
    effects: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
    input: z.object({
      name: z.string().min(1).max(200).describe('Its name; / is allowed'),
      from: z.string().min(1).default('main').describe('A branch, or a commit id'),
      if_commit: z.string().optional().describe('Do nothing unless it would start at this commit'),
    }),
    async run(scope, served, { name, from, if_commit }) {
      const made = await createBranch(scope.caller, served, { name, from }, if_commit)
      return { ...made, ...(await receiptOfCommit(scope, served, made.graph_commit_id, name)) }
    },
  }),
  tool({
    name: 'merge_branch',
    title: 'Merge a branch',
    description:
      'Merges a branch into another as one commit, or reports every conflict and does nothing. With dry_run it only tells what would happen: do that first.',
    action: 'branch_merge',
    effects: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    input: z.object({
      source: z.string().min(1).max(200).describe('The branch that is merged'),
      target: z.string().min(1).max(200).default('main').describe('The branch that receives it'),
      dry_run: z
        .boolean()
        .default(false)
        .describe('Tell what would change and what conflicts; write nothing'),
      delete_branch: z.boolean().default(false).describe('Delete the source when the merge has landed'),
      if_commit: z.string().optional().describe('Do nothing unless the head of the target is this commit'),
      message,
    }),
    async run(scope, served, { if_commit, ...request }) {
      const merged = await mergeBranch(scope.caller, served, givenMembers(request), if_commit)
      const at = merged.commit?.graph_commit_id ?? merged.target_commit_id
      return { ...merged, ...(await receiptOfCommit(scope, served, at, request.target)) }
    },
  }),
  tool({
    name: 'delete_branch',
    title: 'Delete a branch',
    description:
      'Deletes a branch. Its commits stay readable until a cleanup, and a branch made from graph_commit_id brings it back.',
    action: 'branch_delete',
    effects: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    input: z.object({
      name: z.string().min(1).max(200),
      if_commit: z.string().optional().describe('Do nothing unless its head is this commit'),
    }),
    async run(scope, served, { name, if_commit }) {
      const { caller, authorize, queries } = scope
      const readable = mayDo(authorize, caller, 'read', served.id, name)
      const gone = await deleteBranch(caller, served, name, if_commit)
      if (!readable) return gone
      return { ...gone, receipt: await queries.receipt(caller, served, gone.graph_commit_id, undefined) }
    },
  }),
  tool({
    name: 'list_commits',
    title: 'List commits',
    description: 'The history of a branch, newest first: who, when, what kind, why, how many changes.',
    action: 'read',
    input: z.object({ branch, limit: clamped(1, 200, 20), page_token: pageToken }),
    async run(scope, served, args) {
      const receipt = await receiptOfHead(scope, served, args.branch)
      return { ...(await listCommits(scope.caller, served, args)), receipt }
    },
  }),
  tool({
    name: 'get_commit_changes',
    title: 'Get the changes of a commit',
    description: 'Exactly what one commit changed: each entity before and after.',
    action: 'read',
    input: z.object({
      commit: z.string().min(1).describe('Commit id'),
      limit: clamped(1, 1000, 50),
      page_token: pageToken,
    }),
    async run({ caller, queries }, served, { commit, ...page }) {
      const receipt = await queries.receipt(caller, served, commit, undefined)
      return { ...(await commitChanges(caller, served, commit, page)), receipt }
    },
  }),
  tool({
    name: 'poll_changes',
    title: 'Follow a branch',
    description:
      'What came on a branch, commit by commit. Begin with `start`, keep the `cursor` of the answer, and give it back to get what came since. ' +
      'With changes_gone, read the branch anew and begin with start "now".',
    action: 'read',
    input: z.object({
      branch,
      start: z.string().optional().describe('now, beginning or after:<commit id>; now when left out'),
      cursor: z.string().optional().describe('Of an earlier answer: what came after it'),
      limit: clamped(1, 1000, 100),
      page_token: pageToken,
      ...filter,
    }),
    run: ({ caller }, served, args) => pollChanges(caller, served, args),
  }),
  tool({
    name: 'diff_commits',
    title: 'Compare two commits or branches',
    description:
      'The net change from one commit to another, each entity before and after; a branch stands for its head.',
    action: 'read',
    input: z.object({
      from: z.string().min(1).describe('Commit id or branch'),
      to: z.string().min(1).default('main').describe('Commit id or branch'),
      limit: clamped(1, 1000, 100),
      page_token: pageToken,
      ...filter,
    }),
    run: ({ caller }, served, args) => diffCommits(caller, served, args),
  }),
]
