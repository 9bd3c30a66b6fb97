import { join, resolve } from 'node:path'
import { type Diagnostic, hasErrors, withoutCredentials } from '@groundplane/core'
import { isS3Location } from '@groundplane/storage'
import type { ClusterRoot } from './cluster-root.js'
import type { ClusterConfig, PartialConfig } from './config.js'
import { declaredRoot } from './declared-root.js'
import { assembleDesired, type CheckedDesired, type DesiredResource } from './desired.js'
import { BindingResources } from './desired-bindings.js'
import { GraphResources } from './desired-graphs.js'
import type { Environment } from './environment.js'
import { notADirectory } from './named-directory.js'
import { CONFIG_FILE, parseConfig } from './parse-config.js'
import { problem } from './problem.js'
import { NotUtf8, readText, SourceFiles } from './source-file.js'

/** A config directory as far as it could be read. */
export interface Workspace {
  readonly configDir: string
  readonly configFile: string
  readonly config?: ClusterConfig
  /** Present when `cluster.yaml` can be read at all; what the check of the files it names goes by. */
  readonly partial?: PartialConfig
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
  if (isS3Location(dir)) {
    return failed(
      'config_dir_not_found',
      `${withoutCredentials(dir)} is a storage root, and the configuration is a directory`,
      'Name the directory that holds cluster.yaml with --config; its "storage" names the root.',
    )
  }
  const absent = await notADirectory(configDir)
  if (absent) return failed(absent.code, absent.message, absent.remedy)
  let text: string
  try {
    text = await readText(configFile)
  } catch (error) {
    if (error instanceof NotUtf8)
      return failed('cluster_config_read_error', error.message, 'Save it as UTF-8.')
    const message =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `${configDir} holds no cluster.yaml`
        : `${configFile} cannot be read: ${(error as Error).message}`
    return failed(
      'cluster_config_read_error',
      message,
      'Create cluster.yaml, or name another directory with --config.',
    )
  }
  const { config, partial, diagnostics } = parseConfig(text)
  if (!partial) return { configDir, configFile, diagnostics }
  const root = declaredRoot(configDir, partial)
  const read = { configDir, configFile, partial, ...(config && { config }) }
  if ('code' in root) return { ...read, diagnostics: [...diagnostics, root] }
  return { ...read, diagnostics, ...(config && { root }) }
}

/** Reads and checks every file the configuration names, also when the configuration itself has mistakes. */
export async function checkDesired(workspace: Workspace, env: Environment): Promise<CheckedDesired> {
  const { partial: config, configDir } = workspace
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
