/** `5,632` */
export function thousands(n: number): string {
  return n.toLocaleString('en-US')
}

/** `a, b and c` */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** `1 incident`, `3 incidents`. */
export function counted(n: number, one: string): string {
  return `${thousands(n)} ${n === 1 ? one : `${one}s`}`
}
