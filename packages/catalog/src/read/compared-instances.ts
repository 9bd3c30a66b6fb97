import { CatalogError } from '../model/error.js'

interface Instances {
  readonly reference?: string | undefined
  readonly production?: string | undefined
}

/** The two instances to compare: those named, else those that are configured. */
export function comparedInstances(
  named: Instances,
  configured: Instances = {},
): { readonly reference: string; readonly production: string } {
  const reference = named.reference ?? configured.reference
  const production = named.production ?? configured.production
  if (reference !== undefined && production !== undefined) return { reference, production }
  throw new CatalogError('invalid', 'instances_missing', 'Which two instances to compare is not known.', {
    remedy: 'Name `reference` and `production`, or configure `crew:` in cluster.yaml.',
  })
}
