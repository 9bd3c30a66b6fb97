import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, shop, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'

let b: Bench
const principal = { actor: 'ada', tenant: 'default', roles: ['writer'] }
const orders = table('clean', 'orders')
const runbook = 'urn:li:document:late-orders'
const CONTENT = `When orders are late 😀, look at the carrier first.\n\nThen call the warehouse. Late orders are paid back.`

beforeEach(() => {
  b = bench()
  b.catalog.ingest([
    ...shop('clean'),
    aspect(runbook, 'documentInfo', {
      title: 'Orders that are late',
      status: { state: 'PUBLISHED' },
      source: { sourceType: 'EXTERNAL', externalUrl: 'https://wiki.example/late' },
      contents: { text: CONTENT },
      created: { time: 0, actor: 'urn:li:corpuser:ada' },
      lastModified: { time: 0, actor: 'urn:li:corpuser:ada' },
      relatedAssets: [{ asset: orders }, { asset: 'urn:li:tag:pii' }],
    }),
    aspect(runbook, 'subTypes', { typeNames: ['Runbook'] }),
  ])
})
afterEach(() => b.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
const call = (name: ToolName, args: object, at: object = {}): any =>
  callTool(b.catalog, name, args as never, { at: { principal, ...at } })
const refused = (name: ToolName, args: object, at: object = {}): string => {
  const before = b.graph.head().id
  try {
    call(name, args, at)
  } catch (error) {
    expect(b.graph.head().id).toBe(before)
    return (error as { code: string }).code
  }
  return 'done'
}
const NOTE = {
  document_type: 'Decision',
  title: 'Who is paid back',
  content: 'Everybody who waits ten days.',
}

describe('documents', () => {
  it('are found by their words and kind, without their text', () => {
    const found = call('search_documents', { query: 'carrier', filter: 'entity_subtype = Runbook' })
    expect(found).toMatchObject({
      total: 1,
      searchResults: [{ entity: { urn: runbook, properties: { name: 'Orders that are late' } } }],
    })
    expect(JSON.stringify(found)).not.toContain('warehouse')
    expect(JSON.stringify(call('search', { query: 'carrier' }))).not.toContain('warehouse')
    expect(call('search_documents', { query: 'customers' }).searchResults).toEqual([])
    expect(call('search_documents', {}).total).toBe(1)
  })

  it('are read whole, with what they are about', () => {
    expect(call('get_entities', { urns: { many: false, texts: [runbook] } })).toMatchObject({
      type: 'DOCUMENT',
      properties: { title: 'Orders that are late', kind: 'Runbook', content: CONTENT },
      relatedAssets: [{ urn: orders }, { urn: 'urn:li:tag:pii' }],
    })
  })

  it('are not searched by meaning, and a filter that cannot be read is told at its place', () => {
    expect(refused('search_documents', { semantic_query: 'refunds' })).toBe('semantic_search_unsupported')
    expect(() => call('search_documents', { filter: 'entity_subtype ~ x' })).toThrow(/position 15/)
  })
})

describe('a pattern in documents', () => {
  it('is found where it is in the whole text, with what is around, and counted beyond what is shown', () => {
    const asked = { urns: [runbook], pattern: '(?i)late', context_chars: 8, max_matches_per_doc: 1 }
    expect(call('grep_documents', asked)).toMatchObject({
      results: [
        {
          urn: runbook,
          title: 'Orders that are late',
          matches: [{ excerpt: 'ers are late 😀, loo', position: CONTENT.indexOf('late') }],
          total_matches: 2,
          content_length: CONTENT.length,
        },
      ],
      total_matches: 2,
      documents_with_matches: 1,
    })
    const later = call('grep_documents', { ...asked, start_offset: 30 })
    expect(later.results[0].matches[0].position).toBe(CONTENT.indexOf('Late'))
  })

  it('cuts no character in two', () => {
    const asked = { urns: [runbook], pattern: 'late ', context_chars: 1 }
    expect(call('grep_documents', asked).results[0].matches[0].excerpt).toBe(' late 😀')
  })

  it('that matches nothing, or an empty text, is an answer without results', () => {
    expect(call('grep_documents', { urns: [runbook], pattern: 'refund|x*' })).toMatchObject({
      results: [],
      total_matches: 0,
      documents_with_matches: 0,
    })
  })

  it('is refused when it is none, takes too long, or is looked for in what is no document', () => {
    expect(refused('grep_documents', { urns: [runbook], pattern: '(' })).toBe('argument_invalid')
    expect(refused('grep_documents', { urns: [orders], pattern: 'a' })).toBe('argument_invalid')
    expect(refused('grep_documents', { urns: ['urn:li:document:none'], pattern: 'a' })).toBe(
      'entity_not_found',
    )
    call('save_document', { ...NOTE, content: 'a'.repeat(5000) })
    const urns = call('search_documents', { query: 'paid' }).searchResults.map(
      (hit: { entity: { urn: string } }) => hit.entity.urn,
    )
    expect(refused('grep_documents', { urns, pattern: '(a|a)*b' })).toBe('pattern_too_slow')
  })
})

describe('a document that is saved', () => {
  it('is found from then on, with its author, and changed by its URN without losing what is not given', () => {
    const before = b.commits()
    const saved = call('save_document', { ...NOTE, related_assets: [orders], topics: ['urn:li:tag:pii'] })
    expect(saved).toMatchObject({ success: true, author: 'ada', receipt: { commit: b.graph.head().id } })
    expect(b.commits()).toBe(before + 1)
    expect(call('search_documents', { filter: 'entity_subtype = Decision' }).total).toBe(1)

    b.tick()
    const changed = { ...NOTE, urn: saved.urn, content: 'Everybody.' }
    expect(call('save_document', changed).urn).toBe(saved.urn)
    expect(call('get_entities', { urns: { many: false, texts: [saved.urn] } })).toMatchObject({
      properties: { title: NOTE.title, kind: 'Decision', content: 'Everybody.' },
      relatedAssets: [{ urn: orders }],
      tags: [{ urn: 'urn:li:tag:pii' }],
    })
    const info = JSON.parse(b.catalog.aspectRecord(saved.urn, 'documentInfo')?.text ?? '{}')
    expect(info).toMatchObject({
      created: { actor: 'urn:li:corpuser:ada' },
      source: { sourceType: 'NATIVE' },
    })
    expect(info.lastModified.time).toBe(info.created.time + 1000)
  })

  it('with nothing new is no commit', () => {
    const { urn } = call('save_document', NOTE)
    const before = b.graph.head().id
    b.tick()
    expect(call('save_document', { ...NOTE, urn })).toMatchObject({ urn, receipt: { commit: before } })
    expect(b.graph.head().id).toBe(before)
  })

  it('names nothing that does not exist, and is not one that a source brings', () => {
    const none = 'urn:li:document:none'
    expect(refused('save_document', { ...NOTE, urn: none })).toBe('entity_not_found')
    expect(refused('save_document', { ...NOTE, related_documents: [none] })).toBe('entity_not_found')
    expect(refused('save_document', { ...NOTE, related_assets: [table('clean', 'none')] })).toBe(
      'entity_not_found',
    )
    expect(refused('save_document', { ...NOTE, topics: ['urn:li:tag:none'] })).toBe('entity_not_found')
    expect(refused('save_document', { ...NOTE, urn: runbook })).toBe('stated_by_source')
  })
})

describe('who asks', () => {
  it('is told in whose name, and what the catalog knows of it', () => {
    expect(call('get_me', {}).data).toEqual({
      corpUser: { urn: 'urn:li:corpuser:ada', username: 'ada' },
      tenant: 'default',
      roles: ['writer'],
    })
    b.catalog.ingest([aspect('urn:li:corpuser:ada', 'corpUserInfo', { displayName: 'Ada', active: true })])
    expect(call('get_me', {}).data.corpUser).toMatchObject({ properties: { displayName: 'Ada' } })
    expect(refused('get_me', {}, { principal: undefined })).toBe('caller_unknown')
  })
})
