import type { AspectProposal, Json, JsonObject } from '../../aspect/proposal.js'
import { schemaFieldUrn } from '../../urn/entity-urns.js'
import { instanceAspect, proposals } from '../aspect-proposals.js'
import type { HarvestNote } from '../harvest-notes.js'
import type { DbtManifest, DbtRelation, DbtTest } from './manifest.js'
import type { ResolvedRelation } from './model-lineage.js'
import { assertedUrn, type DbtTarget, PLATFORM, testSet, testUrn } from './target.js'

/** A test and the relation it is about. */
export interface AttachedTest {
  readonly test: DbtTest
  readonly relation: DbtRelation
}

/** Tests with what they are about; one that is about nothing known is a note. */
export function attachTests(manifest: DbtManifest, notes: HarvestNote[]): AttachedTest[] {
  return manifest.tests.flatMap((test) => {
    const relation = testedRelation(manifest, test)
    if (relation) return [{ test, relation }]
    notes.push({
      code: 'dbt_test_unattached',
      dataset: test.id,
      message: 'the test reads no model, seed, snapshot or source, so there is nothing it could be about',
    })
    return []
  })
}

/**
 * The manifest says it from version 9 on. Before, the argument `model` of a generic test names it; and a test that
 * is a query of its own is about the first that it reads.
 */
function testedRelation({ relations }: DbtManifest, test: DbtTest): DbtRelation | undefined {
  const attached = test.attachedTo === undefined ? undefined : relations.get(test.attachedTo)
  if (attached) return attached
  const read = test.dependsOn.flatMap((id) => relations.get(id) ?? [])
  const model = test.arguments['model']
  const names = typeof model === 'string' ? [...model.matchAll(/['"]([^'"]+)['"]/g)].map((m) => m[1]) : []
  return read.find((r) => names.includes(r.name)) ?? read[0]
}

interface Kind {
  readonly operator: string
  readonly aggregation: string
  readonly parameters?: (test: DbtTest) => JsonObject | undefined
}

/** DataHub's words for the tests that dbt brings. */
const KINDS: Readonly<Record<string, Kind>> = {
  not_null: { operator: 'NOT_NULL', aggregation: 'IDENTITY' },
  unique: {
    operator: 'EQUAL_TO',
    aggregation: 'UNIQUE_PROPOTION', // DataHub's own spelling
    parameters: () => ({ value: { value: '1.0', type: 'NUMBER' } }),
  },
  accepted_values: {
    operator: 'IN',
    aggregation: 'IDENTITY',
    parameters: (test) => ({ value: { value: printed(test.arguments['values'] ?? []), type: 'SET' } }),
  },
  relationships: { operator: '_NATIVE_', aggregation: 'IDENTITY' },
}

const CUSTOM: Kind = { operator: '_NATIVE_', aggregation: '_NATIVE_' }

/** Arguments that only say where the test was written, or stand in members of their own. */
const NOT_PARAMETERS: ReadonlySet<string> = new Set(['model', 'column_name'])

export function testProposals(
  target: DbtTarget,
  resolved: ReadonlyMap<string, ResolvedRelation>,
  { test, relation }: AttachedTest,
): AspectProposal[] {
  const dataset = assertedUrn(target, relation)
  const column = storedName(test.column, resolved.get(relation.id))
  const generic = test.generic ?? ''
  const kind = Object.hasOwn(KINDS, generic) ? (KINDS[generic] as Kind) : CUSTOM
  const parameters = kind.parameters?.(test)
  return proposals(testUrn(target, test.id), [
    [
      'assertionInfo',
      {
        type: 'DATASET',
        ...(test.description !== undefined && { description: test.description }),
        customProperties: {
          name: test.name,
          set: testSet(target),
          severity: test.severity === 'warn' ? 'warning' : 'critical',
          dbt_unique_id: test.id,
          dbt_package_name: test.project,
          dbt_file_path: test.file,
        },
        datasetAssertion: {
          dataset,
          scope: column === undefined ? 'DATASET_ROWS' : 'DATASET_COLUMN',
          ...(column !== undefined && { fields: [schemaFieldUrn(dataset, column)] }),
          aggregation: kind.aggregation,
          operator: kind.operator,
          ...(parameters && { parameters }),
          nativeType: test.generic ?? 'sql',
          nativeParameters: nativeParameters(test),
          ...(test.compiledCode !== undefined && { logic: test.compiledCode }),
        },
        source: { type: 'EXTERNAL' },
      },
    ],
    ['dataPlatformInstance', instanceAspect(PLATFORM.name, target.platformInstance)],
    ['status', { removed: false }],
  ])
}

/** As the schema has it: the project may write it in another case. */
function storedName(column: string | undefined, tested: ResolvedRelation | undefined): string | undefined {
  if (column === undefined) return undefined
  const names = tested?.columns?.map((c) => c.name) ?? []
  const folded = column.replaceAll('"', '').toLowerCase()
  return (
    names.find((name) => name === column) ?? names.find((name) => name.toLowerCase() === folded) ?? column
  )
}

function nativeParameters(test: DbtTest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(test.arguments)
      .filter(([name]) => !NOT_PARAMETERS.has(name))
      .map(([name, value]) => [name, printed(value)]),
  )
}

function printed(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
