import { GroundplaneError } from '@groundplane/core'

/**
 * Operational failures of the semantic plane. Codes: `urn_invalid`,
 * `entity_not_found`, `column_not_found`, `aspect_not_found`, `topic_not_found`, `run_not_found`, `filter_invalid`,
 * `search_query_invalid`, `sort_unsupported`, `argument_invalid`, `budget_too_small`, `answer_too_large`,
 * `instance_not_found`, `lineage_path_not_found`, `incident_target_missing`, `stated_by_source`, `structured_property_not_found`, `property_not_defined`, `property_value_invalid`, `property_immutable`, `proposal_not_found`, `proposal_empty`, `run_exists`, `run_ended`,
 * `semantic_search_unsupported`, `pattern_too_slow`, `caller_unknown`.
 */
export class CatalogError extends GroundplaneError {}
