import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** The official client over Streamable HTTP, as who holds the token. */
export function overHttp(serverUrl: string, token: string): Promise<Client> {
  return connect(
    new StreamableHTTPClientTransport(new URL('/mcp', serverUrl), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }) as Transport,
  )
}

/** The official client over standard input and output of a child process on the cluster directory. */
export function overStdio(dir: string, actor: string): Promise<Client> {
  return connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [new URL('./mcp-child.js', import.meta.url).pathname, dir, actor],
    }) as Transport,
  )
}

async function connect(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  return client
}
