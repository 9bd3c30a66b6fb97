import { GroundplaneError } from '@groundplane/core'

/**
 * A source that cannot be read. Codes: `source_not_found`, `source_unreadable`
 * (permissions, not a file, I/O), `source_not_a_database`, `source_corrupt`
 * (truncated, malformed), `source_locked` (retry), `source_metadata_invalid`
 * (with diagnostics), `source_cancelled`.
 */
export class SourceError extends GroundplaneError {}
