import { GroundplaneError } from '@groundplane/core'

/**
 * The cluster as a whole cannot be served or operated on. Commands report user
 * mistakes as diagnostics in their document; this is thrown only where there is
 * no document to put them in (loading what may be served), and by callers' bugs.
 */
export class ClusterError extends GroundplaneError {}
