import { catalogExtensions } from '../catalog-extensions.js'
import { resolveActor } from '../operator-config.js'
import { note, print, printJson } from '../output.js'

interface ClusterOptions {
  readonly config: string
  readonly json?: boolean
  readonly as?: string
  readonly refresh?: boolean
  readonly lockId?: string
}

export type ClusterCommand = 'validate' | 'plan' | 'apply' | 'import' | 'status' | 'refresh' | 'force-unlock'

/** JSON goes to stdout, the human view too when it is the result; exit 0 unless `ok` is false. */
export async function runCluster(command: ClusterCommand, options: ClusterOptions): Promise<number> {
  const cluster = await import('@groundplane/cluster')
  const extensions = await catalogExtensions()
  const document = await (async () => {
    switch (command) {
      case 'validate':
        return cluster.validateCluster(options.config, { extensions })
      case 'plan':
        return cluster.planCluster(options.config, { extensions, refresh: options.refresh !== false })
      case 'apply':
        return cluster.applyCluster(options.config, { extensions, actor: await resolveActor(options.as) })
      case 'import':
        return cluster.importCluster(options.config, { extensions })
      case 'refresh':
        return cluster.refreshCluster(options.config, { extensions })
      case 'status':
        return cluster.statusCluster(options.config)
      case 'force-unlock':
        return cluster.forceUnlock(options.config, options.lockId as string)
    }
  })()
  if (options.json) printJson(document)
  else {
    const text = cluster.render(command, document, {
      color: process.stdout.isTTY === true && !process.env.NO_COLOR,
    })
    if (document.ok) print(text)
    else note(text)
  }
  return document.ok ? 0 : 1
}
