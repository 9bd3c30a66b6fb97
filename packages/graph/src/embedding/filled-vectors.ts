/** Vectors put into loaded data, to be recorded with it. */
export interface FilledVectors {
  readonly model: string
  /** `Type.property`, each once. */
  readonly properties: readonly string[]
}
