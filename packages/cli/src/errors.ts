import { type ErrorKind, type ErrorOptions, GroundplaneError } from '@groundplane/core'

/** A command that cannot be carried out as it was given. */
export class CommandError extends GroundplaneError {
  constructor(code: string, message: string, options: ErrorOptions & { kind?: ErrorKind } = {}) {
    super(options.kind ?? 'invalid', code, message, options)
  }
}
