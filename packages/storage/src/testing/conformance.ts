import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StorageRoot } from '../storage-root.js'

const run = promisify(execFile)
const RACER = fileURLToPath(new URL('./race-child.js', import.meta.url))

export interface ConformanceSubject {
  /** An empty root. */
  readonly root: StorageRoot
  dispose(): Promise<void>
}

/**
 * What every storage root must do. Run it on each implementation. Other processes
 * open the same root by its `location`.
 */
export function storageRootConformance(kind: string, open: () => Promise<ConformanceSubject>): void {
  describe(`a storage root (${kind})`, () => {
    let subject: ConformanceSubject
    let root: StorageRoot
    beforeAll(async () => {
      subject = await open()
      root = subject.root
    })
    afterAll(() => subject.dispose())

    it('returns null for a key that holds nothing', async () => {
      expect(await root.get('absent/key.json')).toBeNull()
    })

    it('returns the bytes that were put, and the tag put returned', async () => {
      const body = new Uint8Array([0, 255, 10, 13, 0])
      const { etag } = await root.put('bytes/raw.bin', body)
      const found = await root.get('bytes/raw.bin')
      expect([...(found?.body ?? [])]).toEqual([...body])
      expect(found?.etag).toBe(etag)
    })

    it('holds an empty object apart from no object', async () => {
      await root.put('bytes/empty', '')
      expect((await root.get('bytes/empty'))?.body.length).toBe(0)
    })

    it('creates with ifNoneMatch only when nothing is there, and leaves what is there', async () => {
      await root.put('create/once', 'first', { ifNoneMatch: true })
      await expect(root.put('create/once', 'second', { ifNoneMatch: true })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
      expect(text(await root.get('create/once'))).toBe('first')
    })

    it('replaces with ifMatch only while the tag is current', async () => {
      const first = await root.put('swap/it', 'a')
      const second = await root.put('swap/it', 'b', { ifMatch: first.etag })
      await expect(root.put('swap/it', 'c', { ifMatch: first.etag })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
      expect(text(await root.get('swap/it'))).toBe('b')
      expect((await root.get('swap/it'))?.etag).toBe(second.etag)
    })

    it('refuses ifMatch on a key that holds nothing, and creates nothing', async () => {
      await expect(root.put('swap/none', 'x', { ifMatch: 'anything' })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
      expect(await root.get('swap/none')).toBeNull()
    })

    it('deletes what is there, tells when nothing was, and honours ifMatch', async () => {
      const { etag } = await root.put('drop/it', 'a')
      await expect(root.delete('drop/it', { ifMatch: 'other' })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
      expect(await root.delete('drop/it', { ifMatch: etag })).toBe(true)
      expect(await root.delete('drop/it')).toBe(false)
      expect(await root.get('drop/it')).toBeNull()
    })

    it('creates again what was deleted with ifMatch, and lists it only while it is there', async () => {
      const first = await root.put('again/it', 'a', { ifNoneMatch: true })
      await root.delete('again/it', { ifMatch: first.etag })
      expect(await root.get('again/it')).toBeNull()
      expect(await root.list('again/')).toEqual([])
      await expect(root.put('again/it', 'b', { ifMatch: first.etag })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
      await expect(root.delete('again/it', { ifMatch: first.etag })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
      expect(await root.delete('again/it')).toBe(false)
      await root.put('again/it', 'c', { ifNoneMatch: true })
      expect(text(await root.get('again/it'))).toBe('c')
      expect(await root.list('again/')).toEqual(['again/it'])
    })

    it('refuses to delete with ifMatch what is not there', async () => {
      await expect(root.delete('drop/none', { ifMatch: 'anything' })).rejects.toMatchObject({
        code: 'precondition_failed',
      })
    })

    it('lists the keys under a prefix in order, and nothing else', async () => {
      for (const key of ['list/b', 'list/a/2', 'list/a/1', 'list-other/x']) await root.put(key, key)
      expect(await root.list('list/')).toEqual(['list/a/1', 'list/a/2', 'list/b'])
      expect(await root.list('list/a')).toEqual(['list/a/1', 'list/a/2'])
      expect(await root.list('list/none/')).toEqual([])
    })

    it('refuses keys that would leave the root or hide in it', async () => {
      for (const key of ['', '/etc/x', '../x', 'a/../b', 'a//b', 'a/', '.hidden', 'a/.b', 'a b', 'a\0b']) {
        await expect(root.put(key, 'x'), JSON.stringify(key)).rejects.toMatchObject({ code: 'invalid_key' })
        await expect(root.get(key), JSON.stringify(key)).rejects.toMatchObject({ code: 'invalid_key' })
      }
    })

    it('agrees with a map under any sequence of operations', async () => {
      const operation = fc.record({
        act: fc.constantFrom('put', 'create', 'swap', 'delete', 'drop' as const),
        key: fc.constantFrom('k1', 'dir/k2', 'dir/sub/k3'),
        value: fc.string({ maxLength: 3 }),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
          const base = `model/${round++}`
          const model = new Map<string, string>()
          for (const { act, key, value } of operations) {
            const full = `${base}/${key}`
            if (act === 'put') await root.put(full, value).then(() => model.set(full, value))
            if (act === 'delete') expect(await root.delete(full)).toBe(model.delete(full))
            if (act === 'create') {
              const outcome = root.put(full, value, { ifNoneMatch: true })
              if (model.has(full))
                await expect(outcome).rejects.toMatchObject({ code: 'precondition_failed' })
              else await outcome.then(() => model.set(full, value))
            }
            if (act === 'drop') {
              const etag = (await root.get(full))?.etag
              if (etag !== undefined)
                await root.delete(full, { ifMatch: etag }).then(() => model.delete(full))
            }
            if (act === 'swap') {
              const etag = (await root.get(full))?.etag
              if (etag !== undefined)
                await root.put(full, value, { ifMatch: etag }).then(() => model.set(full, value))
            }
          }
          expect(await root.list(`${base}/`)).toEqual([...model.keys()].sort())
          for (const [key, value] of model) expect(text(await root.get(key))).toBe(value)
        }),
        { numRuns: 25 },
      )
    })

    it('loses no update when processes race compare-and-swap on one key', async () => {
      await root.put('race/counter', '0')
      const [processes, increments] = [4, 15]
      await Promise.all(
        Array.from({ length: processes }, () =>
          run(process.execPath, [RACER, 'increment', root.location, 'race/counter', String(increments)]),
        ),
      )
      expect(text(await root.get('race/counter'))).toBe(String(processes * increments))
    })

    it('lets one process at a time hold a lock that is created and deleted by its tag', async () => {
      await root.put('race/held', '0')
      const [processes, turns] = [3, 5]
      const outcomes = await Promise.all(
        Array.from({ length: processes }, () =>
          run(process.execPath, [RACER, 'hold', root.location, 'race/lock', String(turns)]),
        ),
      )
      expect(outcomes.map(({ stdout }) => stdout)).toEqual(Array.from({ length: processes }, () => 'held 5'))
      expect(await root.get('race/lock')).toBeNull()
      expect(text(await root.get('race/held'))).toBe(String(processes * turns))
    })

    it('lets exactly one of several racing processes create a key', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 4 }, () =>
          run(process.execPath, [RACER, 'create', root.location, 'race/created', '20']),
        ),
      )
      const won = outcomes.flatMap(({ stdout }) => JSON.parse(stdout) as number[])
      expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    })
  })
}

function text(found: { body: Uint8Array } | null): string | null {
  return found && Buffer.from(found.body).toString('utf8')
}
