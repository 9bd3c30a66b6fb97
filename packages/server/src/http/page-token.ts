import { ServerError } from '../server-error.js'

/** Page tokens are opaque to callers: what is in them may change between versions. */
export function toPageToken(position: string): string {
  return Buffer.from(`1:${position}`).toString('base64url')
}

export function fromPageToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (text.startsWith('1:') && text.length > 2) return text.slice(2)
  throw notOurs()
}

/** Of a token that counts; another list's token is refused. */
export function fromCountToken(token: string): number {
  const position = fromPageToken(token)
  if (/^\d{1,15}$/.test(position)) return Number(position)
  throw notOurs()
}

/** The refusal of a token whose position is none of the list it is used for. */
export function notOurs(): ServerError {
  return new ServerError('invalid', 'page_token_invalid', 'The page token is not one this server gave.', {
    remedy: 'Start again from the first page, without page_token.',
  })
}
