/** Why a text cannot be the address of a server, or undefined. The address never holds a secret. */
export function serverUrlProblem(text: string): { message: string; remedy: string } | undefined {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return { message: `is no address: ${JSON.stringify(text)}`, remedy: 'Write it as https://host[:port].' }
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { message: `has the scheme "${url.protocol.slice(0, -1)}"`, remedy: 'Use https:// or http://.' }
  if (url.username !== '' || url.password !== '')
    return {
      message: 'holds a user or a password',
      remedy: 'Leave it out; `groundplane login` keeps the token.',
    }
  if (url.search !== '' || url.hash !== '')
    return { message: 'has a query or a fragment', remedy: 'Write the address without ? and #.' }
  return undefined
}
