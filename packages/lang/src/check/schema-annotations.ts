import type { BoundProperty } from '../bind/schema-binder.js'
import { suggest } from '../bind/suggestion.js'
import { showType } from '../bind/value-types.js'
import type { AnnotationModel, LiteralValue } from '../ir/schema-model.js'
import type { Literal } from '../syntax/literal.js'
import type { Reporter } from '../syntax/reporter.js'
import type { AnnotationSyntax } from '../syntax/schema-ast.js'

/** Constraint annotations become constraints, `rename_from` and `default` fields; none is kept as an annotation. */
const ABSORBED = new Set(['key', 'unique', 'index', 'rename_from', 'default'])
const CONSTRAINT_ANNOTATIONS = new Set(['key', 'unique', 'index'])
const TEXT_ANNOTATIONS = new Set(['description', 'instruction', 'rename_from'])

export interface CheckedAnnotations {
  readonly annotations: readonly AnnotationModel[]
  readonly renamedFrom?: string
}

/** Annotations of a node, edge or interface property, or (with `owner` type) of a declaration. */
export function checkAnnotations(
  found: readonly AnnotationSyntax[],
  owner: 'type' | 'property' | 'edge property',
  reporter: Reporter,
): CheckedAnnotations {
  const seen = new Set<string>()
  const annotations: AnnotationModel[] = []
  let renamedFrom: string | undefined
  for (const annotation of found) {
    const name = annotation.name.text
    const once =
      TEXT_ANNOTATIONS.has(name) || CONSTRAINT_ANNOTATIONS.has(name) || name === 'embed' || name === 'default'
    if (once && seen.has(name)) {
      reporter.report('duplicate-constraint', annotation, `@${name} stands here twice.`)
      continue
    }
    seen.add(name)
    checkPlace(annotation, owner, reporter)
    if (TEXT_ANNOTATIONS.has(name)) checkText(annotation, owner, reporter)
    if (name === 'rename_from') renamedFrom = textOf(annotation.value)
    if (!ABSORBED.has(name)) annotations.push(toModel(annotation))
  }
  return { annotations, ...(renamedFrom !== undefined && { renamedFrom }) }
}

function checkPlace(annotation: AnnotationSyntax, owner: string, reporter: Reporter): void {
  const name = annotation.name.text
  if (owner === 'type' && (CONSTRAINT_ANNOTATIONS.has(name) || name === 'embed' || name === 'default')) {
    const remedy =
      name === 'embed'
        ? 'Put it behind the vector property.'
        : name === 'default'
          ? 'Put it behind the property it is for.'
          : `Write @${name}(property, …) inside the block.`
    reporter.report(
      'unsupported-constraint',
      annotation,
      `@${name} does not belong on a declaration.`,
      remedy,
    )
  }
  if (owner === 'edge property' && (name === 'key' || name === 'embed')) {
    reporter.report(
      'unsupported-constraint',
      annotation,
      `@${name} does not apply to the properties of an edge.`,
    )
  }
}

function checkText(annotation: AnnotationSyntax, owner: string, reporter: Reporter): void {
  const name = annotation.name.text
  const text = textOf(annotation.value)
  if (text === undefined || text.trim() === '') {
    reporter.report('invalid-annotation', annotation, `@${name} needs a text.`, `Write @${name}("…").`)
    return
  }
  if (name !== 'rename_from') return
  const pattern = owner === 'type' ? /^[A-Z][A-Za-z0-9_]*$/ : /^[a-z_][A-Za-z0-9_]*$/
  if (!pattern.test(text)) {
    reporter.report(
      'invalid-annotation',
      annotation,
      `\`${text}\` cannot have been a name here.`,
      'Write the old name, like @rename_from("old").',
    )
  }
}

/** `@embed("source", model="…")` on a vector whose source is a String beside it. */
export function checkEmbed(
  property: BoundProperty,
  siblings: ReadonlyMap<string, BoundProperty>,
  reporter: Reporter,
): void {
  const annotation = property.annotations.find((a) => a.name.text === 'embed')
  if (!annotation) return
  if (property.type && property.type.kind !== 'vector') {
    reporter.report(
      'invalid-embed',
      annotation,
      `@embed needs a Vector property; this is ${showType(property.type)}.`,
    )
  }
  for (const argument of annotation.arguments) {
    if (argument.name.text === 'model' && textOf(argument.value)?.trim()) continue
    reporter.report(
      'invalid-embed',
      argument.name,
      `@embed takes only model="…" beside its source.`,
      'Write @embed("source", model="…").',
    )
  }
  const source = textOf(annotation.value)
  if (source === undefined) {
    reporter.report('invalid-embed', annotation, '@embed does not name its source property.')
    return
  }
  const target = siblings.get(source)
  if (!target) {
    const texts = () =>
      [...siblings].filter(([, p]) => p.type?.kind === 'scalar' && p.type.name === 'String').map(([n]) => n)
    reporter.report(
      'unknown-property',
      annotation.value ?? annotation,
      `There is no property \`${source}\` here.`,
      () => suggest(source, texts()),
    )
  } else if (target.type && !(target.type.kind === 'scalar' && target.type.name === 'String')) {
    reporter.report(
      'invalid-embed',
      annotation.value ?? annotation,
      `The source \`${source}\` is ${showType(target.type)}, not String.`,
    )
  }
}

function toModel(annotation: AnnotationSyntax): AnnotationModel {
  const named = annotation.arguments.map((a) => [a.name.text, literalValue(a.value)] as const)
  return {
    name: annotation.name.text,
    ...(annotation.value && { value: literalValue(annotation.value) }),
    arguments: Object.fromEntries(named),
  }
}

function textOf(literal: Literal | undefined): string | undefined {
  return literal?.kind === 'string' ? literal.value : undefined
}

export function literalValue(literal: Literal): LiteralValue {
  if (literal.kind === 'null') return null
  if (literal.kind === 'list') return literal.items.map(literalValue)
  return literal.value
}
