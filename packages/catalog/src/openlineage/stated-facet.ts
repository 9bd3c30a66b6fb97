import type { z } from 'zod'
import type { StatedFacets } from './state.js'

type Shapes = Readonly<Record<string, z.ZodType>>

/** The newest value of a facet; undefined where there is none, or it was deleted. */
export function facetOf<T extends Shapes, K extends keyof T & string>(
  facets: StatedFacets,
  shapes: T,
  name: K,
): NonNullable<z.output<T[K]>> | undefined {
  const stated = Object.hasOwn(facets, name) ? facets[name] : undefined
  if (!stated) return undefined
  const shape = shapes[name] as T[K]
  return (shape.parse(JSON.parse(stated.text)) as z.output<T[K]>) ?? undefined
}
