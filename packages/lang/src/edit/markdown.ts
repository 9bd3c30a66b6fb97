import type { PropertyView, TypeView } from './schema-view.js'

/** Properties shown of a long type. */
const MAX_SHOWN = 40

export function code(text: string, language: 'pg' | 'gq'): string {
  return `\`\`\`groundplane-${language}\n${text}\n\`\`\``
}

/** A declaration with its properties, for people. */
export function describeType(type: TypeView): string {
  const properties = [...type.properties.values()]
  const lines = properties.slice(0, MAX_SHOWN).map(({ name, type: shown }) => `  ${name}: ${shown}`)
  if (properties.length > MAX_SHOWN) lines.push(`  // and ${properties.length - MAX_SHOWN} more`)
  const body = lines.length > 0 ? ` {\n${lines.join('\n')}\n}` : ''
  return withDescription(code(`${type.head}${body}`, 'pg'), type.description)
}

export function describeProperty(type: TypeView, property: PropertyView): string {
  const origin = property.fromInterface === undefined ? '' : ` // from ${property.fromInterface}`
  return withDescription(
    code(`${type.name}.${property.name}: ${property.type}${origin}`, 'pg'),
    property.description,
  )
}

export function withDescription(head: string, description: string | undefined): string {
  return description === undefined ? head : `${head}\n\n${description}`
}
