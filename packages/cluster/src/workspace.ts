import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Diagnostic, hasErrors } from '@groundplane/core'
import { type ClusterRoot, clusterRoot } from './cluster-root.js'
import type { ClusterConfig, Declared } from './config.js'
import { assembleDesired, type CheckedDesired, type DesiredResource } from './desired.js'
import { BindingResources } from './desired-bindings.js'
import { GraphResources } from './desired-graphs.js'
import type { Environment } from './environment.js'
import { CONFIG_FILE, parseConfig } from './parse-config.js'
import { problem } from './problem.js'
import { NotUtf8, readText, SourceFiles } from './source-file.js'

/** A config directory as far as it could be read. */
export interface Workspace {
  readonly configDir: string
  readonly configFile: string
  readonly config?: ClusterConfig
  /** Absent when the configuration does not say a usable one. */
  readonly root?: ClusterRoot
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads `cluster.yaml` only. Never throws for what an operator can get wrong. */
export async function openWorkspace(dir: string): Promise<Workspace> {
  const configDir = resolve(dir)
  const configFile = join(configDir, CONFIG_FILE)
  const failed = (code: string, message: string, remedy: string): Workspace => ({
    configDir,
    configFile,
    diagnostics: [problem(code, { path: '' }, message, remedy)],
  })
  const entry = await stat(configDir).catch(() => undefined)
  if (!entry?.isDirectory()) {
    return failed(
      'config_dir_not_found',
      `${configDir} is not a directory`,
      'Name the directory that holds cluster.yaml with --config.',
    )
  }
  let text: string
  try {
    text = await readText(configFile)
  } catch (error) {
    if (error instanceof NotUtf8)
      return failed('cluster_config_read_error', error.message, 'Save it as UTF-8.')
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const message = absent
      ? `${configDir} holds no cluster.yaml`
      : `${configFile} cannot be read: ${(error as Error).message}`
    return failed(
      'cluster_config_read_error',
      message,
      'Create cluster.yaml, or name another directory with --config.',
    )
  }
  const { config, diagnostics } = parseConfig(text)
  if (!config) return { configDir, configFile, diagnostics }
  const storage = storageDirectory(configDir, config.storage)
  return 'code' in storage
    ? { configDir, configFile, config, diagnostics: [...diagnostics, storage] }
    : { configDir, configFile, config, diagnostics, root: clusterRoot(storage.directory) }
}

/** The directory `storage:` names, by default the config directory; or why it cannot be used. */
export function storageDirectory(
  configDir: string,
  storage: Declared<string> | undefined,
): { directory: string } | Diagnostic {
  if (!storage) return { directory: configDir }
  const { value, place } = storage
  if (value.startsWith('s3://')) {
    return problem(
      'storage_root_unsupported',
      place,
      'storage on S3 is not available in this version of groundplane',
      'Name a directory, or remove "storage" to keep the state beside cluster.yaml.',
    )
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value)) {
    return problem(
      'invalid_storage_root',
      place,
      `"${value}" is not a storage root`,
      'Write the path of a directory.',
    )
  }
  return { directory: resolve(configDir, value) }
}

/** Reads and checks every file the configuration names. */
export async function checkDesired(workspace: Workspace, env: Environment): Promise<CheckedDesired> {
  const { config, configDir } = workspace
  if (!config) return { diagnostics: workspace.diagnostics, resources: [] }
  const files = new SourceFiles(configDir)
  const stateRoot = workspace.root?.directory ?? configDir
  const bindings = await new BindingResources(config, files, env.extensions, stateRoot).collect()
  const graphs = await new GraphResources(config, files, env.extensions).collect(bindings.resources)
  const diagnostics = [
    ...workspace.diagnostics,
    ...files.diagnostics,
    ...graphs.diagnostics,
    ...bindings.diagnostics,
  ]
  const resources: DesiredResource[] = [...graphs.resources, ...bindings.resources]
  if (hasErrors(diagnostics)) return { diagnostics, resources }
  return { desired: assembleDesired(config, graphs.graphs, resources), diagnostics, resources }
}
