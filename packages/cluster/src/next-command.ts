/**
 * A `groundplane cluster` command for the directory a person has named before, to be run from where they are: the
 * current directory need not be named again. `rest` is what stands after `groundplane cluster`.
 */
export function clusterCommand(rest: string, dir: string | undefined): string {
  return `groundplane cluster ${rest}${option('--config', dir)}`
}

/** As `clusterCommand`, of the command that serves. */
export function serveCommand(dir: string | undefined): string {
  return `groundplane serve${option('--cluster', dir)}`
}

/** As `clusterCommand`, of the command that reads the sources into the catalog. */
export function harvestCommand(dir: string | undefined): string {
  return `groundplane harvest${option('--cluster', dir)}`
}

function option(name: string, dir: string | undefined): string {
  return dir === undefined || dir === '.' || dir === './' ? '' : ` ${name} ${shellWord(dir)}`
}

/** One word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
