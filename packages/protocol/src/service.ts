import { z } from 'zod'

import { optional } from './json.js'

export const health = z
  .looseObject({ status: z.literal('ok'), version: z.string(), internal_schema_version: z.int() })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof health>

/** Whether the server should get traffic: it has a revision, its graphs are open, somebody could be let in, and it is not shutting down. */
export const readiness = z
  .looseObject({
    /** With these names for clients of the reference: whether it is `ready`, and the two counts. */
    ready: z.boolean(),
    served_graph_count: z.int(),
    quarantined_graph_count: z.int(),
    status: z.enum(['ready', 'starting', 'stopping', 'no_tokens']),
    revision: z.int(),
    graphs: z.int(),
    quarantined: z.int(),
    /** Code of why a newer revision that is recorded is not the one that is served. */
    reload_refused: z.string().optional(),
    /** Code of why the token file as it is now is not in force. */
    tokens_refused: z.string().optional(),
  })
  .meta({ id: 'Readiness' })
export type Readiness = z.infer<typeof readiness>

export const graphList = z
  .looseObject({
    graphs: z.array(
      z.looseObject({ graph_id: z.string(), uri: z.string(), kind: z.enum(['graph', 'catalog']) }),
    ),
    /** Of a list asked for with `limit` or `page_token`. */
    next_page_token: optional(z.string()),
  })
  .meta({ id: 'GraphList' })
export type GraphList = z.infer<typeof graphList>
