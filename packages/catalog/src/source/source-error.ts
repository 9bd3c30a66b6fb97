import { GroundplaneError } from '@groundplane/core'

/**
 * A source that cannot be read. Codes of a SQLite file: `source_not_found`, `source_unreadable`
 * (permissions, not a file, I/O), `source_not_a_database`, `source_corrupt` (truncated, malformed). Of a
 * PostgreSQL database: `source_url_invalid`, `source_secret_missing`, `source_unreachable` (retry),
 * `source_tls_failed`, `source_login_refused`, `source_database_unknown`, `source_denied`,
 * `source_refused`, `source_timeout` (retry). Of dbt artefacts: `dbt_version_unsupported`, `dbt_artefact_invalid`
 * (with diagnostics `dbt_json_invalid`, `dbt_shape_invalid`, `dbt_node_missing`, `dbt_cycle`). Of all: `source_locked` (retry),
 * `source_metadata_invalid` (with diagnostics), `source_cancelled`, `source_unhealthy`, `source_health_unknown`. No password is in any of them.
 */
export class SourceError extends GroundplaneError {}
