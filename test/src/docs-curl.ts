/**
 * The few options of curl that the documentation uses, so that its examples run where curl is
 * not installed: -s -N -i -f, -X, -H, -d (with @file), --data-binary, --get, --data-urlencode.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    'no-buffer': { type: 'boolean', short: 'N' },
    include: { type: 'boolean', short: 'i' },
    fail: { type: 'boolean', short: 'f' },
    get: { type: 'boolean', short: 'G' },
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true },
    data: { type: 'string', short: 'd' },
    'data-binary': { type: 'string' },
    'data-urlencode': { type: 'string', multiple: true },
  },
})

const headers = new Headers()
for (const header of values.header ?? []) {
  const at = header.indexOf(':')
  headers.set(header.slice(0, at), header.slice(at + 1).trim())
}
const given = values['data-binary'] ?? values.data
const body = given?.startsWith('@') ? readFileSync(given.slice(1)) : given
if (body !== undefined && !headers.has('content-type'))
  headers.set('content-type', 'application/x-www-form-urlencoded')
const url = new URL(positionals[0] ?? '')
for (const pair of values['data-urlencode'] ?? []) {
  const at = pair.indexOf('=')
  url.searchParams.append(pair.slice(0, at), pair.slice(at + 1))
}
const response = await fetch(url, {
  method: values.request ?? (body === undefined ? 'GET' : 'POST'),
  headers,
  ...(body !== undefined && { body }),
})
if (values.include) {
  process.stdout.write(`HTTP/1.1 ${response.status} ${response.statusText}\n`)
  for (const [name, value] of response.headers) process.stdout.write(`${name}: ${value}\n`)
  process.stdout.write('\n')
}
process.stdout.write(Buffer.from(await response.arrayBuffer()))
if (values.fail && !response.ok) process.exitCode = 22
