import type { Socket } from 'node:net'
import type { UlidSource } from '@groundplane/core'

/**
 * Answers bytes that are not a request, or not a whole one in time. There is no
 * request object for these, so the one error body is written by hand.
 */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket, ids: UlidSource): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, code, message, remedy] = explain(error.code)
  if (socket.writable) {
    const requestId = ids.next()
    const body = JSON.stringify({
      error: { code, message, remedy, requestId },
      code: 'bad_request',
    })
    socket.write(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy()
}

function explain(code: string | undefined): [status: string, code: string, message: string, remedy: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        '408 Request Timeout',
        'request_timeout',
        'The request did not arrive whole in time.',
        'Send it again, without pauses.',
      ]
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        'headers_too_large',
        'The request headers are larger than allowed.',
        'Send fewer or shorter headers.',
      ]
    default:
      return [
        '400 Bad Request',
        'request_malformed',
        'This is not an HTTP request.',
        'Speak HTTP/1.1 to this port.',
      ]
  }
}
