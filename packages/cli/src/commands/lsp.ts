/** Runs until the editor ends it; the server ends the process itself, so there is no exit code to return. */
export async function runLsp(): Promise<undefined> {
  const { startLanguageServer } = await import('@groundplane/lsp')
  startLanguageServer()
}
