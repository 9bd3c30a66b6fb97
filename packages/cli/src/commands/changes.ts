import { once } from 'node:events'
import type { EntityChange, FeedPage } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import { type GraphAddress, type GraphTarget, openGraphTarget } from '../graph-target.js'
import { note, print, printJson } from '../output.js'

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
  const target = await openGraphTarget({ ...options, root }, 'read')
  try {
    if (options.baseline) await baseline(target, options)
    else if (options.from !== undefined || options.to !== undefined) diff(target, options)
    else feed(target, options)
    return 0
  } finally {
    target.close()
  }
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
async function baseline(target: GraphTarget, options: ChangesOptions): Promise<void> {
  if (
    [options.from, options.to, options.start, options.cursor, options.pageToken].some((x) => x !== undefined)
  ) {
    throw new CommandError('changes_question', 'A baseline is the whole branch, and nothing besides.', {
      remedy:
        'Leave out --from, --to, --start, --cursor and --page-token; the feed goes on from its last line.',
    })
  }
  const { commit, lines, cursor } = target.graph.baseline({
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.type !== undefined && { types: options.type }),
    ...(target.principal && { principal: target.principal }),
  })
  const record = { snapshot_commit_id: commit.id, resume_cursor: cursor }
  if (options.json) {
    printJson({ ok: true, lines: Array.from(lines, (line) => JSON.parse(line) as unknown), baseline: record })
    return
  }
  for (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
  print(JSON.stringify({ baseline: record }))
}

function diff(target: GraphTarget, options: ChangesOptions): void {
  if (options.from === undefined || options.cursor !== undefined || options.start !== undefined) {
    throw new CommandError('changes_question', 'A diff goes from one commit to another.', {
      remedy:
        'Give --from <commit> (and --to <commit>, default: the head), or --start or --cursor for the feed.',
    })
  }
  const to = options.to ?? target.graph.head(options.branch, target).id
  const page = target.graph.diff({ from: options.from, to, ...shared(target, options) })
  if (options.json) printJson({ ok: true, ...page })
  else {
    for (const change of page.changes) print(line(change))
    if (page.nextPageToken !== null) note(`more: --page-token ${page.nextPageToken}`)
  }
}

function feed(target: GraphTarget, options: ChangesOptions): void {
  const start = options.start
  const page: FeedPage = target.graph.feed({
    ...shared(target, options),
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.cursor !== undefined && { cursor: options.cursor }),
    ...(start === 'now' || start === 'beginning'
      ? { start }
      : start !== undefined && { start: afterOf(start) }),
  })
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

function afterOf(start: string): { after: string } {
  if (start.startsWith('after:')) return { after: start.slice('after:'.length) }
  throw new CommandError('changes_start', `The feed cannot start at "${start}".`, {
    remedy: 'Use --start now, --start beginning or --start after:<commit>.',
  })
}

function line(change: EntityChange): string {
  return `${change.op} ${change.type} ${change.id}`
}
