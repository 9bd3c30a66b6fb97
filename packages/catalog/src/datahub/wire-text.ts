/** A union's member by the name Avro has for it, which clients expect by the other one. */
const AVRO_NAME = /"com\.linkedin\.pegasus2avro\.([\w.]+)"(\s*:)/g

/** The recorded text of an aspect as DataHub's own programs write it: the members of unions by their names in RestLi. */
export function wireText(text: string): string {
  // A quote inside a JSON text is escaped, so what matches is the name of a member.
  return text.includes('pegasus2avro') ? text.replace(AVRO_NAME, '"com.linkedin.$1"$2') : text
}
