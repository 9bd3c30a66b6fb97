/** The configuration of clients in `docs/mcp.md` is what can be pasted: valid JSON, of the server and the command that there are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REPOSITORY, runCommand } from './command.js'

interface Entry {
  readonly type?: string
  readonly url?: string
  readonly serverUrl?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly command?: string
  readonly args?: readonly string[]
}
interface Configuration {
  readonly mcpServers?: Readonly<Record<string, Entry>>
  readonly servers?: Readonly<Record<string, Entry>>
}

const page = readFileSync(join(REPOSITORY, 'docs/mcp.md'), 'utf8')
const blocks = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => text as string)

describe('the configuration of clients in the page on MCP', () => {
  const entries = () =>
    blocks.map((text) => {
      const { mcpServers, servers } = JSON.parse(text) as Configuration
      return Object.entries(mcpServers ?? servers ?? {})
    })

  it('is JSON with one server of ours in each block', () => {
    expect(blocks).toHaveLength(4)
    expect(entries().map((list) => list.map(([name]) => name))).toEqual(blocks.map(() => ['groundplane']))
  })

  it('is an address with a token of its own header, or a command', () => {
    for (const [[, entry]] of entries() as [string, Entry][][] as [[string, Entry]][]) {
      if (entry.command !== undefined) expect(entry.args?.[0]).toBe('mcp')
      else {
        expect(new URL(entry.url ?? entry.serverUrl ?? '').pathname).toBe('/mcp')
        expect(entry.headers?.['Authorization']).toMatch(/^Bearer ./)
      }
    }
  })

  it('starts a command with options that it has', async () => {
    const started = entries().flatMap((list) => list.filter(([, { command }]) => command === 'groundplane'))
    expect(started).toHaveLength(1)
    const { stdout } = await runCommand(['mcp', '--help'])
    for (const option of started[0]?.[1].args?.filter((arg) => arg.startsWith('--')) ?? [])
      expect(stdout).toContain(option)
  })
})
