import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type {
  ApplyDocument,
  Change,
  ChangeReason,
  DiffDocument,
  GcDocument,
  PlanDocument,
  StateObservations,
  StatusDocument,
} from './documents.js'
import { renderApply, renderPlan, renderStatus } from './render.js'
import { renderApprove, renderDiff, renderGc } from './render-records.js'

const STATE: StateObservations = {
  state_path: '/c/__cluster/state.json',
  lock_path: '/c/__cluster/lock.json',
  state_found: true,
  state_revision: 4,
  resource_count: 3,
  locked: false,
  lock_acquired: true,
}

const PLAN: PlanDocument = {
  ok: true,
  config_dir: '/c',
  desired_revision: { config_digest: 'd' },
  resource_digests: {},
  dependencies: [],
  state_observations: STATE,
  changes: [
    { resource: 'graph.a', operation: 'create', disposition: 'applied' },
    { resource: 'graph.b', operation: 'delete', disposition: 'blocked', reason: 'approval_required' },
    {
      resource: 'policy.base',
      operation: 'update',
      disposition: 'applied',
      binding_change: true,
      metadata_change: 'policy_bindings',
    },
    {
      resource: 'schema.c',
      operation: 'update',
      disposition: 'applied',
      migration: { supported: true, steps: [{ kind: 'add_property', type: 'Person', property: 'email' }] },
    },
  ],
  drift: [],
  blast_radius: [],
  approvals_required: [],
  diagnostics: [
    { code: 'schema_mismatch', severity: 'warning', message: 'drifted', remedy: 'Look.', path: 'schema.c' },
  ],
}

describe('a graph that could not be opened', () => {
  const diagnostics = [
    { code: 'graph_observation_error', severity: 'warning', message: 'graph a cannot be opened' } as const,
  ]

  it('keeps the plan from saying that the cluster is what its files say', () => {
    const text = renderPlan({ ...PLAN, changes: [], diagnostics })
    expect(text).not.toContain('is what its files say')
    expect(text).toContain('Repair the graph named above')
  })
})

describe('the command that comes next', () => {
  it('names the directory that was named before, as one word of a shell', () => {
    expect(renderPlan(PLAN, { dir: 'examples/shop' })).toContain(
      'Next: groundplane cluster apply --config examples/shop\n',
    )
    expect(renderPlan(PLAN, { dir: "ada's shop" })).toContain(
      "Next: groundplane cluster apply --config 'ada'\\''s shop'\n",
    )
    expect(renderPlan(PLAN, { dir: '.' })).toContain('Next: groundplane cluster apply\n')
  })

  it('is no command for a cluster whose ledger could not be looked for', () => {
    const nowhere: StatusDocument = {
      ok: false,
      config_dir: '/c',
      state_observations: { ...STATE, state_path: '', state_found: false },
      resource_digests: {},
      resource_statuses: {},
      observations: {},
      approval_records: {},
      recovery_records: {},
      tombstones: {},
      diagnostics: [],
    }
    expect(renderStatus(nowhere)).toBe('The ledger could not be looked for.\n')
  })
})

describe('the view of a plan', () => {
  it('shows symbols, reasons, migration steps, counts and what to do next', () => {
    expect(renderPlan(PLAN)).toBe(`schema.c: warning[schema_mismatch]: drifted
    Look.

  + create graph.a
  - delete graph.b  [blocked: approval_required]
  ~ update policy.base  [bindings]
  ~ update schema.c
      add_property type=Person property=email

Plan: 1 to create, 2 to update, 1 to delete.
1 change will not be made: see the reason beside each.

Next: groundplane cluster apply
`)
  })

  it('uses colours only when asked, and then loses no text', () => {
    expect(renderPlan(PLAN)).not.toContain('\u001b')
    const coloured = renderPlan(PLAN, { color: true })
    expect(coloured).toContain('\u001b[32;1m+')
    expect(stripVTControlCharacters(coloured)).toBe(renderPlan(PLAN))
  })

  it('puts many queries of one graph with one fate on one line, unless all are asked for', () => {
    const changes = Array.from({ length: 7 }, (_, i) => ({
      resource: `query.a.q${i}`,
      operation: 'create' as const,
      disposition: 'applied' as const,
    }))
    const plan = { ...PLAN, changes, diagnostics: [] }
    expect(renderPlan(plan)).toContain('  + create query.a.* (7 queries)\n')
    expect(renderPlan(plan)).toContain('Plan: 7 to create')
    expect(renderPlan(plan, { full: true })).toContain('  + create query.a.q6\n')
  })

  it('says so when there is nothing to change', () => {
    expect(renderPlan({ ...PLAN, changes: [], diagnostics: [] })).toBe(
      'No changes. The cluster is what its files say.\n',
    )
  })

  it('sends the operator to import when there is no ledger', () => {
    const view = renderPlan({ ...PLAN, state_observations: { ...STATE, state_found: false } })
    expect(view).toContain('Next: groundplane cluster import, then apply')
  })
})

