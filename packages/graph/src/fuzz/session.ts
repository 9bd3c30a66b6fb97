import { rmSync } from 'node:fs'
import { Choices } from '@groundplane/lang/testing/choices'
import fc from 'fast-check'
import { judgeRefusal, type Stage } from './judge.js'
import { STEPS, type StepRule } from './steps.js'
import type { Tally } from './tally.js'
import { Target, type Template } from './target.js'

/** No input may keep the process busy longer. */
const MAX_MS = 1000

/** One input, made of numbers when the graph it is for is known. */
export interface Step {
  readonly kind: string
  readonly numbers: readonly number[]
}

export interface Session {
  /** Which template it begins with. */
  readonly start: number
  readonly steps: readonly Step[]
}

const KINDS = Object.entries(STEPS).flatMap(([kind, { weight }]) =>
  new Array<string>(Math.round(weight * 10)).fill(kind),
)

/** Inputs against one graph, one after the other. */
export const session: fc.Arbitrary<Session> = fc.record({
  start: fc.nat(999),
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      numbers: fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 64, size: 'max' }),
    }),
    { minLength: 1, maxLength: 240, size: 'max' },
  ),
})

export interface Range {
  readonly templates: readonly Template[]
  /** A path that is free. */
  readonly path: () => string
  readonly tally: Tally
  /** What each kind of input is; default `STEPS`. */
  readonly rules?: Readonly<Record<string, StepRule>>
  /** Processor time of one input at most; default a second. */
  readonly maxMs?: number
  /** Told before each input. */
  readonly onStep?: (step: Step) => void
}

/** Throws at the first input that is not judged as it must be, or that breaks anything. */
export async function runSession(range: Range, { start, steps }: Session): Promise<void> {
  const target = aTarget(range, start)
  const { maxMs = MAX_MS } = range
  try {
    for (const [i, step] of steps.entries()) {
      range.onStep?.(step)
      const startedAt = process.cpuUsage()
      const stage = await judged(target, step, ruleOf(range, step))
      if (cpuMs(startedAt) > maxMs && (await isSlowAgain(range, { start, steps: steps.slice(0, i + 1) })))
        throw new Error(`${step.kind} keeps the processor busy for more than ${maxMs} ms`)
      range.tally.note(step.kind, stage)
    }
    target.judgeWhole()
  } finally {
    remove(target)
  }
}

function ruleOf({ rules = STEPS }: Range, { kind }: Step): StepRule {
  const rule = rules[kind]
  if (!rule) throw new Error(`there is no kind ${kind}`)
  return rule
}

async function judged(target: Target, step: Step, rule: StepRule): Promise<Stage> {
  const state = (): string => (rule.keeps === 'file' ? target.mark() : target.content())
  const before = state()
  const stage = await stageOf(target, step, rule)
  if ((state() !== before) !== (stage === 'changed'))
    throw new Error(`${step.kind}: ${stage}, and the file was ${stage === 'changed' ? 'not ' : ''}written to`)
  return stage
}

async function stageOf(target: Target, { numbers }: Step, rule: StepRule): Promise<Stage> {
  try {
    return await rule.run(target, new Choices(numbers))
  } catch (error) {
    return judgeRefusal(error)
  }
}

/** Processor time does not count what others do on the machine, but it counts the collector: so the whole session is led there again, twice. */
async function isSlowAgain(range: Range, { start, steps }: Session): Promise<boolean> {
  for (let round = 0; round < 2; round++) {
    const target = aTarget(range, start)
    try {
      for (const step of steps.slice(0, -1)) await stageOf(target, step, ruleOf(range, step))
      const startedAt = process.cpuUsage()
      const last = steps.at(-1) as Step
      await stageOf(target, last, ruleOf(range, last))
      if (cpuMs(startedAt) <= (range.maxMs ?? MAX_MS)) return false
    } finally {
      remove(target)
    }
  }
  return true
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

function aTarget({ templates, path }: Range, start: number): Target {
  // Half of them begin with the schema that has everything.
  const at = start % (2 * templates.length - 2)
  const template = templates[Math.max(0, at - templates.length + 2)] as Template
  return new Target(template, path(), start % 3 === 2 ? 'always' : 'auto')
}

function remove(target: Target): void {
  target.close()
  rmSync(target.root, { recursive: true, force: true })
  rmSync(`${target.root}-made`, { recursive: true, force: true })
}
