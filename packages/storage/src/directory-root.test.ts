import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '@groundplane/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { directoryRoot } from './directory-root.js'
import { storageRootConformance } from './testing/conformance.js'
import { claim } from './write-claim.js'

storageRootConformance('directory', async () => {
  const path = await mkdtemp(join(tmpdir(), 'storage-'))
  return { root: directoryRoot(path), dispose: () => rm(path, { recursive: true }) }
})

describe('a directory root', () => {
  let path: string
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'storage-'))
  })
  afterEach(() => rm(path, { recursive: true }))

  it('stores each object as a plain file and tags it with the digest of its bytes', async () => {
    const { etag } = await directoryRoot(path).put('a/b.json', '{}')
    expect(await readFile(join(path, 'a/b.json'), 'utf8')).toBe('{}')
    expect(etag).toBe(sha256('{}'))
  })

  it('leaves no temporary files, and no directory without an object', async () => {
    const root = directoryRoot(path)
    await root.put('deep/er/x', '1')
    await root.put('deep/er/x', '2')
    expect(await readdir(join(path, 'deep/er'))).toEqual(['x'])
    await root.delete('deep/er/x')
    expect(await readdir(path)).toEqual([])
  })

  it('sees an edit by hand as a moved tag', async () => {
    const root = directoryRoot(path)
    const { etag } = await root.put('x', '1')
    await writeFile(join(path, 'x'), 'edited')
    await expect(root.put('x', '2', { ifMatch: etag })).rejects.toMatchObject({ code: 'precondition_failed' })
  })

  it('reports a file it may not read as storage_read_error, not as absent', async () => {
    if (process.getuid?.() === 0) {
      // Root reads anything; a directory in the file's place is unreadable for everyone.
      await directoryRoot(path).put('x/y', '1')
    } else {
      await directoryRoot(path).put('x', '1')
      await chmod(join(path, 'x'), 0)
    }
    await expect(directoryRoot(path).get('x')).rejects.toMatchObject({ code: 'storage_read_error' })
  })

  it('is not blocked by a writer that was killed while it held the key, and removes what it left', async () => {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { claim, temporaryName } from ${JSON.stringify(fileURLToPath(new URL('./write-claim.js', import.meta.url)))}
       import { writeFileSync } from 'node:fs'
       const held = await claim(${JSON.stringify(path)}, 'x')
       writeFileSync(${JSON.stringify(path)} + '/' + temporaryName('x', held.id), 'half')
       console.log('held')
       setInterval(() => {}, 1000)`,
    ])
    await once(child.stdout, 'data')
    expect(await readdir(path)).toHaveLength(2)
    await expect(claim(path, 'x', { waitMs: 0 })).rejects.toMatchObject({ code: 'storage_busy' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await directoryRoot(path).put('x', 'whole')
    expect(await readdir(path)).toEqual(['x'])
  })

  it('removes the temporary file of a writer that was killed while it created an object', async () => {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { newClaimId, temporaryName } from ${JSON.stringify(fileURLToPath(new URL('./write-claim.js', import.meta.url)))}
       import { writeFileSync } from 'node:fs'
       writeFileSync(${JSON.stringify(path)} + '/' + temporaryName('x', newClaimId()), 'half')`,
    ])
    await once(child, 'exit')
    expect(await readdir(path)).toHaveLength(1)
    await directoryRoot(path).put('x', 'whole', { ifNoneMatch: true })
    expect(await readdir(path)).toEqual(['x'])
  })

  it('takes a claim from another machine as living, and names the file to remove', async () => {
    const foreign = `.x.${'0'.repeat(16)}-1-1-0123456789ab.claim`
    await writeFile(join(path, foreign), '')
    await expect(claim(path, 'x', { waitMs: 0 })).rejects.toMatchObject({
      code: 'storage_busy',
      remedy: expect.stringContaining(foreign),
    })
  })
})
