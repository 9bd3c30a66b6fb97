import { type DatasetList, type DatasetState, type JobState, type RunState, union } from './state.js'

/** The states that events touch, as they become. What was moved is shown under the URN it has now. */
export class Turn {
  readonly #stored: (urn: string) => string | undefined
  readonly #texts = new Map<string, string | undefined>()
  readonly #states = new Map<string, unknown>()

  constructor(stored: (urn: string) => string | undefined) {
    this.#stored = stored
  }

  state<T>(urn: string): T | undefined {
    if (!this.#states.has(urn)) {
      const text = this.storedText(urn)
      this.#states.set(urn, text === undefined ? undefined : JSON.parse(text))
    }
    return this.#states.get(urn) as T | undefined
  }

  /** The text of the state as it was stored before. */
  storedText(urn: string): string | undefined {
    if (!this.#texts.has(urn)) this.#texts.set(urn, this.#stored(urn))
    return this.#texts.get(urn)
  }

  set(urn: string, state: unknown): void {
    this.#states.set(urn, state)
  }

  /** The URN that a dataset is known as now. */
  currentUrn(dataset: string): string {
    return this.state<DatasetState>(dataset)?.moved ?? dataset
  }

  shownJob(urn: string): JobState | undefined {
    const state = this.state<JobState>(urn)
    return state && { ...state, ...this.#shownIo(state) }
  }

  shownRun(urn: string): RunState | undefined {
    const state = this.state<RunState>(urn)
    if (!state) return undefined
    const io = Object.entries(state.io).map(([job, lists]) => [job, this.#shownIo(lists)] as const)
    return { ...state, io: Object.fromEntries(io) }
  }

  #shownIo({ inputs, outputs }: Io): Io {
    return {
      ...(inputs && { inputs: this.#shown(inputs) }),
      ...(outputs && { outputs: this.#shown(outputs) }),
    }
  }

  #shown(list: DatasetList): DatasetList {
    const urns = list.urns.map((urn) => this.currentUrn(urn))
    return { ...list, urns: union([], urns) }
  }
}

interface Io {
  readonly inputs?: DatasetList
  readonly outputs?: DatasetList
}
