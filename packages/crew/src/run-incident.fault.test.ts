import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ModelEndpoint } from './model/endpoint.js'
import {
  calls,
  type ModelReply,
  type ModelServer,
  roleOf,
  said,
  startModelServer,
  stream,
} from './testing/model-server.js'
import { openSmallShop, type SmallShop, shopUrn } from './testing/small-shop.js'

let shop: SmallShop
let server: ModelServer | undefined
beforeAll(async () => {
  shop = await openSmallShop()
  await shop.run('turnover cockpit is wrong')
})
afterEach(async () => {
  await server?.close()
  server = undefined
})
afterAll(() => shop.close())

const SENTENCE = 'turnover cockpit is wrong'

async function runWith(reply: ModelReply, endpoint: Partial<ModelEndpoint> = {}, sentence = SENTENCE) {
  server = await startModelServer(reply)
  const base = { base_url: server.url, model: 'test-model', timeout_ms: 5_000, ...endpoint }
  const roles = { coordinator: base, detective: base, reality_checker: base, fixer: base }
  return shop.run(sentence, { roles, environment: { CREW_KEY: 'sk-secret' } })
}

/** A model that does what it is asked. */
const helpful: ModelReply = (request, response) => {
  const asked = request.body.messages.at(-1)
  switch (roleOf(request)) {
    case 'coordinator':
      if (request.body.messages[0]?.content?.includes('Plan')) {
        stream(response, [
          { reasoning_content: 'Turnover is money, ' },
          { reasoning_content: 'so look at sales.\n' },
          ...said({ plan: 'Look at sales.', words: ['sales'] }),
        ])
      } else
        stream(
          response,
          said({ claims: [{ text: 'Turnover misses the purchases of lost buyers.', cites: ['A1'] }] }),
        )
      return
    case 'detective':
      if (asked?.role === 'user')
        stream(response, [
          { content: '<think>Which data' },
          { content: 'sets?</thi' },
          { content: 'nk>' },
          ...calls('search', { query: 'turnover' }),
        ])
      else
        stream(
          response,
          said(
            `Here it is:\n\`\`\`json\n${JSON.stringify({ affected: [shopUrn('purchases'), shopUrn('invented')], because: 'x' })}\n\`\`\``,
          ),
        )
      return
    default:
      stream(response, [{ reasoning: 'hm' }, ...said({ claims: [] })])
  }
}

describe('a helpful model', () => {
  test('thinks aloud in the events, from a field of its own or from think tags, and never in the answer', async () => {
    const { events } = await runWith(helpful)
    const reasoning = events.flatMap((e) =>
      e.type === 'role.thinking' && e.data.kind === 'reasoning' ? [[e.role, e.data.text]] : [],
    )
    expect(reasoning).toContainEqual(['coordinator', 'Turnover is money, so look at sales.\n'])
    expect(reasoning).toContainEqual(['detective', 'Which datasets?'])
    expect(reasoning).toContainEqual(['fixer', 'hm'])
  })

  test('reads the catalog with tools, and only what exists there joins the findings', async () => {
    const { report, events } = await runWith(helpful)
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'tool.called',
        role: 'detective',
        data: expect.objectContaining({ tool: 'search', arguments: { query: 'turnover' } }),
      }),
    )
    const answered = server?.requests.flatMap((r) => r.body.messages).find((m) => m.role === 'tool')
    expect(JSON.parse(answered?.content ?? '').searchResults[0].entity.urn).toContain('v_turnover')
    expect(report.affected).toEqual([shopUrn('v_turnover'), shopUrn('purchases')])
    expect(report.roles.find((r) => r.role === 'detective')).toMatchObject({
      mode: 'model',
      note: expect.stringContaining('Dropped 1 dataset'),
    })
    expect(JSON.stringify(report)).not.toContain('invented')
  })

  test('has its tokens and cost recorded, as the server counts them', async () => {
    const { report } = await runWith(helpful, { input_cost_per_mtok: 1, output_cost_per_mtok: 10 })
    expect(report.roles.map((r) => [r.role, r.mode, r.tokens, r.costUsd])).toEqual([
      ['coordinator', 'model', 240, 0.0006],
      ['detective', 'model', 240, 0.0006],
      ['reality-checker', 'model', 120, 0.0003],
      ['fixer', 'model', 120, 0.0003],
    ])
  })

  test('gets the key from the environment, and nothing that is kept or told contains it', async () => {
    const { report, events } = await runWith(helpful, { api_key: '$' + '{CREW_KEY}' })
    expect(new Set(server?.requests.map((r) => r.authorization))).toEqual(new Set(['Bearer sk-secret']))
    expect(JSON.stringify([report, events, shop.catalog.getRun(report.runId)])).not.toContain('sk-secret')
  })

  test('can find words for what the sentence means, which the catalog must confirm', async () => {
    const plan: ModelReply = (request, response) => {
      const isPlan = request.body.messages[0]?.content?.includes('Plan')
      stream(
        response,
        said(isPlan ? { plan: 'p', words: ['turnover', 'unicorns'] } : { claims: [], affected: [] }),
      )
    }
    expect((await shop.run('our takings are wrong')).report.affected).toEqual([])
    const { report } = await runWith(plan, {}, 'our takings are wrong')
    expect(report.affected).toEqual([shopUrn('v_turnover')])
  })
})

