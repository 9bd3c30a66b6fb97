import { hasErrors } from '@groundplane/core'
import { dependencyEdges, sortByAddress } from './desired.js'
import type { ValidateDocument } from './documents.js'
import { type ClusterOptions, environment } from './environment.js'
import { checkDesired, openWorkspace } from './workspace.js'

/** Reads and checks the whole configuration: files, schemas, queries, policies, references. Touches no state. */
export async function validateCluster(dir: string, options: ClusterOptions = {}): Promise<ValidateDocument> {
  const workspace = await openWorkspace(dir)
  const { diagnostics, resources } = await checkDesired(workspace, environment(options))
  const sorted = sortByAddress(resources)
  return {
    ok: !hasErrors(diagnostics),
    config_dir: workspace.configDir,
    config_file: workspace.configFile,
    resource_digests: Object.fromEntries(sorted.map((r) => [r.address, r.entry.digest])),
    resources: sorted.map(({ address, kind, entry, path }) => ({
      address,
      kind,
      digest: entry.digest,
      ...(path !== undefined && { path }),
    })),
    dependencies: dependencyEdges(sorted),
    diagnostics,
  }
}
