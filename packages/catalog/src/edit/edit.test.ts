import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'

let b: Bench
const customers = table('clean', 'customers')
const orders = table('clean', 'orders')
const [pii, gold] = ['urn:li:tag:pii', 'urn:li:tag:gold']
const [finance, ada] = ['urn:li:corpGroup:finance', 'urn:li:corpuser:ada']
const principal = { actor: 'ada', tenant: 'default', roles: [] }

beforeEach(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    aspect(gold, 'tagProperties', { name: 'Gold' }),
    aspect(ada, 'corpUserInfo', { displayName: 'Ada', active: true }),
    aspect('urn:li:glossaryTerm:revenue', 'glossaryTermInfo', {
      name: 'Revenue',
      definition: 'What is paid',
    }),
    aspect('urn:li:domain:sales', 'domainProperties', { name: 'Sales' }),
    aspect('urn:li:domain:ops', 'domainProperties', { name: 'Ops' }),
  ])
})
afterEach(() => b.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
const call = (name: ToolName, args: object, at: object = {}): any =>
  callTool(b.catalog, name, args as never, { at: { principal, ...at } })
/** What the call is refused with; a refused one has written nothing. */
const refused = (name: ToolName, args: object): string => {
  const before = b.graph.head().id
  try {
    call(name, args)
  } catch (error) {
    expect(b.graph.head().id).toBe(before)
    return (error as { code: string }).code
  }
  return 'done'
}
// biome-ignore lint/suspicious/noExplicitAny: read by path
const entity = (urn: string): any => b.catalog.getEntity(urn).entity
const urnsOf = (list: { urn: string }[] | undefined) => list?.map((x) => x.urn)

describe('a change of what people say', () => {
  it('is one commit by who made it, with its reason, and the receipt of it', () => {
    const before = b.commits()
    const answer = call('add_tags', { tag_urns: [gold], entity_urns: [orders, customers], message: 'audit' })
    expect(answer).toMatchObject({ success: true, changed: 2, receipt: { commit: b.graph.head().id } })
    expect(b.commits()).toBe(before + 1)
    expect(b.graph.head()).toMatchObject({ actor: 'ada', message: 'audit' })
    expect([urnsOf(entity(orders).tags), urnsOf(entity(customers).tags)]).toEqual([[gold], [gold]])
    expect(b.catalog.search({ query: '/q tag:Gold' }).total).toBe(2)
  })

  it('that changes nothing is no commit', () => {
    call('add_tags', { tag_urns: [gold], entity_urns: [orders] })
    const before = b.graph.head().id
    for (const [name, args] of [
      ['add_tags', { tag_urns: [gold], entity_urns: [orders] }],
      ['remove_tags', { tag_urns: [pii], entity_urns: [customers] }],
      ['add_owners', { owner_urns: [finance], entity_urns: [orders], ownership_type: 'DATAOWNER' }],
      ['remove_owners', { owner_urns: [ada], entity_urns: [orders] }],
      ['remove_terms', { term_urns: ['urn:li:glossaryTerm:revenue'], entity_urns: [orders] }],
      ['remove_domains', { entity_urns: [orders] }],
      ['update_description', { entity_urn: customers, operation: 'replace', description: 'People who buy' }],
      ['update_description', { entity_urn: orders, operation: 'remove' }],
    ] as const) {
      b.tick()
      expect([name, call(name, args)]).toMatchObject([name, { changed: 0, receipt: { commit: before } }])
    }
  })

  it('puts tags on columns and takes them off, and leaves to the source what the source states', () => {
    const price = { entity_urns: [orders, orders], column_paths: ['price', null], tag_urns: [gold] }
    expect(call('add_tags', price).changed).toBe(2)
    const tagsOf = (path: string) =>
      b.catalog.listSchemaFields({ urn: orders }).fields.find((f) => f.fieldPath === path)?.tags
    expect(tagsOf('price')).toEqual([gold])
    expect(call('remove_tags', price).changed).toBe(2)
    expect(tagsOf('price')).toBeUndefined()
    expect(
      refused('remove_tags', { tag_urns: [pii], entity_urns: [customers], column_paths: ['email'] }),
    ).toBe('stated_by_source')
  })

  it('of owners goes by their type', () => {
    call('add_owners', { owner_urns: [ada, finance], entity_urns: [orders], ownership_type: 'DATA_STEWARD' })
    const owners = () =>
      (
        JSON.parse(
          String(
            b.graph.versions({ type: 'Aspect', id: JSON.stringify([orders, 'ownership']) })[0]?.value['text'],
          ),
        ).owners as { owner: string; type: string }[]
      ).map((o) => `${o.owner} ${o.type}`)
    expect(owners()).toEqual([`${finance} DATAOWNER`, `${ada} DATA_STEWARD`, `${finance} DATA_STEWARD`])
    call('remove_owners', { owner_urns: [finance], entity_urns: [orders], ownership_type: 'DATA_STEWARD' })
    expect(owners()).toEqual([`${finance} DATAOWNER`, `${ada} DATA_STEWARD`])
    call('remove_owners', { owner_urns: [finance, ada], entity_urns: [orders] })
    expect(entity(orders).owners).toBeUndefined()
  })

  it('of terms, domains and descriptions is read back at once', () => {
    call('add_terms', { term_urns: ['urn:li:glossaryTerm:revenue'], entity_urns: [orders] })
    call('set_domains', { domain_urn: 'urn:li:domain:sales', entity_urns: [orders] })
    call('set_domains', { domain_urn: 'urn:li:domain:ops', entity_urns: [orders] })
    call('update_description', { entity_urn: orders, operation: 'replace', description: 'One' })
    call('update_description', { entity_urn: orders, operation: 'append', description: 'Two' })
    expect(entity(orders)).toMatchObject({
      glossaryTerms: [{ urn: 'urn:li:glossaryTerm:revenue' }],
      domains: [{ urn: 'urn:li:domain:ops' }],
      properties: { description: 'One\nTwo', name: 'orders' },
    })
    call('remove_domains', { entity_urns: [orders] })
    expect(entity(orders).domains).toBeUndefined()
    const answer = call('update_description', {
      entity_urn: orders,
      column_path: 'price',
      operation: 'replace',
      description: 'Paid',
    })
    expect(answer).toMatchObject({ success: true, urn: orders, column_path: 'price', changed: 1 })
    expect(b.catalog.listSchemaFields({ urn: orders, keywords: 'price' }).fields[0]?.description).toBe('Paid')
    call('update_description', {
      entity_urn: 'urn:li:glossaryTerm:revenue',
      operation: 'replace',
      description: 'New',
    })
    expect(entity('urn:li:glossaryTerm:revenue').properties.definition).toBe('New')
  })

  const none = table('clean', 'none')
  it.each([
    ['add_tags', { tag_urns: [gold], entity_urns: [orders, none] }, 'entity_not_found'],
    ['add_tags', { tag_urns: [gold], entity_urns: [orders, 'urn:li:dataProduct:x'] }, 'argument_invalid'],
    ['add_tags', { tag_urns: ['urn:li:tag:none'], entity_urns: [orders] }, 'entity_not_found'],
    ['add_tags', { tag_urns: [finance], entity_urns: [orders] }, 'argument_invalid'],
    ['add_tags', { tag_urns: [gold], entity_urns: [orders], column_paths: ['x'] }, 'column_not_found'],
    ['add_tags', { tag_urns: [gold], entity_urns: [orders], column_paths: [null, null] }, 'argument_invalid'],
    ['add_tags', { tag_urns: ['gold'], entity_urns: [orders] }, 'urn_invalid'],
    ['remove_terms', { term_urns: ['urn:li:glossaryTerm:x'], entity_urns: [orders] }, 'entity_not_found'],
    ['add_owners', { owner_urns: ['urn:li:corpuser:eve'], entity_urns: [orders] }, 'entity_not_found'],
    ['remove_owners', { owner_urns: [ada], entity_urns: [none] }, 'entity_not_found'],
    ['set_domains', { domain_urn: 'urn:li:domain:none', entity_urns: [orders] }, 'entity_not_found'],
    ['remove_domains', { entity_urns: [none] }, 'entity_not_found'],
    ['update_description', { entity_urn: none, operation: 'remove' }, 'entity_not_found'],
    [
      'update_description',
      { entity_urn: orders, operation: 'replace', description: ' ' },
      'argument_invalid',
    ],
    ['update_description', { entity_urn: ada, operation: 'replace', description: 'x' }, 'argument_invalid'],
    [
      'raise_incident',
      { resource_urn: none, title: 't', description: 'd', incident_type: 'FIELD' },
      'incident_target_missing',
    ],
    ['resolve_incident', { incident_urn: 'urn:li:incident:none' }, 'entity_not_found'],
  ] as const)('%s with %j is refused with %s, and nothing is written', (name, args, code) => {
    expect(refused(name, args)).toBe(code)
  })

  it('is made on a branch when one is named, and main knows nothing of it', () => {
    b.graph.createBranch('work')
    const { receipt } = call('add_tags', { tag_urns: [gold], entity_urns: [orders] }, { branch: 'work' })
    expect(receipt.commit).toBe(b.graph.head('work').id)
    expect(entity(orders).tags).toBeUndefined()
    expect(b.catalog.getEntity(orders, { branch: 'work' }).entity).toMatchObject({ tags: [{ urn: gold }] })
  })

  it('of an incident is raised once for a cause, and resolved once', () => {
    const args = {
      resource_urn: orders,
      title: 'Late',
      description: '30 h old',
      incident_type: 'FRESHNESS',
      priority: 'LOW',
    }
    const first = call('raise_incident', args)
    expect(first).toMatchObject({ success: true, created: true, receipt: { commit: b.graph.head().id } })
    expect(call('raise_incident', args)).toMatchObject({ urn: first.urn, created: false })
    expect(b.catalog.listIncidents({ urn: orders }).incidents).toMatchObject([
      { urn: first.urn, priority: 'LOW', type: 'FRESHNESS', state: 'ACTIVE' },
    ])
    expect(call('resolve_incident', { incident_urn: first.urn, message: 'reloaded' }).changed).toBe(1)
    expect(call('resolve_incident', { incident_urn: first.urn }).changed).toBe(0)
    expect(b.catalog.listIncidents({ state: 'RESOLVED' }).incidents[0]?.message).toBe('reloaded')
  })
})
