import { formatDiagnostic } from '@groundplane/core'
import type { MigrationPlan, MigrationStep } from '@groundplane/graph'
import { confirmed } from '../consent.js'
import { CommandError } from '../errors.js'
import type { GraphAddress, GraphTarget } from '../graph-target.js'
import { readText } from '../input.js'
import { onGraph } from '../on-graph.js'
import { note, print, printJson } from '../output.js'
import type { RemoteGraph } from '../remote-graph.js'
import { type Applied, applyOver, planOver, schemaOver } from './remote-schema.js'

interface SchemaOptions extends GraphAddress {
  readonly schema: string
  readonly branch?: string
  readonly snapshot?: string
  readonly allowDataLoss?: boolean
  readonly ifCommit?: string
  readonly message?: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** `schema show`: the text, ready to be edited and applied again. */
export async function runSchemaShow(root: string | undefined, options: SchemaOptions): Promise<number> {
  const { source, digest } = await onGraph(
    { ...options, root },
    'read',
    ({ graph, principal }) =>
      graph.schema({
        ...(options.branch !== undefined && { branch: options.branch }),
        ...(options.snapshot !== undefined && { commit: options.snapshot }),
        ...(principal && { principal }),
      }),
    (remote) => schemaOver(remote, options),
  )
  if (options.json) printJson({ ok: true, schema_source: source, schema_digest: digest })
  else print(source.replace(/\n$/, ''))
  return 0
}

/** `schema plan` and `schema apply`. Exit code 1 when the schema is refused; then nothing has happened. */
export async function runSchemaChange(
  kind: 'plan' | 'apply',
  root: string | undefined,
  options: SchemaOptions,
): Promise<number> {
  const source = readText(options.schema)
  return onGraph(
    { ...options, root },
    kind === 'plan' ? 'read' : 'write',
    (target) => {
      if (kind === 'apply' && target.managed) throw clusterManaged(target)
      const plan = target.graph.planSchema(source, {
        ...(options.branch !== undefined && { branch: options.branch }),
        ...(options.allowDataLoss && { allowDataLoss: true }),
        ...(target.principal && { principal: target.principal }),
      })
      return kind === 'plan' ? showPlan(plan, options) : apply(target, source, plan, options)
    },
    async (remote) => {
      if (kind === 'plan') return showPlan(await planOver(remote, source, options), options)
      return applyThere(remote, source, options)
    },
  )
}

/** A server of a cluster refuses: there the cluster changes schemas. What it says to whom is its own to decide. */
async function applyThere(remote: RemoteGraph, source: string, options: SchemaOptions): Promise<number> {
  if (options.allowDataLoss) await consentToErase(await planOver(remote, source, options), remote.id, options)
  const done = await applyOver(remote, source, options)
  if (options.json) printJson({ ok: true, ...done })
  else showApplied(done)
  return 0
}

function showPlan(plan: MigrationPlan, options: SchemaOptions): number {
  if (options.json) printJson({ ok: plan.supported, ...plan })
  else {
    printSteps(plan.steps)
    for (const diagnostic of plan.diagnostics) print(formatDiagnostic(diagnostic))
    print(
      plan.supported ? 'This schema can be applied.' : 'This schema cannot be applied; nothing would happen.',
    )
  }
  return plan.supported ? 0 : 1
}

async function apply(
  target: GraphTarget,
  source: string,
  plan: MigrationPlan,
  options: SchemaOptions,
): Promise<number> {
  await consentToErase(plan, target.graph.root, options)
  const commit = target.graph.applySchema(source, {
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.allowDataLoss && { allowDataLoss: true }),
    ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
    ...(options.message !== undefined && { message: options.message }),
    ...(target.principal && { principal: target.principal }),
  })
  for (const diagnostic of plan.diagnostics) note(formatDiagnostic(diagnostic))
  if (options.json) printJson({ ok: true, steps: plan.steps, commit })
  else showApplied({ steps: plan.steps, commit })
  return 0
}

async function consentToErase(
  plan: Pick<MigrationPlan, 'supported' | 'steps'>,
  graph: string,
  options: SchemaOptions,
): Promise<void> {
  const erased = plan.steps.filter((s) => s.mode === 'hard')
  if (!plan.supported || erased.length === 0) return
  const what = erased.map((s) => (s.property === undefined ? s.type : `${s.type}.${s.property}`)).join(', ')
  await confirmed(`Erase ${what} from every commit of ${graph}, for good?`, options)
}

function showApplied({ steps, commit }: Applied): void {
  printSteps(steps)
  print(commit ? `Applied as commit ${commit.id}.` : 'The schema is in force already; nothing to do.')
}

/** The ledger of a cluster says which schema is in force, so only the cluster changes it. */
function clusterManaged(target: GraphTarget): CommandError {
  return new CommandError(
    'root_is_cluster_managed',
    `${target.graph.root} belongs to the cluster in ${target.managed}.`,
    {
      kind: 'conflict',
      remedy:
        'Change the schema file of the cluster and run `groundplane cluster plan`, then `cluster apply`.',
    },
  )
}

const SIGNS: Partial<Record<MigrationStep['kind'], string>> = {
  add_type: '+',
  add_property: '+',
  add_constraint: '+',
  add_index: '+',
  drop_type: '-',
  drop_property: '-',
  remove_constraint: '-',
  remove_index: '-',
  unsupported_change: '!',
}

/** One line a step: what is done, to what, and what exactly. */
function printSteps(steps: readonly MigrationStep[]): void {
  if (steps.length === 0) print('No steps: the schema is in force already.')
  for (const step of steps) {
    const on = step.property === undefined ? step.type : `${step.type}.${step.property}`
    const details = [
      step.from === undefined ? '' : `from ${step.from}`,
      step.detail ?? '',
      step.mode === 'hard' ? 'ERASES its data from every commit' : '',
      step.mode === 'soft' ? 'past commits keep it' : '',
    ].filter((d) => d !== '')
    const detail = details.length > 0 ? `  (${details.join('; ')})` : ''
    print(`  ${SIGNS[step.kind] ?? '~'} ${step.kind.replaceAll('_', ' ')} ${step.entity} ${on}${detail}`)
  }
}
