import { connect, type Socket } from 'node:net'

/** A connection as a hostile client holds one: bytes out, bytes in, no help from an HTTP library. */
export class RawConnection {
  readonly #socket: Socket
  #received = ''
  /** All that was received, once the server (or a reset) has ended the connection. */
  readonly closed: Promise<string>

  private constructor(socket: Socket) {
    this.#socket = socket
    // latin1 keeps every byte apart.
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.#received)))
  }

  static open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      socket.once('error', reject)
      socket.once('connect', () => resolve(new RawConnection(socket)))
    })
  }

  get received(): string {
    return this.#received
  }

  send(bytes: string | Uint8Array): this {
    if (this.#socket.writable) this.#socket.write(bytes)
    return this
  }

  /** Sends one byte after the other, until all are sent or nobody takes them. */
  async trickle(bytes: string, everyMs: number): Promise<void> {
    for (const byte of bytes) {
      if (!this.#socket.writable) return
      this.#socket.write(byte)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }

  /** Resolves with the first bytes of an answer. */
  answered(): Promise<string> {
    if (this.#received !== '') return Promise.resolve(this.#received)
    return new Promise((resolve) => {
      this.#socket.once('data', () => resolve(this.#received))
      this.#socket.once('close', () => resolve(this.#received))
    })
  }

  /** Gone without a goodbye. */
  abort(): void {
    this.#socket.resetAndDestroy()
  }
}

/** Sends, and gives what came until the server closed. */
export async function exchange(url: string, bytes: string | Uint8Array): Promise<string> {
  return (await RawConnection.open(url)).send(bytes).closed
}

/** The statuses of the answers on one connection, in order. */
export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status))
}
