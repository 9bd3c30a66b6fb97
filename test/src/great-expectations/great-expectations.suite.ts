import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOG_SCHEMA, Catalog, harvestSource } from '@groundplane/catalog'
import { Graph } from '@groundplane/graph'
import { describe, expect, it } from 'vitest'
import { REPOSITORY } from '../command.js'

// `npm run test:great-expectations`: the real tool, pinned, of both major versions, validates a table; what is read of its results is what
// is read of those that are kept in the repository.

const RESULTS = join(REPOSITORY, 'test/great-expectations/results')

function installed(major: string): string | undefined {
  const { status, stdout } = spawnSync(join(REPOSITORY, 'test/install-great-expectations.sh'), [major], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status === 0) return stdout.trim()
  process.stderr.write(`test:great-expectations is skipped for ${major}.x: it could not be installed\n`)
  return undefined
}

function textsIn(store: string): string[] {
  return readdirSync(store, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(store, name), 'utf8'))
}

/** What the catalog says after a harvest, but for times and the ids of runs. */
async function readFrom(store: string, validations = 2): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-ge-'))
  const graph = Graph.create(join(dir, 'c.gp'), { schema: CATALOG_SCHEMA })
  try {
    const source = {
      name: 'quality',
      kind: 'great_expectations' as const,
      url: store,
      platformInstance: 'quality',
      targetPlatform: 'sqlite',
      targetPlatformInstance: 'shop',
      env: 'PROD',
    }
    const { rejected, counts } = await harvestSource(new Catalog(graph), source)
    expect(rejected).toEqual([])
    expect(counts).toMatchObject({ validations })
    return [...graph.export({ types: ['Aspect', 'TimeseriesAspect'] })]
      .map((line) => JSON.parse(line).data as { urn: string; name: string; text: string })
      .filter(({ name }) => name.startsWith('assertion'))
      .map(({ urn, name, text }) => {
        const { timestampMillis: _, runId: __, ...rest } = JSON.parse(text)
        return JSON.stringify([urn, name, rest])
      })
      .sort()
  } finally {
    graph.close()
    rmSync(dir, { recursive: true })
  }
}

describe.each([
  ['0', '0.18.22'],
  ['1', '1.24.1'],
])('Great Expectations %s.x', (major, version) => {
  const place = installed(major)
  it.skipIf(!place)(`${version} writes results that are read as those that are kept`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'groundplane-ge-run-'))
    try {
      const script = join(REPOSITORY, 'test/great-expectations/validate.py')
      const { status, stderr } = spawnSync(join(place as string, 'bin/python'), [script, dir], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '', HOME: dir, GX_ANALYTICS_ENABLED: 'false' },
      })
      expect(status, stderr).toBe(0)
      const now = await readFrom(join(dir, 'gx/uncommitted/validations'))
      expect(now.length).toBeGreaterThan(30)
      expect(now).toEqual(await readFrom(join(RESULTS, version)))
      // What a checkpoint gives back is what its store has.
      expect(await readFrom(join(dir, 'checkpoints'))).toEqual(now)
      const endless = join(dir, 'infinite/gx/uncommitted/validations')
      expect(textsIn(endless).join()).toContain('"observed_value": Infinity')
      const [info, run] = await readFrom(endless, 1)
      expect(info).toContain('"nativeParameters":{"max_value":"1","min_value":"0"}')
      expect(run).toContain('"type":"FAILURE"')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
