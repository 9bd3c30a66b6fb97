/** `"` doubled and put around: the only safe way for a name to enter SQL text. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
