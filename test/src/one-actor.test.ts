import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actorPrincipal } from '@groundplane/core'
import { expect, it } from 'vitest'
import { runJson } from './command.js'

it('an actor named on the command line is the principal a token of that name gives', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-actor-'))
  try {
    writeFileSync(join(dir, 'people.pg'), 'node Person { name: String @key }\n')
    const root = join(dir, 'people.gp')
    await runJson(['init', root, '--schema', join(dir, 'people.pg'), '--as', 'ada'])
    const insert = 'query add($n: String) { insert Person { name: $n } }'
    await runJson(['mutate', '--store', root, '-e', insert, '--params', '{"n":"Grace"}', '--as', 'ada'])
    const { commits } = await runJson<{ commits: { provenance: Record<string, unknown> }[] }>([
      'commit',
      'list',
      root,
    ])
    const { actor, tenant } = actorPrincipal('ada')
    for (const { provenance } of commits) expect(provenance).toMatchObject({ actor, tenant })
    expect(commits).toHaveLength(2)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
