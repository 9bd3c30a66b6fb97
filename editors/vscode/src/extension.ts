import { commands, type ExtensionContext, window, workspace } from 'vscode'
import { LanguageClient } from 'vscode-languageclient/node'

const SETTINGS = ['groundplane.command', 'groundplane.arguments']

let client: LanguageClient | undefined

/** Starts `groundplane lsp` when the first schema or query file is opened, and again when its settings change. */
export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand('groundplane.restart', restart),
    workspace.onDidGrantWorkspaceTrust(restart),
    workspace.onDidChangeConfiguration(async (change) => {
      if (SETTINGS.some((setting) => change.affectsConfiguration(setting))) await restart()
    }),
  )
  await start()
}

export async function deactivate(): Promise<void> {
  const running = client
  client = undefined
  await running?.stop()
}

async function restart(): Promise<void> {
  await deactivate()
  await start()
}

async function start(): Promise<void> {
  // The setting names a program to run; only a trusted workspace may choose it.
  if (!workspace.isTrusted) return
  const settings = workspace.getConfiguration('groundplane')
  const command = settings.get<string>('command', 'groundplane')
  const starting = new LanguageClient(
    'groundplane',
    'Groundplane',
    { command, args: settings.get<string[]>('arguments', ['lsp']) },
    { documentSelector: [{ language: 'groundplane-pg' }, { language: 'groundplane-gq' }] },
  )
  try {
    await starting.start()
    client = starting
  } catch (error) {
    void window.showErrorMessage(
      `Groundplane: ${command} could not be started (${(error as Error).message}). Install the groundplane command, or set groundplane.command to its path.`,
    )
  }
}
