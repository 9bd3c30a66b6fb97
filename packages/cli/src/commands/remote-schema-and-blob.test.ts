import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Ran } from '../testing/command-in-process.js'
import { ServedPeople } from '../testing/served-people.js'

let people: ServedPeople
let first: string
/** Every byte value, and more than one read of the store. */
const CONTENT = Buffer.from(Array.from({ length: 5 * 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) % 256))
const DIGEST = createHash('sha256').update(CONTENT).digest('hex')

/** What a command answers, as JSON; it must have succeeded unless a status is given. */
async function json(ran: Promise<Ran>, status = 0) {
  const { stdout, stderr, status: found } = await ran
  expect([found, stderr]).toEqual([status, stderr])
  return JSON.parse(stdout)
}
const heads = async () => (await json(people.here(['branch', 'list', '--json']))).branches

beforeAll(async () => {
  people = await ServedPeople.start({
    schema: 'node Report { name: String @key file: Blob? }\n',
    graph: "external_blobs: { allow: ['https://files.example/'] }",
  })
  const rows = [
    { type: 'Person', data: { name: 'Ada', age: 36 } },
    { type: 'Report', data: { name: 'long', file: `base64:${CONTENT.toString('base64')}` } },
    { type: 'Report', data: { name: 'empty', file: 'base64:' } },
    {
      type: 'Report',
      data: { name: 'short', file: `base64:${Buffer.from('0123456789').toString('base64')}` },
    },
    { type: 'Report', data: { name: 'far', file: 'https://files.example/a.pdf' } },
    { type: 'Report', data: { name: 'none' } },
  ]
  const file = people.file('rows.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  first = (await json(people.there(['load', '--data', file, '--json']))).commit.id
  await people.there(['branch', 'create', 'review'])
  const next = Buffer.from('next').toString('base64')
  const changed = people.file(
    'next.jsonl',
    `${JSON.stringify({ type: 'Report', data: { name: 'short', file: `base64:${next}` } })}\n`,
  )
  await json(people.there(['load', '--data', changed, '--mode', 'merge', '--branch', 'review', '--json']))
}, 120_000)
afterAll(() => people?.stop())

it('schemas and their plans, and what is kept for a Blob, are over a server what they are on the cluster', async () => {
  const wider = people.file('wider.pg', `${people.schema()}node Tag { name: String @key }\n`)
  const narrower = people.file('narrower.pg', people.schema().replace(' score: F64?', ''))
  const wrong = people.file(
    'wrong.pg',
    people.schema().replace('name: String @key age', 'name: I64 @key age'),
  )
  for (const [status, ...command] of [
    [0, 'schema', 'show'],
    [0, 'schema', 'show', '--branch', 'review'],
    [0, 'schema', 'show', '--snapshot', first],
    [0, 'schema', 'plan', '--schema', wider],
    [0, 'schema', 'plan', '--schema', narrower, '--branch', 'review'],
    [0, 'schema', 'plan', '--schema', narrower],
    [1, 'schema', 'plan', '--schema', wrong],
    [0, 'blob', 'stat', 'node', 'Report', 'long', 'file'],
    [0, 'blob', 'stat', 'node', 'Report', 'empty', 'file'],
    [0, 'blob', 'stat', 'node', 'Report', 'far', 'file'],
    [0, 'blob', 'stat', 'node', 'Report', 'short', 'file', '--branch', 'review'],
    [0, 'blob', 'stat', 'node', 'Report', 'short', 'file', '--snapshot', first],
  ] as const) {
    const [shown, local] = [await people.there(command), await people.here(command)]
    expect([command, shown]).toEqual([command, { ...local, status }])
    const asked = [...command, '--json']
    expect([command, await json(people.there(asked), status)]).toEqual([
      command,
      await json(people.here(asked), status),
    ])
  }
  const known = await json(people.there(['blob', 'stat', 'node', 'Report', 'long', 'file', '--json']))
  expect(known).toMatchObject({ ok: true, kind: 'managed', size: CONTENT.length, digest: DIGEST })
}, 120_000)

it('content comes over a server byte for byte, whole or in part, of the branch or commit asked for', async () => {
  const got = async (id: string, ...more: string[]) => {
    const out = join(people.dir, 'got.bin')
    const { status, stderr } = await people.there([
      'blob',
      'get',
      'node',
      'Report',
      id,
      'file',
      '--out',
      out,
      ...more,
    ])
    expect([status, stderr]).toEqual([0, ''])
    return readFileSync(out)
  }
  expect((await got('long')).equals(CONTENT)).toBe(true)
  expect(
    (await got('long', '--offset', '4194303', '--length', '2')).equals(CONTENT.subarray(4194303, 4194305)),
  ).toBe(true)
  for (const [wanted, ...more] of [
    ['0123456789'],
    ['234', '--offset', '2', '--length', '3'],
    ['89', '--offset', '8', '--length', '99'],
    ['', '--offset', '99'],
    ['', '--length', '0'],
    ['next', '--branch', 'review'],
    ['0123456789', '--snapshot', first],
  ] as const)
    expect([more, String(await got('short', ...more))]).toEqual([more, wanted])
  expect((await got('empty')).length).toBe(0)
}, 120_000)

it('what a server does not do, and what policy forbids, is refused with the code and what to do; nothing changes', async () => {
  const before = await heads()
  const next = people.file('next.pg', `${people.schema()}node Tag { name: String @key }\n`)
  const blob = (id: string, property = 'file') => ['node', 'Report', id, property]
  for (const [token, code, ...command] of [
    ['token-a', 'schema_managed_by_cluster', 'schema', 'apply', '--schema', next],
    ['token-b', 'forbidden', 'schema', 'apply', '--schema', next],
    ['token-a', 'branch_not_found', 'schema', 'show', '--branch', 'nope'],
    ['token-a', 'commit_not_found', 'schema', 'show', '--snapshot', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['token-a', 'target_ambiguous', 'schema', 'show', '--snapshot', first, '--branch', 'main'],
    ['token-a', 'blob_not_found', 'blob', 'stat', ...blob('none')],
    ['token-a', 'entity_not_found', 'blob', 'get', ...blob('nobody')],
    ['token-a', 'blob_property_unknown', 'blob', 'get', ...blob('short', 'name')],
    ['token-a', 'blob_external', 'blob', 'get', ...blob('far')],
    ['token-wrong', 'token_unknown', 'blob', 'stat', ...blob('short')],
    ['token-a', 'maintenance_not_over_server', 'optimize'],
    ['token-a', 'maintenance_not_over_server', 'repair'],
    ['token-a', 'maintenance_not_over_server', 'cleanup', '--keep', '1', '--confirm', '--yes'],
  ] as const) {
    expect([command, await people.refusal(command, token)]).toEqual([command, { code, remedy: true }])
  }
  expect(await heads()).toEqual(before)
}, 120_000)

it('what destroys on a server wants a yes, and without one nothing happens', async () => {
  const rows = people.file('one.jsonl', '{"type":"Person","data":{"name":"Only"}}\n')
  const narrower = people.file('erased.pg', people.schema().replace(' score: F64?', ''))
  const erase = ['schema', 'apply', '--schema', narrower, '--allow-data-loss']
  const refusedUnasked = async (command: readonly string[]) => {
    const before = await heads()
    for (const more of [[], ['--json']]) {
      const { status, stdout, stderr } = await people.there([...command, ...more])
      const said = expect.stringContaining('consent_needed')
      expect([command, status, `${stdout}${stderr}`]).toEqual([command, 1, said])
    }
    expect(await heads()).toEqual(before)
  }
  await refusedUnasked(['load', '--mode', 'overwrite', '--data', rows])
  await refusedUnasked(['branch', 'delete', 'review'])
  // Here, on the machine that has the files, nobody is asked.
  const overwrite = ['load', '--mode', 'overwrite', '--data', rows, '--json']
  expect(await json(people.here([...overwrite, '--branch', 'review']))).toMatchObject({ deleted: 1 })
  expect(await json(people.there([...overwrite, '--yes']))).toMatchObject({ inserted: 1, deleted: 1 })
  await json(people.there(['branch', 'delete', 'review', '--yes', '--json']))
  await refusedUnasked(erase)
  expect((await people.there([...erase, '--yes'])).stderr).toContain('error[schema_managed_by_cluster]')
}, 120_000)
