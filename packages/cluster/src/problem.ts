import { type Diagnostic, GroundplaneError, type SourceRange } from '@groundplane/core'

/** Where in the configuration something stands. */
export interface Place {
  /** File as the operator knows it, relative to the config directory. */
  readonly file: string
  /** Address inside the document, e.g. `graphs.knowledge.schema`. */
  readonly path: string
  readonly range?: SourceRange
}

export function problem(code: string, place: Partial<Place>, message: string, remedy: string): Diagnostic {
  return { code, severity: 'error', message, remedy, ...located(place) }
}

export function warning(code: string, place: Partial<Place>, message: string, remedy: string): Diagnostic {
  return { code, severity: 'warning', message, remedy, ...located(place) }
}

/** An operational failure as a diagnostic, keeping its own remedy. Bugs are thrown on. */
export function failure(
  code: string,
  place: Partial<Place>,
  doing: string,
  error: unknown,
  remedy: string,
): Diagnostic {
  if (!(error instanceof Error)) throw error
  const known = error instanceof GroundplaneError ? error : undefined
  const details = known && { cause: known.code, ...(known.diagnostics && { diagnostics: known.diagnostics }) }
  return {
    ...problem(code, place, `${doing}: ${error.message}`, known?.remedy ?? remedy),
    ...(details && { details }),
  }
}

function located(place: Partial<Place>): Partial<Diagnostic> {
  return {
    ...(place.file !== undefined && { file: place.file }),
    ...(place.path !== undefined && { path: place.path }),
    ...(place.range !== undefined && { range: place.range }),
  }
}