describe('the view of an apply', () => {
  const applied: ApplyDocument = {
    ok: true,
    config_dir: '/c',
    desired_revision: { config_digest: 'd' },
    state_observations: STATE,
    changes: [{ resource: 'graph.a', operation: 'create', disposition: 'applied' }],
    applied_count: 1,
    deferred_count: 0,
    converged: true,
    state_written: true,
    resource_statuses: {},
    diagnostics: [],
  }

  it('tells a converged run from one that is not, and from one with nothing to do', () => {
    expect(renderApply(applied)).toContain('Converged. Applied 1 change; the ledger is at revision 4.')
    expect(renderApply({ ...applied, state_written: false, changes: [] })).toContain('Nothing to do')
    const partial = renderApply({ ...applied, ok: false, converged: false, deferred_count: 2 })
    expect(partial).toContain('Not converged. 1 change applied, 2 not made.')
    expect(partial).toContain('apply again')
  })
})

describe('what comes after an apply', () => {
  const nextAfter = (changes: readonly Change[], dir?: string) => {
    const document: ApplyDocument = {
      ok: true,
      config_dir: '/c',
      desired_revision: { config_digest: 'd' },
      state_observations: STATE,
      changes,
      applied_count: changes.length,
      deferred_count: 0,
      converged: true,
      state_written: changes.length > 0,
      resource_statuses: {},
      diagnostics: [],
    }
    return renderApply(document, { ...(dir !== undefined && { dir }) }).match(/Next: .*/)?.[0]
  }
  const change = (resource: string, operation: Change['operation']): Change => ({
    resource,
    operation,
    disposition: 'applied',
  })

  it('is the harvest where a source was declared or changed, else to serve', () => {
    const graph = change('graph.catalog', 'create')
    const harvest = 'Next: groundplane harvest --cluster shop, then serve'
    expect(nextAfter([graph, change('source.shop', 'create')], 'shop')).toBe(harvest)
    expect(nextAfter([change('source.shop', 'update')], 'shop')).toBe(harvest)
    expect(nextAfter([graph, change('source.shop', 'create')])).toBe('Next: groundplane harvest, then serve')
    for (const changes of [[], [graph], [change('source.shop', 'delete')]])
      expect(nextAfter(changes, 'shop')).toBe('Next: groundplane serve --cluster shop')
  })
})

describe('the view of a status', () => {
  it('lists resources, and names the command that releases the lock of a dead owner', () => {
    const status: StatusDocument = {
      ok: true,
      config_dir: '/c',
      approval_records: {},
      recovery_records: {},
      tombstones: {},
      state_observations: {
        ...STATE,
        locked: true,
        lock_id: '01KA',
        lock_operation: 'apply',
        lock_pid: 7,
        lock_age_seconds: 90,
        lock_owner_dead: true,
      },
      resource_digests: { 'graph.a': 'abcdefabcdefabcdef', 'schema.a': 'b' },
      resource_statuses: {
        'graph.a': { status: 'applied' },
        'schema.a': { status: 'drifted', conditions: ['schema_mismatch'] },
      },
      observations: {},
      diagnostics: [],
    }
    expect(renderStatus(status)).toBe(`Ledger revision 4, 3 resources, /c/__cluster/state.json
Locked by apply (process 7), 90s ago, id 01KA; its process is not running any more
  graph.a   applied   abcdefabcdef
  schema.a  drifted   b  schema_mismatch

Next: groundplane cluster force-unlock 01KA
`)
  })
})

