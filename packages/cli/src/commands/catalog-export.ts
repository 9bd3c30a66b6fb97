import { writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { MetadataFileReport } from '@groundplane/catalog'
import { type LocalCatalogOptions, onLocalCatalog } from '../local-catalog.js'
import { replaceFileWith } from '../operator/replace-file.js'
import { note, print, printJson } from '../output.js'

interface CatalogExportOptions extends LocalCatalogOptions {
  readonly branch?: string
  readonly snapshot?: string
  readonly changedSince?: string
  readonly json?: boolean
}

/** Characters that are written at once. */
const CHUNK = 1 << 16

/** Writes a metadata file of DataHub, in the place of what is there when all of it is written. */
export async function runCatalogExport(file: string, options: CatalogExportOptions): Promise<number> {
  const { branch, snapshot, changedSince } = options
  const report = await onLocalCatalog(options, async ({ catalog, principal }) => {
    const { metadataFile } = await import('@groundplane/catalog')
    const who = principal === undefined ? {} : { principal }
    const at = { ...who, ...(branch !== undefined && { branch }) }
    const { graph } = catalog
    const commit = (snapshot === undefined ? graph.head(branch, who) : graph.commit(snapshot, at)).id
    const pieces = metadataFile(catalog, {
      commit,
      ...who,
      ...(changedSince !== undefined && { changedSince }),
    })
    return replaceFileWith(resolve(file), 0o644, (handle) => writePieces(handle, pieces))
  })
  if (options.json) printJson({ ok: true, file, ...report })
  else show(file, report)
  return 0
}

/** Memory: a chunk, or one piece when that is longer. */
function writePieces<T>(handle: number, pieces: Generator<string, T>): T {
  let waiting = ''
  for (;;) {
    const { done, value } = pieces.next()
    if (!done) waiting += value
    if (waiting !== '' && (done || waiting.length >= CHUNK)) {
      const bytes = Buffer.from(waiting)
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
      waiting = ''
    }
    if (done) return value
  }
}

function show(file: string, { proposals, commit, counts, changedSince }: MetadataFileReport): void {
  const since = changedSince === null ? '' : ` since commit ${changedSince}`
  print(`${proposals} proposals of commit ${commit}${since} in ${file}`)
  for (const { op, entityType, aspectName, reason, count } of counts) {
    if (op === 'withheld') note(`left out: ${count} ${entityType} ${aspectName} (${reason})`)
    if (op === 'delete')
      note(`left out: ${count} ${entityType} ${aspectName} (deleted; a file cannot say so)`)
  }
}
