import type { CheckConstraint } from '@groundplane/lang'

/** A pattern with its flags, as a schema writes it: what identifies a check beside its property. */
export function writtenPattern({ pattern, flags }: CheckConstraint): string {
  return JSON.stringify(flags === undefined ? pattern : `(?${flags})${pattern}`)
}
