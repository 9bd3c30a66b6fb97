import { type Clock, isoTime } from '@groundplane/core'
import type { RoleMode, RoleName, RoleReport } from '@groundplane/protocol'
import type { EventLog } from '../incident-event.js'
import { converse } from '../model/conversation.js'
import { type ModelEndpoint, ModelFailure } from '../model/endpoint.js'
import { type BoundReads, CatalogTools, cancelled } from './catalog-tools.js'
import { callModelTool, MODEL_TOOLS } from './model-tools.js'

/** What every role of a run shares. */
export interface Shift {
  readonly sentence: string
  readonly reference: string
  readonly production: string
  readonly reads: BoundReads
  readonly log: EventLog
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly endpoints: Partial<Record<RoleName, ModelEndpoint>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Consultation {
  readonly system: string
  readonly question: string
  /** Whether the model may read the catalog. */
  readonly tools: boolean
}

/** Reasoning kept per role; a model that thinks longer is still listened to, but no longer recorded. */
const MAX_REASONING = 48_000
/** Reasoning is told in pieces of about this many characters, or by line. */
const REASONING_PIECE = 160

/**
 * One role at work in one run: says what it does, holds its tools, counts what its
 * model costs. A model that fails is replaced by the role's own judgement; the
 * duty remembers why.
 */
export class Duty {
  readonly role: RoleName
  readonly tools: CatalogTools
  readonly #shift: Shift
  readonly #endpoint: ModelEndpoint | undefined
  readonly #startedMs: number
  #mode: RoleMode
  #tokens = 0
  #costUsd = 0
  #modelMs = 0
  #remarks: string[] = []
  #reasoned = 0

  constructor(shift: Shift, role: RoleName, goal: string) {
    this.role = role
    this.#shift = shift
    this.#endpoint = shift.endpoints[role]
    this.#mode = this.#endpoint ? 'model' : 'rules'
    this.tools = new CatalogTools(shift.reads, role, shift.log.emit, shift.signal)
    this.#startedMs = shift.clock()
    shift.log.emit('role.started', { mode: this.#mode, goal }, role)
  }

  note(text: string): void {
    this.#shift.log.emit('role.thinking', { text, kind: 'note' }, this.role)
  }

  /** A model's own words that are no findings: a plan. */
  reason(text: string): void {
    this.#tellReasoning(text)
  }

  /** Something the report must say about this role. */
  remark(text: string): void {
    this.#remarks.push(text)
  }

  /**
   * Asks the role's model. Nothing when none is configured, or when it failed: the
   * caller goes on with its own judgement either way.
   */
  async consult({ system, question, tools }: Consultation): Promise<Record<string, unknown> | undefined> {
    const endpoint = this.#endpoint
    if (!endpoint || this.#mode === 'rules') return undefined
    const started = performance.now()
    const reasoning = new ReasoningPieces((text) => this.#tellReasoning(text))
    try {
      const answer = await converse({
        endpoint,
        environment: this.#shift.environment,
        system,
        question,
        tools: tools ? MODEL_TOOLS : [],
        callTool: (name, args) => callModelTool(this.tools, name, args),
        onReasoning: (text) => reasoning.push(text),
        onUsage: ({ tokens, costUsd }) => {
          this.#tokens += tokens
          this.#costUsd += costUsd
        },
        used: { tokens: this.#tokens, costUsd: this.#costUsd, ms: this.#modelMs },
        ...(this.#shift.signal && { signal: this.#shift.signal }),
      })
      reasoning.end()
      this.#modelMs += performance.now() - started
      return answer
    } catch (error) {
      reasoning.end()
      if (this.#shift.signal?.aborted) throw cancelled()
      if (!(error instanceof ModelFailure)) throw error
      this.#mode = 'rules'
      const why = `The model was replaced by rules (${error.code}): ${error.message}`
      this.note(why)
      this.remark(why)
      return undefined
    }
  }

  finish(summary: string): RoleReport {
    const costUsd = Math.round(this.#costUsd * 1e6) / 1e6
    this.#shift.log.emit(
      'role.finished',
      { summary, tokens: this.#tokens, costUsd, mode: this.#mode },
      this.role,
    )
    return {
      role: this.role,
      mode: this.#mode,
      startedAt: isoTime(this.#startedMs),
      endedAt: isoTime(this.#shift.clock()),
      tokens: this.#tokens,
      costUsd,
      ...(this.#remarks.length > 0 && { note: this.#remarks.join(' ') }),
    }
  }

  #tellReasoning(text: string): void {
    if (this.#reasoned > MAX_REASONING) return
    this.#reasoned += text.length
    this.#shift.log.emit('role.thinking', { text, kind: 'reasoning' }, this.role)
  }
}

/** Joins the tokens of a stream to pieces worth an event of their own. */
class ReasoningPieces {
  readonly #tell: (text: string) => void
  #held = ''

  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  push(text: string): void {
    this.#held += text
    if (this.#held.length >= REASONING_PIECE || this.#held.includes('\n')) this.end()
  }

  end(): void {
    const text = this.#held
    this.#held = ''
    if (text.trim() !== '') this.#tell(text)
  }
}
