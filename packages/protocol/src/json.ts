import { z } from 'zod'

/** Any JSON value. Numbers outside the safe integer range travel as decimal strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export const jsonValue: z.ZodType<Json> = z.json() as z.ZodType<Json>

/** `2026-11-21T08:32:00.000Z` */
export const isoTime = z.string().meta({ format: 'date-time' })

/** What an answer was read from; the same question at the same commit gives the same bytes. */
export const receipt = z
  .looseObject({ graph: z.string(), commit: z.string(), at: isoTime })
  .meta({ id: 'Receipt' })
export type Receipt = z.infer<typeof receipt>

export const urn = z.string().regex(/^urn:li:/, 'a URN begins with urn:li:')

/** A member that is absent, null, or a value: what the wire allows where a value is optional. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullable().optional()
}

/** A whole number in a query string: digits, and not whatever else JavaScript reads as a number (`''` is 0 to it). */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const read = (text: unknown) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text)
  return z.preprocess(read, z.int().min(min).max(max))
}

/** True or false in a query string. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A list nobody changes in place: what makes and what reads a document share its type. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.array(item) as unknown as z.ZodType<readonly z.output<T>[], readonly z.input<T>[]>
}
