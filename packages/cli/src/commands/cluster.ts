import { catalogExtensions } from '../catalog-extensions.js'
import { confirmed } from '../consent.js'
import { resolveActor } from '../operator-config.js'
import { complain, print, printJson, wantsColor } from '../output.js'

interface ClusterOptions {
  readonly config: string
  readonly json?: boolean
  readonly as?: string
  readonly refresh?: boolean
  readonly lockId?: string
  readonly address?: string
  readonly yes?: boolean
  readonly from?: number
  readonly to?: number
  readonly confirm?: boolean
  readonly keepRevisions?: number
}

export type ClusterCommand =
  | 'validate'
  | 'plan'
  | 'apply'
  | 'approve'
  | 'import'
  | 'status'
  | 'refresh'
  | 'diff'
  | 'gc'
  | 'force-unlock'

/** JSON goes to stdout, the human view too when it is the result; exit 0 unless `ok` is false. */
export async function runCluster(command: ClusterCommand, options: ClusterOptions): Promise<number> {
  const { document, text } = await execute(command, options)
  if (options.json) printJson(document)
  else if (document.ok) print(text)
  else complain(text)
  return document.ok ? 0 : 1
}

async function execute(
  command: ClusterCommand,
  options: ClusterOptions,
): Promise<{ document: { ok: boolean }; text: string }> {
  const actor = await resolveActor(options.as)
  const given = {
    extensions: await catalogExtensions(),
    ...(actor !== undefined && { actor }),
    consent: (what: string) => confirmed(`${what} Go on?`, options),
  }
  const dir = options.config
  const view = { color: wantsColor(process.stdout), dir }
  const shown = <T extends { ok: boolean }>(
    document: T,
    renderer: (document: T, view: { color: boolean; dir: string }) => string,
  ) => ({
    document,
    text: renderer(document, view),
  })
  if (command === 'validate') {
    const [{ validateCluster }, { renderValidate }] = await Promise.all([
      import('@groundplane/cluster/validate'),
      import('@groundplane/cluster/render'),
    ])
    return shown(await validateCluster(dir, given), renderValidate)
  }
  const cluster = await import('@groundplane/cluster')
  switch (command) {
    case 'plan':
      return shown(
        await cluster.planCluster(dir, { ...given, refresh: options.refresh !== false }),
        cluster.renderPlan,
      )
    case 'apply':
      return shown(await cluster.applyCluster(dir, given), cluster.renderApply)
    case 'approve':
      return shown(await cluster.approveCluster(dir, options.address as string, given), cluster.renderApprove)
    case 'diff':
      return shown(
        await cluster.diffRevisions(dir, {
          ...(options.from !== undefined && { from: options.from }),
          ...(options.to !== undefined && { to: options.to }),
        }),
        cluster.renderDiff,
      )
    case 'gc':
      return shown(
        await cluster.gcCluster(dir, {
          ...given,
          confirm: options.confirm === true,
          ...(options.keepRevisions !== undefined && { keepRevisions: options.keepRevisions }),
        }),
        cluster.renderGc,
      )
    case 'import':
      return shown(await cluster.importCluster(dir, given), cluster.renderRefresh)
    case 'refresh':
      return shown(await cluster.refreshCluster(dir, given), cluster.renderRefresh)
    case 'status':
      return shown(await cluster.statusCluster(dir, given), cluster.renderStatus)
    case 'force-unlock':
      return shown(await cluster.forceUnlock(dir, options.lockId as string, given), cluster.renderForceUnlock)
  }
}
