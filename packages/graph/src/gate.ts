import type { Principal } from '@groundplane/core'
import type { Authorize, GraphAction } from './api.js'
import type { CreateBranchOptions } from './branch/branch-info.js'
import { readsAsCommitId } from './branch/branch-name.js'
import type { MergeOptions } from './merge/merge-result.js'
import type { FeedOptions } from './read/change-feed.js'
import type { DiffOptions } from './read/diff.js'

/** Where an operation takes place, and who asks for it. */
export interface GateContext {
  readonly branch?: string
  readonly commit?: string
  readonly principal?: Principal
}

export interface GateOptions {
  readonly graph: string
  /** Throws to deny. Without it everything is allowed. */
  readonly authorize: Authorize | undefined
  readonly branchOfCommit: (id: string) => string | undefined
  /** Of a feed that is gone on with by its cursor or page token. */
  readonly branchOfFeed: (options: FeedOptions) => string
}

/**
 * What each operation of a graph asks of policy, before it does anything. Every door leads through it, so
 * that HTTP, MCP, the command line and embedded callers obey the same rules. Each method throws to deny.
 */
export class GraphGate {
  readonly #options: GateOptions

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** A commit read by its id alone is judged as its own branch: an id is no way around a branch's rules. */
  allow(action: GraphAction, ctx: GateContext | undefined): void {
    const { authorize, graph, branchOfCommit } = this.#options
    if (!authorize) return
    const own =
      ctx?.branch === undefined && ctx?.commit !== undefined ? branchOfCommit(ctx.commit) : undefined
    const branch = ctx?.branch ?? own ?? 'main'
    const principal = ctx?.principal
    authorize(principal ? { action, graph, branch, principal } : { action, graph, branch })
  }

  /** Making the new branch, and reading what it starts from. */
  allowCreateBranch(name: string, { principal, from, fromCommit }: CreateBranchOptions): void {
    const who = principal ? { principal } : {}
    this.allow('branch_create', { ...who, branch: name })
    const read = {
      ...(from !== undefined && { branch: from }),
      ...(fromCommit !== undefined && { commit: fromCommit }),
    }
    this.allow('read', { ...who, ...read })
  }

  /** Merging into the target, and reading the source. */
  allowMerge({ principal, source, target }: MergeOptions): void {
    const who = principal ? { principal } : {}
    this.allow('branch_merge', { ...who, ...(target !== undefined && { branch: target }) })
    this.allow('read', { ...who, branch: source })
  }

  /** A merge that makes the source's schema that of the target: a migration, whichever way it comes. */
  allowMigration({ principal, target }: Pick<MergeOptions, 'principal' | 'target'>): void {
    const who = principal ? { principal } : {}
    this.allow('schema_apply', { ...who, ...(target !== undefined && { branch: target }) })
  }

  /** Reading both ends. */
  allowDiff({ from, to, principal }: DiffOptions & { principal?: Principal }): void {
    for (const end of [from, to]) {
      const at = readsAsCommitId(end) ? { commit: end } : { branch: end }
      this.allow('read', { ...(principal && { principal }), ...at })
    }
  }

  /** Reading its branch, which a cursor or page token knows. */
  allowFeed(options: FeedOptions & { principal?: Principal }): void {
    const { branch, principal } = options
    const read = branch ?? this.#options.branchOfFeed(options)
    this.allow('read', { ...(principal && { principal }), branch: read })
  }
}
