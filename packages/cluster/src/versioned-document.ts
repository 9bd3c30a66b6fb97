import type { z } from 'zod'

/** Why a JSON document of the cluster's state cannot be used. */
export type Unusable =
  | { readonly why: 'not-json'; readonly message: string }
  /** Of a version this program does not read. */
  | { readonly why: 'version'; readonly version: number }
  /** `at` is the dotted address of the member, or `its root`. */
  | { readonly why: 'malformed'; readonly at: string; readonly message: string }

/** A document of version 1, checked against its shape; or why it is none. Pure. */
export function parseVersioned<T extends z.ZodType>(
  bytes: Uint8Array,
  shape: T,
): { readonly value: z.infer<T> } | Unusable {
  let data: unknown
  try {
    data = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    return { why: 'not-json', message: (error as Error).message }
  }
  const version = (data as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version !== 1) return { why: 'version', version }
  const parsed = shape.safeParse(data)
  if (parsed.success) return { value: parsed.data }
  const issue = parsed.error.issues[0]
  return { why: 'malformed', at: issue?.path.join('.') || 'its root', message: issue?.message ?? '' }
}
