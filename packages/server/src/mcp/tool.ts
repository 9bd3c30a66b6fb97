import type { Authorizer } from '@groundplane/policy'
import { z } from 'zod'
import type { Caller } from '../graph-access/caller.js'
import type { QueryAccess } from '../graph-access/queries.js'
import type { ServedRevision } from '../served-revision.js'

/** What a call works with: who asks, and what is served at that moment. */
export interface ToolScope {
  readonly caller: Caller
  readonly revision: ServedRevision
  readonly authorize: Authorizer
  readonly queries: QueryAccess
  /** Whether the tools of the catalog that write are to be had at all. */
  readonly catalogWrites: boolean
  /** How long a walk over lineage may take, milliseconds. */
  readonly queryMs: number
}

/** What calling a tool can do, in the words of the protocol's hints. */
export interface ToolEffects {
  readonly readOnlyHint: boolean
  /** It can change or remove what is there, not only add. */
  readonly destructiveHint: boolean
  /** A second call with the same arguments changes nothing more. */
  readonly idempotentHint: boolean
}

export const READS: ToolEffects = { readOnlyHint: true, destructiveHint: false, idempotentHint: true }

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodObject
  readonly effects: ToolEffects
  /** Whether the caller could use it here at all. What it may do with it is decided when it is called. */
  isOffered(scope: ToolScope): boolean
  /** The answer as a JSON object. Throws `GroundplaneError` for what does not exist. */
  run(scope: ToolScope, args: never): object | Promise<object>
}

/** Keeps the arguments of `run` tied to `input` where a tool is written down. */
export function defineTool<I extends z.ZodObject>(
  spec: Omit<Tool, 'input' | 'run'> & {
    readonly input: I
    readonly run: (scope: ToolScope, args: z.output<I>) => object | Promise<object>
  },
): Tool {
  return spec as unknown as Tool
}

/** Out-of-range sizes are brought into range rather than refused: agents guess them. */
export const clamped = (low: number, high: number, initial: number) =>
  z
    .int()
    .default(initial)
    .transform((n) => Math.min(high, Math.max(low, n)))
