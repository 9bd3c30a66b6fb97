import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { simpleCommand } from './shell-words.js'

const PRINT = `printf '%s\\037' "$@"`

it.each([
  "groundplane query 'two words' --params '{\"a\":1}'",
  'groundplane load \\\n  --data rows.jsonl \\\n  people.gp',
  'groundplane a "b c" d\\ e x"y"\'z\' --at=1,2 s3://b/p',
  'groundplane "it\'s" "say \\"so\\" \\\\"',
])('what a shell would only split is split as it does: %s', (line) => {
  const { stdout } = spawnSync('sh', ['-c', `groundplane() { ${PRINT}; }\n${line}`], { encoding: 'utf8' })
  expect(['groundplane', ...stdout.split('\x1f').slice(0, -1)]).toEqual(simpleCommand(line)?.words)
})

it('variables before the command are its environment', () => {
  expect(simpleCommand("A=b SHOP='c d' groundplane harvest x=y")).toEqual({
    env: { A: 'b', SHOP: 'c d' },
    words: ['groundplane', 'harvest', 'x=y'],
  })
})

it.each([
  'a | b',
  'a && b',
  'a; b',
  'a > f',
  'a $(b)',
  'a "$b"',
  'a `b`',
  'a *.gq',
  'a {b,c}',
  'a ~',
  'a # b',
  "a 'b",
  'a &',
])('what a shell would do more with is left to it: %s', (line) => expect(simpleCommand(line)).toBeUndefined())
