/** The least that a receiver does which answers when an event is on disk: a bare Fastify route and one durable insert for each. */
import Database from 'better-sqlite3'
import fastify from 'fastify'

const db = new Database(process.env['FILE'] as string)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec('CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
const insert = db.prepare('INSERT INTO event (body) VALUES (?)')
const app = fastify()
app.post('/api/v1/lineage', async (request) => {
  insert.run(JSON.stringify(request.body))
  return { status: 'success' }
})
process.stdout.write(`listening on ${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
