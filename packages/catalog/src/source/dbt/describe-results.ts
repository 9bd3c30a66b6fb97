import type { AspectProposal, Json } from '../../aspect/proposal.js'
import { instanceAspect, proposals, SYSTEM_ACTOR } from '../aspect-proposals.js'
import type { HarvestNote } from '../harvest-notes.js'
import type { AttachedTest } from './describe-test.js'
import type { DbtManifest, DbtRelation } from './manifest.js'
import type { Invocation, NodeResult } from './run-results.js'
import { assertedUrn, type DbtTarget, PLATFORM, runUrn, testUrn } from './target.js'

/** What became of tests and models in one invocation. What was skipped did not run, and says nothing. */
export function resultProposals(
  target: DbtTarget,
  manifest: DbtManifest,
  tests: readonly AttachedTest[],
  invocation: Invocation,
  notes: HarvestNote[],
): AspectProposal[] {
  const attached = new Map(tests.map((t) => [t.test.id, t]))
  return invocation.results.flatMap((result) => {
    const test = attached.get(result.id)
    if (test) return testRun(target, test, result, invocation)
    const relation = manifest.relations.get(result.id)
    if (relation) return relationRun(target, relation, result, invocation)
    if (!manifest.dependencies.has(result.id))
      notes.push({
        code: 'dbt_result_unknown',
        dataset: result.id,
        message: 'run_results.json has a result of a node that the manifest does not have',
      })
    return []
  })
}

/** `warn` is a failure whose severity is low, and the severity is said with the assertion. */
const TEST_RESULTS: Readonly<Record<string, 'SUCCESS' | 'FAILURE' | 'ERROR'>> = {
  pass: 'SUCCESS',
  success: 'SUCCESS',
  fail: 'FAILURE',
  warn: 'FAILURE',
  error: 'ERROR',
  'runtime error': 'ERROR',
}

function testRun(
  target: DbtTarget,
  { test, relation }: AttachedTest,
  result: NodeResult,
  invocation: Invocation,
): AspectProposal[] {
  const type = Object.hasOwn(TEST_RESULTS, result.status) ? TEST_RESULTS[result.status] : undefined
  if (type === undefined) return []
  const urn = testUrn(target, test.id)
  // A passing test found no row, whether or not dbt writes the number.
  const failed = type === 'SUCCESS' ? (result.failures ?? 0) : result.failures
  const event: Json = {
    timestampMillis: result.endedAt ?? invocation.at,
    runId: invocation.id,
    assertionUrn: urn,
    asserteeUrn: assertedUrn(target, relation),
    status: 'COMPLETE',
    result: {
      type,
      ...(failed !== null && type !== 'ERROR' && { unexpectedCount: failed }),
      ...(type === 'ERROR' && {
        error: { type: 'UNKNOWN_ERROR', properties: { message: result.message ?? 'no message' } },
      }),
      nativeResults: {
        status: result.status,
        durationMs: String(result.durationMs),
        ...(result.message !== undefined && { message: result.message }),
      },
    },
    partitionSpec: { type: 'FULL_TABLE', partition: 'FULL_TABLE_SNAPSHOT' },
  }
  return proposals(urn, [['assertionRunEvent', event]])
}

function relationRun(
  target: DbtTarget,
  relation: DbtRelation,
  result: NodeResult,
  invocation: Invocation,
): AspectProposal[] {
  const succeeded = result.status === 'success'
  if (!succeeded && result.status !== 'error') return []
  const endedAt = result.endedAt ?? invocation.at
  const startedAt = result.startedAt ?? endedAt - result.durationMs
  const event = (timestampMillis: number, rest: Readonly<Record<string, Json>>): Json => ({
    timestampMillis,
    ...rest,
    partitionSpec: { type: 'FULL_TABLE', partition: 'FULL_TABLE_SNAPSHOT' },
  })
  return proposals(runUrn(target, relation.id, invocation.id), [
    [
      'dataProcessInstanceProperties',
      {
        name: relation.name,
        type: 'BATCH_SCHEDULED',
        created: { time: startedAt, actor: SYSTEM_ACTOR },
        customProperties: {
          dbt_unique_id: relation.id,
          invocation_id: invocation.id,
          ...(result.message !== undefined && { message: result.message }),
        },
      },
    ],
    ['dataPlatformInstance', instanceAspect(PLATFORM.name, target.platformInstance)],
    ['dataProcessInstanceOutput', { outputs: [assertedUrn(target, relation)] }],
    ['dataProcessInstanceRunEvent', event(startedAt, { status: 'STARTED', messageId: 'started' })],
    [
      'dataProcessInstanceRunEvent',
      event(endedAt, {
        status: 'COMPLETE',
        messageId: 'complete',
        result: { type: succeeded ? 'SUCCESS' : 'FAILURE', nativeResultType: PLATFORM.name },
        durationMillis: Math.max(0, endedAt - startedAt),
      }),
    ],
  ])
}
