import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answerOf, connect } from './connect.js'
import { Credentials } from './credentials.js'
import { resolveServer } from './server-target.js'

let home: string
const servers: Server[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'groundplane-servers-'))
  vi.stubEnv('GROUNDPLANE_HOME', home)
  for (const name of [
    'GROUNDPLANE_TOKEN',
    'GROUNDPLANE_SERVER',
    'GROUNDPLANE_TOKEN_PROD',
    'GROUNDPLANE_TOKEN_MY_LAB',
  ])
    vi.stubEnv(name, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true, force: true })
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

const config = (text: string) => writeFileSync(join(home, 'config.yaml'), text)

async function failure(body: Promise<unknown>): Promise<{ code: string; message: string; remedy?: string }> {
  return body.then(
    () => expect.fail('nothing was refused'),
    (error) => error,
  )
}

/** A server that answers with `reply` and keeps the authorization headers it was sent. */
async function listen(reply: { status: number; location?: string; body?: unknown }) {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      ...(reply.location !== undefined && { location: reply.location }),
    })
    response.end(JSON.stringify(reply.body ?? {}))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  servers.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

describe('a token', () => {
  it('goes to the origin it was kept for, whatever the name says now', async () => {
    new Credentials().set('https://old.example.com', 'kept')
    config('servers: { prod: { url: https://old.example.com/base } }')
    expect(await resolveServer('prod')).toMatchObject({ url: 'https://old.example.com/base', token: 'kept' })
    expect((await resolveServer('https://old.example.com:443/x')).token).toBe('kept')
    config('servers: { prod: { url: https://new.example.com } }')
    expect((await resolveServer('prod')).token).toBeUndefined()
  })

  it.each([
    'https://old.example.com:8443',
    'http://old.example.com',
    'https://old.example.com.evil.example',
    'https://evil.example/https://old.example.com',
  ])('does not go to %s when it was kept for https://old.example.com', async (url) => {
    new Credentials().set('https://old.example.com', 'kept')
    expect((await resolveServer(url)).token).toBeUndefined()
  })

  it('of the environment belongs to the server whose name or address is with it', async () => {
    config('servers: { prod: { url: https://prod.example.com }, my-lab: { url: https://lab.example.com } }')
    vi.stubEnv('GROUNDPLANE_TOKEN_PROD', 'of-prod')
    vi.stubEnv('GROUNDPLANE_TOKEN_MY_LAB', 'of-lab')
    expect((await resolveServer('prod')).token).toBe('of-prod')
    expect((await resolveServer('https://lab.example.com')).token).toBe('of-lab')
    vi.stubEnv('GROUNDPLANE_TOKEN', 'alone')
    expect((await resolveServer('https://other.example.com')).token).toBeUndefined()
    vi.stubEnv('GROUNDPLANE_SERVER', 'https://other.example.com/base')
    expect((await resolveServer('https://other.example.com')).token).toBe('alone')
    expect((await resolveServer('https://third.example.com')).token).toBeUndefined()
  })

  it('does not leave without TLS, except for this machine or where the operator says so', async () => {
    new Credentials().set('http://lab.example.com', 'kept')
    new Credentials().set('http://127.0.0.1:1', 'local')
    expect((await failure(resolveServer('http://lab.example.com'))).code).toBe('token_without_tls')
    expect((await resolveServer('http://127.0.0.1:1')).token).toBe('local')
    config('servers: { lab: { url: "http://lab.example.com", plain_http: true } }')
    expect((await resolveServer('lab')).token).toBe('kept')
  })

  it('does not follow a redirect, to another host or to the same', async () => {
    const thief = await listen({ status: 200, body: { graphs: [] } })
    for (const location of [thief.url, '/elsewhere']) {
      const server = await listen({ status: 307, location })
      new Credentials().set(server.url, 'kept')
      const target = await resolveServer(server.url)
      const error = await failure(answerOf(target, (await connect(target)).graphs()))
      expect(error.code).toBe('server_redirects')
      expect(server.seen).toEqual(['Bearer kept'])
    }
    expect(thief.seen).toEqual([])
  })

  it('is not read from a file that others may read', async () => {
    new Credentials().set('https://old.example.com', 'kept')
    chmodSync(join(home, 'credentials.json'), 0o644)
    expect((await failure(resolveServer('https://old.example.com'))).code).toBe('credentials_exposed')
  })
})

describe('a server', () => {
  it('that is not declared is named with the one that was probably meant', async () => {
    config('servers: { prod: { url: https://prod.example.com } }')
    expect(await failure(resolveServer('prd'))).toMatchObject({
      code: 'server_unknown',
      remedy: 'Did you mean "prod"?',
    })
  })

  it('whose address holds a password is refused without repeating it', async () => {
    const error = await failure(resolveServer('https://ada:s3cret@prod.example.com'))
    expect(error.code).toBe('server_url_invalid')
    expect(JSON.stringify([error.message, error.remedy])).not.toContain('s3cret')
  })

  it('that refuses or does not answer is a failure with its code', async () => {
    const error = { code: 'token_unknown', message: 'Who?', requestId: 'r' }
    const server = await listen({ status: 401, body: { error, code: 'unauthorized' } })
    const target = await resolveServer(server.url)
    expect(await failure(answerOf(target, (await connect(target)).graphs()))).toMatchObject({
      code: 'token_unknown',
      kind: 'unauthenticated',
      remedy: `Run \`groundplane login ${server.url}\`.`,
    })
    const gone = await resolveServer('http://127.0.0.1:9')
    expect((await failure(answerOf(gone, (await connect(gone)).graphs()))).code).toBe('server_unreachable')
  })
})