describe('what a model states', () => {
  const stating =
    (claims: readonly object[]): ModelReply =>
    (request, response) =>
      stream(response, said(roleOf(request) === 'fixer' ? { claims } : { claims: [], affected: [] }))

  test('is shown when it cites evidence and repeats only what was read', async () => {
    const { report } = await runWith(
      stating([{ text: 'Two of 5 rows of buyers are gone, so v_turnover is short.', cites: ['A1'] }]),
    )
    expect(report.report).toContain('## In the words of the fixer')
    expect(report.report).toContain('Two of 5 rows of `buyers` are gone, so `v_turnover` is short.')
  })

  test.each([
    ['cites nothing', { text: 'Somebody deleted rows.', cites: [] }],
    ['cites what is not there', { text: 'Somebody deleted rows.', cites: ['A99'] }],
    ['names a dataset that does not exist', { text: 'Restore buyers_backup first.', cites: ['A1'] }],
    ['names a URN that does not exist', { text: `Look at ${shopUrn('ghosts')} first.`, cites: ['A1'] }],
    ['gives a number nobody read', { text: 'It costs 12,345 reais an hour.', cites: ['A1'] }],
    ['is not even a statement', { text: 7, cites: ['A1'] }],
  ])('is dropped when it %s', async (_, claim) => {
    const { report, events } = await runWith(stating([claim]))
    const notes = events.flatMap((e) => (e.type === 'role.thinking' ? [e.data.text] : []))
    expect(notes).not.toContain(claim.text)
    expect(report.report).not.toContain('In the words of the fixer')
    expect(report.incidents).toHaveLength(1)
  })
})

