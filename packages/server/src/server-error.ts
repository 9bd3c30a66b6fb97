import { GroundplaneError } from '@groundplane/core'

/** What the server itself refuses or cannot do; failures of the planes pass through as they are. */
export class ServerError extends GroundplaneError {}

/** The address exists, for other methods. Its own class because no kind of failure maps to 405. */
export class MethodNotAllowed extends ServerError {
  constructor(method: string) {
    super('invalid', 'method_not_allowed', `This address does not take ${method}.`, {
      remedy: 'The Allow header names the methods it takes.',
    })
  }
}

/** The body stopped arriving. Its own class because no kind of failure maps to 408. */
export class BodyTooSlow extends ServerError {
  constructor(message: string) {
    super('invalid', 'body_too_slow', message, {
      remedy: 'Send it again without pauses; write it to a file first when its source is slow.',
    })
  }
}

/** No byte of the range is there. Its own class because no kind of failure maps to 416. */
export class RangeUnsatisfiable extends ServerError {
  constructor(readonly asked: { readonly start: number; readonly end: number; readonly length: number }) {
    super(
      'invalid',
      'range_unsatisfiable',
      `The content has ${asked.length} bytes; the range begins after them.`,
      {
        remedy: 'Ask for a range that begins before the end, or for the whole.',
      },
    )
  }
}
