import type { Handlers } from '../http/route.js'
import { graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { principalOf, waitingCallerOf } from './graph-call.js'
import { planToWire } from './graph-wire.js'

/** Migrations: planned on the live graph, applied by the cluster alone, whose ledger says which schema is in force. */
export function schemaHandlers(deps: RouteDeps): Handlers<'planSchema' | 'applySchema'> {
  return {
    async planSchema(call) {
      const { id, service } = graphOf(deps.revision, call.params['graph_id'] as string)
      const { schema_source, branch, allow_data_loss } = call.body
      const { signal } = waitingCallerOf(call)
      const plan = await service.planSchema(schema_source, {
        ...(branch != null && { branch }),
        ...(allow_data_loss && { allowDataLoss: true }),
        ...principalOf(call),
        ...(signal && { signal: signal() }),
        deadlineMs: deps.limits.queryMs,
      })
      return planToWire(id, plan)
    },

    applySchema(call) {
      const { id } = graphOf(deps.revision, call.params['graph_id'] as string)
      // Whoever may not apply a schema is told that, and not how it would be done.
      deps.authorize({
        action: 'schema_apply',
        graph: id,
        branch: call.body.branch ?? 'main',
        ...principalOf(call),
      })
      throw new ServerError(
        'conflict',
        'schema_managed_by_cluster',
        `The schema of graph "${id}" belongs to the cluster that this server serves.`,
        {
          remedy:
            'Change the schema file of the cluster and run `groundplane cluster plan`, then `cluster apply`.',
        },
      )
    },
  }
}