describe('a model that fails is replaced by the judgement of rules, and the report says why', () => {
  const open: ServerResponse[] = []
  const faults: [string, string, ModelReply, Partial<ModelEndpoint>?][] = [
    [
      'answers 500',
      'model_http_error',
      (_, r) => void r.writeHead(500).end('{"error":{"message":"overloaded"}}'),
    ],
    ['refuses the key', 'model_http_error', (_, r) => void r.writeHead(401).end('no')],
    ['hangs before it answers', 'model_timeout', (_, r) => void open.push(r), { timeout_ms: 50 }],
    [
      'hangs in the middle',
      'model_timeout',
      (_, r) =>
        void r
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write('data: {"choices":[{"delta":{"content":"{"}}]}\n\n'),
      { timeout_ms: 50 },
    ],
    [
      'sends a page',
      'model_garbage',
      (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
    ],
    [
      'sends JSON that is no answer',
      'model_garbage',
      (_, r) => void r.writeHead(200, { 'content-type': 'application/json' }).end('[1,2]'),
    ],
    [
      'sends an empty stream',
      'model_garbage',
      (_, r) => void r.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n'),
    ],
    [
      'breaks off',
      'model_unreachable',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'text/event-stream' })
        r.write('data: {"choices":[{"delta":{"content":"{"}}]}\n\n', () => r.destroy())
      },
    ],
    [
      'reports an error in the stream',
      'model_http_error',
      (_, r) =>
        void r
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end('data: {"error":{"message":"content filter"}}\n\n'),
    ],
    ['answers in prose', 'model_answer_invalid', (_, r) => stream(r, said('I think it is fine.'))],
    [
      'spends too many tokens',
      'model_over_budget',
      (_, r) => stream(r, said('{}'), { prompt_tokens: 900_000, completion_tokens: 1 }),
    ],
    [
      'spends too much money',
      'model_over_budget',
      (_, r) => stream(r, said('{}'), { prompt_tokens: 50_000, completion_tokens: 1 }),
      { budget_usd: 0.01, input_cost_per_mtok: 1 },
    ],
    ['calls the same tool for ever', 'model_loop', (_, r) => stream(r, calls('search', { query: 'x' }))],
    [
      'needs a key that is not set',
      'model_key_missing',
      (_, r) => stream(r, said('{}')),
      { api_key: '$' + '{NO_SUCH_KEY}' },
    ],
    ['is not there', 'model_unreachable', () => {}, { base_url: 'http://127.0.0.1:1/v1' }],
  ]

  test.each(faults)('when it %s (%s)', async (_, code, reply, endpoint) => {
    const expected = (await shop.run(SENTENCE)).report
    const { report, events } = await runWith(reply, endpoint)
    expect(report.affected).toEqual(expected.affected)
    expect(report.suspects).toEqual(expected.suspects)
    expect(report.incidents).toEqual(expected.incidents)
    for (const role of report.roles)
      expect(role).toMatchObject({ mode: 'rules', note: expect.stringContaining(code) })
    expect(report.report).toContain('The model was replaced by rules')
    expect(events.at(-1)?.type).toBe('run.finished')
    for (const response of open.splice(0)) response.destroy()
  })

  test('when it calls ever new tools, after a bounded number of rounds', async () => {
    let n = 0
    const { report } = await runWith((request, response) => {
      if (roleOf(request) === 'detective') stream(response, calls('search', { query: `x${n++}` }))
      else stream(response, said({ claims: [] }))
    })
    expect(n).toBe(9)
    expect(report.roles.find((r) => r.role === 'detective')).toMatchObject({
      mode: 'rules',
      note: expect.stringContaining('model_loop'),
      tokens: 9 * 120,
    })
  })

  test('when all its calls of a run together spend too much, not only each', async () => {
    const { report } = await runWith(helpful, { total_tokens: 150 })
    const mode = Object.fromEntries(report.roles.map((r) => [r.role, r.mode]))
    expect(mode).toEqual({
      coordinator: 'rules',
      detective: 'rules',
      'reality-checker': 'model',
      fixer: 'model',
    })
  })

  test('but wrong tool calls are answered, so that it can do better', async () => {
    const answers: string[] = []
    const attempts = [
      ['drop_table', {}],
      ['get_lineage', {}],
      ['get_lineage', { urn: shopUrn('ghosts') }],
      ['search', { query: 'x', color: 'red' }],
    ] as const
    const { report } = await runWith((request, response) => {
      if (roleOf(request) !== 'detective') return stream(response, said({ claims: [] }))
      const last = request.body.messages.at(-1)
      if (last?.role === 'tool') answers.push(last.content ?? '')
      const next = attempts[answers.length]
      stream(response, next ? calls(next[0], next[1], `call_${answers.length}`) : said({ affected: [] }))
    })
    expect(answers.map((a) => JSON.parse(a).error)).toEqual([
      expect.stringContaining('There is no tool "drop_table"'),
      'The argument "urn" is missing.',
      expect.stringContaining('ghosts'),
      expect.stringContaining('There is no argument "color"'),
    ])
    expect(report.roles.find((r) => r.role === 'detective')?.mode).toBe('model')
  })
})
