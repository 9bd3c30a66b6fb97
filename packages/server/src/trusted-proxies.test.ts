import { afterEach, expect, it } from 'vitest'
import { ClusterFixture, CONFIG, POLICIES, TOKENS } from './testing/cluster-fixture.js'
import { callOperation } from './testing/http-call.js'

let fixture: ClusterFixture | undefined
afterEach(() => fixture?.remove())

/** As a proxy of this machine passes it on. */
const call = async (url: string, token: string, forwardedFor: string) => {
  const headers = { 'x-forwarded-for': forwardedFor }
  const answer = await callOperation(url, 'getSnapshot', { params: { graph_id: 'team' }, token, headers })
  return answer.json.error?.code ?? answer.status
}

/** Wrong tokens, until so many are refused unseen that the address is kept out for as long as a test may take. */
async function guess(url: string, forwardedFor: (i: number) => string): Promise<void> {
  let refused = 0
  for (let i = 0; refused < 40 && i < 1000; i++)
    if ((await call(url, `guess-${i}`, forwardedFor(i))) === 'too_many_guesses') refused++
}

it('two callers behind a trusted proxy are limited apart, and neither can pick its address', async () => {
  fixture = await ClusterFixture.create()
  const { url } = await fixture.serve({ trustedProxies: ['127.0.0.0/8'] })
  await guess(url, (i) => `192.0.2.${i % 100}, 203.0.113.1`)
  expect(await call(url, TOKENS.viewer, '192.0.2.7, 203.0.113.1')).toBe('too_many_guesses')
  expect(await call(url, TOKENS.viewer, '203.0.113.1, 203.0.113.2')).toBe(200)
})

it('without a trusted proxy a forged header changes nothing', async () => {
  fixture = await ClusterFixture.create()
  const { url } = await fixture.serve({ trustedProxies: ['10.0.0.0/8'] })
  await guess(url, (i) => `203.0.113.${i % 100}`)
  expect(await call(url, TOKENS.viewer, '198.51.100.1')).toBe('too_many_guesses')
})

it('proxies are taken from the applied cluster, too', async () => {
  fixture = await ClusterFixture.create()
  fixture.write('cluster.yaml', `${CONFIG}${POLICIES}server: { trusted_proxies: [127.0.0.1] }\n`)
  await fixture.apply()
  const { url } = await fixture.serve()
  await guess(url, () => '203.0.113.1')
  expect(await call(url, TOKENS.viewer, '203.0.113.1')).toBe('too_many_guesses')
  expect(await call(url, TOKENS.viewer, '203.0.113.2')).toBe(200)
})

it('without tokens, callers behind a trusted proxy have a quota each', async () => {
  fixture = await ClusterFixture.create({ policies: false })
  const { url } = await fixture.serve({
    ...{ tokens: undefined as never, unauthenticated: true },
    ...{ trustedProxies: ['127.0.0.1'], limits: { actorPerSecond: 0.001 } },
  })
  const ask = (forwardedFor: string) => call(url, 'nobody', forwardedFor)
  expect([await ask('203.0.113.1'), await ask('203.0.113.1'), await ask('203.0.113.2')]).toEqual([
    ...[200, 'rate_limited', 200],
  ])
})

it.each(['proxy.example', '0.0.0.0/0'])('a server is not started with %s as a proxy', async (range) => {
  fixture = await ClusterFixture.create()
  await expect(fixture.serve({ trustedProxies: [range] })).rejects.toMatchObject({
    code: 'trusted_proxy_invalid',
  })
})
