import { GraphError } from '../error.js'

/** What every door of a service says once it has been closed. */
export function closed(): GraphError {
  return new GraphError('unavailable', 'graph_closed', 'The graph has been closed.', {
    remedy: 'Start the service again.',
  })
}