describe('the view of a plan that deletes a graph', () => {
  const gone = (disposition: Change['disposition'], reason?: ChangeReason): Change => ({
    resource: 'graph.scratch',
    operation: 'delete',
    disposition,
    ...(reason && { reason }),
  })
  const plan = (change: Change, satisfied: boolean): PlanDocument => ({
    ...PLAN,
    ok: true,
    diagnostics: [],
    changes: [change],
    blast_radius: [{ resource: 'graph.scratch', affected: ['a', 'b', 'c', 'd', 'e', 'f'] }],
    approvals_required: [
      {
        resource: 'graph.scratch',
        reason: 'graph_delete',
        satisfied,
        ...(satisfied && { approved_by: 'ann' }),
      },
    ],
  })

  it('names what it reaches and the command that approves it', () => {
    const text = renderPlan(plan(gone('blocked', 'approval_required'), false))
    expect(text).toContain('- delete graph.scratch  [blocked: approval_required]')
    expect(text).toContain('affects a, b, c, d and 2 more')
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      'Next: groundplane cluster approve graph.scratch, or declare it again',
    )
  })

  it('says who approved it when somebody has', () => {
    const text = renderPlan(plan(gone('applied'), true))
    expect(text).toContain('[approved by ann]')
    expect(text).toContain('Next: groundplane cluster apply')
  })
})

describe('the views of approvals, differences and collected garbage', () => {
  const done = { ok: true, config_dir: '/c', diagnostics: [] }

  it('say what was approved, by whom, and what goes with it', () => {
    const text = renderApprove({
      ...done,
      approval_id: '01KT',
      resource: 'graph.scratch',
      operation: 'delete',
      approved_by: 'ann',
      subtree: ['graph.scratch', 'query.scratch.a', 'query.scratch.b', 'schema.scratch'],
    })
    expect(text).toContain('- delete graph.scratch approved by ann (approval 01KT)')
    expect(text).toContain('with 2 queries, 1 schema of it, and all its data')
    expect(renderApprove({ ...done, ok: false })).toContain('Nothing was approved.')
  })

  it('show the lines that differ, with symbols, and colours only when asked', () => {
    const document: DiffDocument = {
      ...done,
      revisions: [1, 2],
      from: { revision: 1 },
      to: { revision: 2, written_by: 'ada', written_at: '2026-11-21T08:00:00.000Z' },
      changes: [
        { resource: 'policy.base', operation: 'update', metadata: ['-applies_to: 1', '+applies_to: 2'] },
        { resource: 'query.k.a', operation: 'update', lines: [' same', '-old', '+new'] },
        { resource: 'query.k.b', operation: 'create', lines: ['+all of it'] },
      ],
    }
    expect(renderDiff(document)).toBe(
      [
        'Revision 1 → 2, written 2026-11-21T08:00:00.000Z by ada',
        '  ~ update policy.base',
        '      - applies_to: 1',
        '      + applies_to: 2',
        '  ~ update query.k.a',
        '        same',
        '      - old',
        '      + new',
        '  + create query.k.b',
        '',
        '1 created, 2 updated, 0 deleted.',
        '',
      ].join('\n'),
    )
    const colored = renderDiff(document, { color: true })
    expect(colored).toContain('\u001b[')
    expect(stripVTControlCharacters(colored)).toBe(renderDiff(document))
  })

  it('say how to remove what was only looked for', () => {
    const found: GcDocument = {
      ...done,
      state_observations: STATE,
      confirmed: false,
      unreferenced: [{ key: '__cluster/resources/x', bytes: 7 }],
      old_revisions: [],
      kept_count: 3,
      kept_revisions: [1, 2],
      removed_count: 0,
      removed_bytes: 0,
    }
    expect(renderGc(found)).toContain(
      'Would remove 1 payload and 0 past revisions; 3 payloads and 2 past revisions stay.',
    )
    expect(renderGc(found)).toContain('Next: groundplane cluster gc --confirm')
    expect(renderGc({ ...found, confirmed: true })).not.toContain('Next')
    expect(renderGc({ ...found, unreferenced: [] })).toContain('Nothing to remove.')
  })
})
