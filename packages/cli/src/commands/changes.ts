import type { EntityChange, FeedPage } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import type { GraphAddress, GraphTarget } from '../graph-target.js'
import { onGraph } from '../on-graph.js'
import { note, print, printJson, printLines } from '../output.js'
import { diffOver, feedOver } from './remote-changes.js'

interface ChangesOptions extends GraphAddress {
  readonly branch?: string
  readonly from?: string
  readonly to?: string
  readonly baseline?: boolean
  readonly start?: string
  readonly cursor?: string
  readonly pageToken?: string
  readonly limit?: number
  readonly type?: readonly string[]
  readonly json?: boolean
}

/** Two commits or branches: what makes one of the other. Else a poll of a branch's feed. One page either way. */
export async function runChanges(root: string | undefined, options: ChangesOptions): Promise<number> {
  const told = { ...options, root }
  if (options.baseline) await baseline(told, options)
  else if (options.from !== undefined || options.to !== undefined) await diff(told, options)
  else await feed(told, options)
  return 0
}

function shared(target: GraphTarget, options: ChangesOptions) {
  return {
    ...(options.limit !== undefined && { limit: options.limit }),
    ...(options.pageToken !== undefined && { pageToken: options.pageToken }),
    ...(options.type !== undefined && { types: options.type }),
    ...(target.principal && { principal: target.principal }),
  }
}

/** Every line of the branch, then the cursor that goes on: whoever has the last line has all of them. */
async function baseline(told: GraphAddress, options: ChangesOptions): Promise<void> {
  if (
    [options.from, options.to, options.start, options.cursor, options.pageToken].some((x) => x !== undefined)
  ) {
    throw new CommandError('changes_question', 'A baseline is the whole branch, and nothing besides.', {
      remedy:
        'Leave out --from, --to, --start, --cursor and --page-token; the feed goes on from its last line.',
    })
  }
  const { branch, type, json } = options
  await onGraph(
    told,
    'read',
    ({ graph, principal }) => {
      const { commit, lines, cursor } = graph.baseline({
        ...(branch !== undefined && { branch }),
        ...(type !== undefined && { types: type }),
        ...(principal && { principal }),
      })
      return showBaseline(ended(lines, { snapshot_commit_id: commit.id, resume_cursor: cursor }), json)
    },
    (remote) =>
      showBaseline(
        remote.lines(remote.client.baselineLines({ branch, ...(type && { type: [...type] }) })),
        json,
      ),
  )
}

interface BaselineEnd {
  readonly snapshot_commit_id: string
  readonly resume_cursor: string
}

async function* ended(lines: Iterable<string>, end: BaselineEnd): AsyncGenerator<string, BaselineEnd> {
  yield* lines
  return end
}

async function showBaseline(
  lines: AsyncGenerator<string, BaselineEnd>,
  json: boolean | undefined,
): Promise<void> {
  let end: BaselineEnd | undefined
  const all = async function* () {
    end = yield* lines
  }
  const parsed: unknown[] = []
  if (json) for await (const line of all()) parsed.push(JSON.parse(line))
  else await printLines(all())
  if (json) printJson({ ok: true, lines: parsed, baseline: end })
  else print(JSON.stringify({ baseline: end }))
}

async function diff(told: GraphAddress, options: ChangesOptions): Promise<void> {
  const { from, to, branch } = options
  if (from === undefined || options.cursor !== undefined || options.start !== undefined) {
    throw new CommandError('changes_question', 'A diff goes from one commit to another.', {
      remedy:
        'Give --from <commit> (and --to <commit>, default: the head), or --start or --cursor for the feed.',
    })
  }
  const page = await onGraph(
    told,
    'read',
    (target) =>
      target.graph.diff({ from, to: to ?? target.graph.head(branch, target).id, ...shared(target, options) }),
    (remote) => diffOver(remote, { ...options, from }),
  )
  if (options.json) printJson({ ok: true, ...page })
  else {
    for (const change of page.changes) print(line(change))
    if (page.nextPageToken !== null) note(`more: --page-token ${page.nextPageToken}`)
  }
}

async function feed(told: GraphAddress, options: ChangesOptions): Promise<void> {
  const { branch, cursor } = options
  const start = options.start === undefined ? undefined : startOf(options.start)
  const page: FeedPage = await onGraph(
    told,
    'read',
    (target) =>
      target.graph.feed({
        ...shared(target, options),
        ...(branch !== undefined && { branch }),
        ...(cursor !== undefined && { cursor }),
        ...(start !== undefined && { start }),
      }),
    (remote) => feedOver(remote, options),
  )
  if (options.json) printJson({ ok: true, ...page })
  else {
    for (const { commit, changes } of page.blocks) {
      print(`commit ${commit.id} (${commit.kind}) by ${commit.actor ?? 'nobody named'} at ${commit.at}`)
      for (const change of changes) print(`  ${line(change)}`)
    }
    if (page.nextPageToken !== undefined) note(`more: --page-token ${page.nextPageToken}`)
    if (page.cursor !== undefined) note(`go on with: --cursor ${page.cursor}`)
  }
}

function startOf(start: string): 'now' | 'beginning' | { after: string } {
  if (start === 'now' || start === 'beginning') return start
  if (start.startsWith('after:')) return { after: start.slice('after:'.length) }
  throw new CommandError('changes_start', `The feed cannot start at "${start}".`, {
    remedy: 'Use --start now, --start beginning or --start after:<commit>.',
  })
}

function line(change: EntityChange): string {
  return `${change.op} ${change.type} ${change.id}`
}
