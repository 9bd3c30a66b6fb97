import { z } from 'zod'
import { optional } from './json.js'

const position = z.object({ line: z.int(), column: z.int(), offset: z.int() })

/** A user mistake, described where it stands. Lines and columns count from 1. */
export const diagnostic = z
  .looseObject({
    code: z.string(),
    severity: z.enum(['error', 'warning', 'info']),
    message: z.string(),
    remedy: z.string().optional(),
    file: z.string().optional(),
    range: z.object({ start: position, end: position }).optional(),
    path: z.string().optional(),
  })
  .meta({ id: 'Diagnostic' })
export type Diagnostic = z.infer<typeof diagnostic>

/** The coarse classes clients of the reference server branch on, beside our own codes. */
export const errorClass = z.enum([
  'unauthorized',
  'forbidden',
  'bad_request',
  'not_found',
  'method_not_allowed',
  'conflict',
  'too_many_requests',
  'internal',
])
export type ErrorClass = z.infer<typeof errorClass>

/**
 * The one body of every failure. `error` is for people and scripts: a stable code, what is
 * wrong, what to do. The members beside it are for clients written for the reference server.
 */
export const errorResponse = z
  .looseObject({
    error: z.looseObject({
      code: z.string(),
      message: z.string(),
      remedy: z.string().optional(),
      retry: z.looseObject({ afterMs: z.number().optional() }).optional(),
      details: z.record(z.string(), z.unknown()).optional(),
      diagnostics: z.array(diagnostic).optional(),
      requestId: z.string(),
    }),
    code: optional(errorClass),
    /** Where clients of DataHub look for what is wrong, on its addresses. */
    message: z.string().optional(),
    status: z.int().optional(),
    key_conflict: optional(
      z.object({
        entity_kind: z.enum(['node', 'edge']),
        type_name: z.string(),
        entity_id: optional(z.string()),
      }),
    ),
    merge_conflicts: optional(z.array(z.looseObject({ kind: z.string(), message: z.string() }))),
    /** With 410: what a feed needed next has been removed. A baseline is the way on; asking again is not. */
    change_feed_gap: optional(
      z.object({ cursor: optional(z.string()), first_unreadable_commit_id: z.string() }),
    ),
    /** With 416: what was asked for of a content of `length` bytes. */
    blob_range: optional(z.object({ start: z.int(), end: z.int(), length: z.int() })),
    precondition_failure: optional(z.object({ expected: z.string(), actual: optional(z.string()) })),
  })
  .meta({ id: 'ErrorResponse' })
export type ErrorResponse = z.infer<typeof errorResponse>
