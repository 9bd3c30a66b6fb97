import type { ParsedUrn } from '../../urn/urn.js'
import type { Effect } from '../effect.js'
import type { Shape } from '../shape.js'

export interface ProjectionInput {
  readonly urn: string
  readonly parsed: ParsedUrn
  readonly aspect: Shape
  /** The aspect it replaces, when that still has the right shape. */
  readonly previous: Shape | null
}

/** Pure; throws `ShapeError` for an aspect that does not have the shape of its name. */
export type Projection = (input: ProjectionInput) => Effect[]
