import { hasErrors } from '@groundplane/core'
import { checkSchema, type SchemaModel } from '@groundplane/lang'
import { GraphError } from '../error.js'

/** The model of a `.pg` text. Throws `schema_invalid` with every diagnostic. */
export function checkedSchema(source: string): SchemaModel {
  const { model, diagnostics } = checkSchema(source)
  if (model && !hasErrors(diagnostics)) return model
  const errors = diagnostics.filter((d) => d.severity === 'error')
  throw new GraphError(
    'invalid',
    'schema_invalid',
    `The schema has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}: ${errors[0]?.message ?? 'unknown'}`,
    {
      remedy: errors[0]?.remedy ?? 'Correct the schema.',
      diagnostics,
    },
  )
}
