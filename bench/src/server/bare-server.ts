/** A bare Fastify route that answers the bytes it is given; the peer of the served point query. */
import fastify from 'fastify'

const body = process.env.BODY ?? ''
const app = fastify()
app.post('/answer', async (_request, reply) => reply.type('application/json; charset=utf-8').send(body))
process.stdout.write(`listening on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
