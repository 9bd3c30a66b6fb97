import { GroundplaneError } from '@groundplane/core'

/**
 * Failures of a run as a whole: `sentence_empty`, `sentence_too_long`, `run_cancelled`,
 * `instances_equal`. A model that fails is no failure of the run: its role falls back.
 */
export class CrewError extends GroundplaneError {}
