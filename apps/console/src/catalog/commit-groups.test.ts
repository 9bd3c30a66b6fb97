import { expect, test } from 'vitest'
import { commitGroups } from './commit-groups'

const version = (commit: string, at: string) => ({ commit, at, digest: commit, actor: 'harvester' })

test('aspects that one commit changed stand together, newest commit first', () => {
  const groups = commitGroups({
    aspects: [
      {
        aspect: 'ownership',
        versions: [version('c3', '2026-11-21T12:00:00.000Z'), version('c1', '2026-11-20T12:00:00.000Z')],
      },
      {
        aspect: 'schemaMetadata',
        versions: [version('c2', '2026-11-21T11:00:00.000Z'), version('c1', '2026-11-20T12:00:00.000Z')],
      },
    ],
  })
  expect(groups.map(({ commit, aspects }) => [commit, aspects.map(({ aspect }) => aspect)])).toEqual([
    ['c3', ['ownership']],
    ['c2', ['schemaMetadata']],
    ['c1', ['ownership', 'schemaMetadata']],
  ])
})

test('changes that the server left out are counted where they belong', () => {
  const [group] = commitGroups({
    aspects: [
      {
        aspect: 'ownership',
        versions: [
          {
            ...version('c1', '2026-11-20T12:00:00.000Z'),
            omitted: [
              { part: 'message', items: 1 },
              { part: 'changes', items: 5 },
              { part: 'changes', items: 2 },
            ],
          },
        ],
      },
    ],
  })
  expect(group?.aspects[0]?.dropped).toBe(7)
})
