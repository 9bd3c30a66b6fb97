import { connect, type Socket } from 'node:net'

/** One keep-alive connection that sends the same request again and again, one at a time. Costs the client little: it shares its machine with the server. */
export class Connection {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #onAnswer: (connection: Connection, ok: boolean) => void
  #received: Buffer | null = null
  #waiting = false
  /** Bytes of an answer, which are the same for the same question; 0 when none has come. */
  #answerBytes = 0

  private constructor(
    socket: Socket,
    request: Buffer,
    onAnswer: (connection: Connection, ok: boolean) => void,
  ) {
    this.#socket = socket
    this.#request = request
    this.#onAnswer = onAnswer
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.#end(false))
    socket.on('error', () => this.#end(false))
  }

  /** `onAnswer` is told of each answer: whether its status was 200. A connection that ends under a request tells false. */
  static open(
    port: number,
    request: Buffer,
    onAnswer: (connection: Connection, ok: boolean) => void,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket, request, onAnswer)))
      socket.once('error', reject)
    })
  }

  get closed(): boolean {
    return this.#socket.destroyed
  }

  send(): void {
    this.#waiting = true
    if (this.#socket.destroyed) this.#end(false)
    else this.#socket.write(this.#request)
  }

  close(): void {
    this.#waiting = false
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    if (this.#received === null && chunk.length === this.#answerBytes && isOk(chunk)) {
      this.#end(true)
      return
    }
    this.#received = this.#received === null ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < length) return
    const ok = isOk(this.#received)
    this.#answerBytes = length
    this.#received = null
    this.#end(ok)
  }

  #end(ok: boolean): void {
    if (!this.#waiting) return
    this.#waiting = false
    this.#onAnswer(this, ok)
  }
}

/** `HTTP/1.1 200` */
function isOk(answer: Buffer): boolean {
  return answer[9] === 0x32 && answer[10] === 0x30 && answer[11] === 0x30
}
