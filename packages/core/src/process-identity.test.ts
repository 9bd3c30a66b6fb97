import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { isProcessGone, processIdentity } from './process-identity.js'

const MODULE = new URL('./process-identity.js', import.meta.url).href

it('a running process is not gone, a killed one is', async () => {
  expect(isProcessGone(processIdentity())).toBe(false)
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { processIdentity } from ${JSON.stringify(MODULE)}; console.log(processIdentity()); setInterval(() => {}, 1000)`,
    ],
    { cwd: fileURLToPath(new URL('.', import.meta.url)) },
  )
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const identity = line.toString().trim()
  expect(isProcessGone(identity)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isProcessGone(identity)).toBe(true)
})

it('a later process with the same pid is not taken for the one before', () => {
  const [machine, pid] = processIdentity().split('-')
  expect(isProcessGone(`${machine}-${pid}-1`)).toBe(true)
})

it('a process of another machine counts as running', () => {
  expect(isProcessGone('0123456789abcdef-4194305-1')).toBe(false)
})
