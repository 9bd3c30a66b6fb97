import { z } from 'zod'

export type JsonObject = Record<string, unknown>

/** A schema with its named parts (itself too, when it has a name) moved to `components`. */
export function hoist(schema: z.ZodType, io: 'input' | 'output', components: JsonObject): JsonObject {
  const {
    $schema: _,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, { io }) as JsonObject & { $defs?: JsonObject }
  for (const [name, part] of Object.entries($defs)) components[name] ??= relink(part)
  return relink(root) as JsonObject
}

function relink(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relink)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      key === '$ref' && typeof part === 'string'
        ? [key, part.replace(/^#\/\$defs\//, '#/components/schemas/')]
        : [key, relink(part)],
    ),
  )
}
