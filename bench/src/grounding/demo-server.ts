import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateWarehouses } from '@groundplane/warehouse'
import { CLI, command, startServer } from '../process.js'

const EXAMPLE = fileURLToPath(new URL('../../../examples/olist-oncall/', import.meta.url))

/** The demo's cluster behind a server of its own process, and the token of an actor that may only read. */
export interface DemoServer {
  readonly url: string
  readonly token: string
  /** Ends the server and removes the cluster. */
  stop(): Promise<void>
}

/**
 * Brings up the example as the demo does: warehouses generated (a hundredth of the geolocation rows, all of the
 * others), converged, harvested, checked, and one investigation, which raises the incidents.
 * Rejects when a step fails, and leaves nothing behind then.
 */
export async function startDemoServer(): Promise<DemoServer> {
  const scratch = mkdtempSync(join(tmpdir(), 'groundplane-grounding-'))
  const remove = () => rmSync(scratch, { recursive: true, force: true })
  try {
    const dir = join(scratch, 'cluster')
    cpSync(EXAMPLE, dir, { recursive: true })
    generateWarehouses({ dir: join(dir, 'data'), scale: { geolocation: 0.01 } })
    await command([CLI, 'cluster', 'import', '--config', dir])
    await command([CLI, 'cluster', 'apply', '--config', dir, '--as', 'operator'])
    await command([CLI, 'harvest', '--cluster', dir, '--as', 'harvester'])
    await command([CLI, 'check', '--cluster', dir, '--as', 'harvester'])
    await command([CLI, 'incident', 'revenue dashboard wrong', '--cluster', dir, '--as', 'oncall-crew'])
    const token = 'grounding-viewer'
    const server = await startServer([CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0'], {
      GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ viewer: token }),
    })
    return {
      url: server.url,
      token,
      async stop() {
        await server.stop()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
