import {
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'

/**
 * Reads a field of what stands for an object: the member of that name, called with the arguments when
 * it is a function. Aspects are read as they were sent, so a value that is not of the field's type is
 * no error of the question: it is null, as what is not there.
 */
export const readField: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, info) => {
  const members = source as Readonly<Record<string, unknown>>
  const { fieldName, returnType } = info
  if (!Object.hasOwn(members, fieldName)) return null
  const member = members[fieldName]
  const value = typeof member === 'function' ? (member as (given: object) => unknown)(args) : member
  return value instanceof Promise ? value : fitted(value, returnType)
}

/** Every object that stands where several types may says which it is. */
export const typeOf: GraphQLTypeResolver<unknown, unknown> = (value) =>
  (value as { readonly __typename?: string }).__typename

function fitted(value: unknown, type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return fitted(value, type.ofType)
  if (isListType(type))
    return Array.isArray(value) ? value.map((item) => fitted(item, type.ofType as GraphQLOutputType)) : null
  if (isLeafType(type)) return scalar(value, type.name)
  return isObject(value) ? value : null
}

function scalar(value: unknown, type: string): unknown {
  switch (type) {
    case 'Int':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : null
    case 'Long':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
    case 'Float':
      return typeof value === 'number' && Number.isFinite(value) ? value : null
    case 'Boolean':
      return typeof value === 'boolean' ? value : null
    default:
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : null
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
