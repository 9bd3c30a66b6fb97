import type { JsonObject } from '../aspect/proposal.js'
import { compact, number, type Row, text, texts } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import type {
  AssertionDocument,
  AssertionRunDocument,
  DatasetAssertionsAnswer,
  RunResult,
} from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { removedStatus, requireColumn, requireDataset } from './entity-lookup.js'
import { namesWithin } from './known-names.js'
import type { DatasetAssertionsQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'

const RESULT_OF_STATUS: Readonly<Record<string, RunResult>> = {
  PASSING: 'SUCCESS',
  FAILING: 'FAILURE',
  ERROR: 'ERROR',
  INIT: 'INIT',
}

export function getDatasetAssertions(
  snapshot: Snapshot,
  question: DatasetAssertionsQuestion,
): DatasetAssertionsAnswer {
  const urn = question.urn.trim()
  const node = requireDataset(snapshot, urn)
  const start = clampInteger('start', question.start, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const count = clampInteger('count', question.count, { default: 5, min: 1, max: 20 })
  const events = clampInteger('run_events_count', question.run_events_count, { default: 1, min: 1, max: 10 })
  const keep = keepOf(question)
  const ofDataset = snapshot.rows('assertions_of', { urn }).map((r) => r['entity'] as Row)
  const column = optionalText(question.column)
  // An assertion may outlive its column; a column nobody knows is a slip.
  if (column !== undefined && !ofDataset.some((a) => a['column'] === column))
    requireColumn(snapshot, urn, column)
  const all = ofDataset.filter(keep)
  const assertions = all.slice(start, start + count).map((a) => assertionDocument(snapshot, a, events))
  return {
    success: true,
    data: { start, count: assertions.length, total: all.length, assertions },
    message: `${all.length} assertion${all.length === 1 ? '' : 's'}${unknownType(question, ofDataset)}`,
    ...removedStatus(node),
    receipt: snapshot.receipt,
  }
}

/** That no assertion of the dataset is of the type asked for, and which types there are. */
function unknownType(question: DatasetAssertionsQuestion, assertions: readonly Row[]): string {
  const type = optionalText(question.assertion_type)
  if (type === undefined || assertions.some((a) => isOfType(a, type))) return ''
  const types = [...new Set(assertions.map((a) => text(a['check']) ?? text(a['category']) ?? ''))].filter(
    Boolean,
  )
  const known = types.length > 0 ? `its types are ${namesWithin(types.sort())}` : 'it has none at all'
  return `; the dataset has no assertion of the type "${type}", ${known}`
}

function isOfType(assertion: Row, type: string): boolean {
  return [assertion['check'], assertion['category']].some(
    (v) => text(v)?.toLowerCase() === type.toLowerCase(),
  )
}

function keepOf(question: DatasetAssertionsQuestion): (assertion: Row) => boolean {
  const column = optionalText(question.column)
  const type = optionalText(question.assertion_type)
  const status = optionalText(question.status)?.toUpperCase()
  if (status !== undefined && !Object.hasOwn(RESULT_OF_STATUS, status))
    throw new CatalogError(
      'invalid',
      'argument_invalid',
      `There is no assertion status "${question.status}".`,
      {
        remedy: `Use one of ${Object.keys(RESULT_OF_STATUS).join(', ')}.`,
      },
    )
  return (a) =>
    (column === undefined || a['column'] === column) &&
    (type === undefined || isOfType(a, type)) &&
    (status === undefined || (a['latestResult'] ?? 'INIT') === RESULT_OF_STATUS[status])
}

function assertionDocument(snapshot: Snapshot, a: Row, events: number): AssertionDocument {
  const urn = String(a['urn'])
  const info = snapshot.row('aspect', { urn, name: 'assertionInfo' })
  const definition = info ? definitionOf(JSON.parse(String(info['text'])) as JsonObject) : {}
  const runs = snapshot.rows('runs_of', { urn }).map((r) => r['run'] as Row)
  const complete = runs.filter((r) => r['status'] === 'COMPLETE')
  const results = (result: RunResult) => complete.filter((r) => r['result'] === result).length
  return {
    ...compact({
      urn,
      type: text(a['category']) ?? 'DATASET',
      name: text(a['name']),
      description: text(a['description']),
      sourceType: text(a['sourceKind']),
      column: text(a['column']),
    }),
    definition,
    ...compact({
      latestResultType: text(a['latestResult']) as RunResult | undefined,
      failed: number(a['latestFailed']),
      evaluated: number(a['latestTotal']),
    }),
    // Of the last ten runs, which is what is read.
    runSummary: {
      total: complete.length,
      succeeded: results('SUCCESS'),
      failed: results('FAILURE'),
      errors: results('ERROR'),
    },
    runHistory: complete.slice(0, events).map(runDocument),
  }
}

/** The kind-specific body of an assertionInfo, with its type. */
function definitionOf(info: JsonObject): JsonObject {
  const { customProperties: _c, source: _s, description: _d, lastUpdated: _l, ...definition } = info
  return definition
}

function runDocument(run: Row): AssertionRunDocument {
  return {
    timestampMillis: Number(run['at']),
    runId: String(run['runId']),
    resultType: (text(run['result']) ?? 'INIT') as RunResult,
    ...compact({
      failed: number(run['failed']),
      evaluated: number(run['total']),
      sampleKeys: texts(run['sampleKeys']),
      error: text(run['message']),
    }),
  }
}
