import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect } from 'vitest'
import { REPOSITORY } from '../command.js'
import { blocksOf } from '../docs-page.js'
import { type ServedCluster, TOKENS } from '../http/served-cluster.js'
import { PythonClient } from './python-client.js'

/** DataHub's own MCP server, started as the documentation shows, in front of a serving process. */
export class DatahubMcp {
  readonly #client: Client

  /** Undefined where it is not installed and cannot be; why is on stderr. */
  static install(): PythonClient | undefined {
    const program = PythonClient.install('test/install-datahub-mcp.sh')
    if (!program) process.stderr.write("test:datahub: DataHub's MCP server could not be installed\n")
    return program
  }

  /** With the settings of the documentation's block that is named, for the holder of a token. */
  static async start(
    program: PythonClient,
    block: string,
    cluster: ServedCluster,
    token: string,
  ): Promise<DatahubMcp> {
    const page = blocksOf('datahub.md', readFileSync(join(REPOSITORY, 'docs/datahub.md'), 'utf8'))
    const shown = page.find(({ options }) => block in options)?.text as string
    const { command, env } = JSON.parse(
      shown.replace('http://127.0.0.1:8080', cluster.url).replace(/[a-z]+-token/, token),
    ).mcpServers.datahub
    const transport = new StdioClientTransport({ ...program.program(command, env), stderr: 'pipe' })
    let log = ''
    transport.stderr?.on('data', (text) => {
      log += text
    })
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(transport, { timeout: 120_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${log}`)
    })
    return new DatahubMcp(client)
  }

  private constructor(client: Client) {
    this.#client = client
  }

  /** The names of its tools, sorted. */
  async tools(): Promise<string[]> {
    const { tools } = await this.#client.listTools(undefined, { timeout: 60_000 })
    return tools.map(({ name }) => name).sort()
  }

  /** The answer of a tool; what it fails with is thrown as it tells it. */
  // biome-ignore lint/suspicious/noExplicitAny: read by path
  async call(name: string, args: Record<string, unknown> = {}): Promise<any> {
    const result = await this.#client.callTool({ name, arguments: args }, undefined, { timeout: 60_000 })
    const [content] = result.content as { text: string }[]
    if (result.isError) throw new Error(content?.text)
    return JSON.parse(content?.text as string)
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** Records aspects of an entity as DataHub's SDK sends them. */
export async function writeAspects(
  cluster: ServedCluster,
  type: string,
  urn: string,
  aspects: Readonly<Record<string, unknown>>,
): Promise<void> {
  const values = Object.fromEntries(Object.entries(aspects).map(([name, value]) => [name, { value }]))
  const response = await fetch(`${cluster.url}/graphs/catalog/datahub/openapi/v3/entity/${type}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
    body: JSON.stringify([{ urn, ...values }]),
  })
  expect(response.status, await response.text()).toBe(200)
}
