import type { ConfigField } from './config-field.js'

const REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/

/** `${NAME}`, the only form a secret may take in configuration. The offending text is never repeated in the report. */
export function environmentReference(field: ConfigField, code: string): string | undefined {
  const value = field.string()
  if (value === undefined || REFERENCE.test(value)) return value
  return field.report(
    code,
    `${field.path} holds a secret, or something that is not a reference to one`,
    'Put the secret in an environment variable and write ${NAME_OF_VARIABLE} here; if a real secret stood in this file, revoke it.',
  )
}

/** Whether the text is `${NAME}`. */
export function isEnvironmentReference(text: string): boolean {
  return REFERENCE.test(text)
}

/** How the remedy of an address reads: what one looks like, and where a secret goes instead. */
interface AddressHelp {
  readonly example: string
  readonly secret: string
}
const ENDPOINT: AddressHelp = { example: 'https://host/v1', secret: 'keys go into api_key' }

/** An http(s) address without user, password, query or fragment. */
export function credentialFreeUrl(
  field: ConfigField,
  code: string,
  help: AddressHelp = ENDPOINT,
): string | undefined {
  const value = field.string()
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  const web = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url && web && !url.username && !url.password && !url.search && !url.hash) return value
  const message =
    url && web
      ? `${field.path} carries credentials, a query or a fragment`
      : `${field.path} is not an http or https address`
  return field.report(
    code,
    message,
    `Write a plain address such as ${help.example}; ${help.secret} as \${NAME}.`,
  )
}
