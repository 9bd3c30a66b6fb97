import type { AppliedRevision } from '@groundplane/cluster'
import { type Clock, systemClock } from '@groundplane/core'
import {
  type AuthorizationMode,
  type Authorizer,
  authorizer,
  type DecisionEntry,
  DecisionLog,
  PolicyEngine,
} from '@groundplane/policy'
import type { FastifyBaseLogger } from 'fastify'
import { ServerError } from './server-error.js'

/**
 * The log of decisions: what was refused at level `warn`, what was allowed at `info`, each
 * with the rule that decided. One for the life of a server, so that its bounds hold across
 * revisions. `flush` it when the server has closed.
 */
export function decisionLog(log: FastifyBaseLogger, clock: Clock = systemClock): DecisionLog {
  return new DecisionLog({
    clock,
    write: ({ allowed, reason, ...entry }: DecisionEntry) => {
      const fields = { decision: allowed ? 'allow' : 'deny', ...entry }
      if (allowed) log.info(fields, reason)
      else log.warn(fields, reason)
    },
    onDropped: (count) =>
      log.warn({ count }, 'policy decisions not told one by one: too many different ones'),
  })
}

/** The gate of one revision: every decision of its policies goes to the log. */
export function gate(applied: AppliedRevision, mode: AuthorizationMode, decisions: DecisionLog): Authorizer {
  const engine = mode === 'policy' ? PolicyEngine.load(applied.policies) : null
  return authorizer(engine, {
    mode,
    onDecision: (decided) => decisions.record(decided),
  })
}

const READS = new Set<string>(['read', 'export', 'invoke_query', 'graph_list'])

/** The same gate, of a server that takes no write from anybody: what it has is a copy. */
export function readOnly(authorize: Authorizer): Authorizer {
  return (request) => {
    authorize(request)
    if (READS.has(request.action)) return
    throw new ServerError('denied', 'server_read_only', 'This server takes no writes.', {
      remedy: 'Write to the server that has the graphs themselves; its operator knows the address.',
    })
  }
}
