// Writes media-types.tsv from mime-db, the table that npm's packages share; it is compiled from the lists of IANA, Apache and nginx.
// Run in this folder: npm pack mime-db && tar xzf mime-db-*.tgz && node generate-media-types.mjs && rm -r package mime-db-*.tgz
import { readFileSync, writeFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync('package/package.json', 'utf8'))
const license = readFileSync('package/LICENSE', 'utf8').trimEnd()
const types = JSON.parse(readFileSync('package/db.json', 'utf8'))

// If several types have the same extension, the first line decides. Registered types precede private ones, media precede applications, and short
// names precede long ones.
const sources = { iana: 0, apache: 1, nginx: 2 }
const rank = ([type, { source }]) => [
  /\/(vnd|prs|x)[.-]/.test(type) ? 1 : 0,
  sources[source] ?? 3,
  type.startsWith('application/') ? 1 : 0,
  type.length,
]
const compare = (a, b) => {
  const [left, right] = [rank(a), rank(b)]
  const i = left.findIndex((value, index) => value !== right[index])
  return i < 0 ? (a[0] < b[0] ? -1 : 1) : left[i] - right[i]
}
const lines = Object.entries(types)
  .filter(([type, { extensions }]) => extensions?.length && type !== 'application/octet-stream')
  .sort(compare)
  .map(([type, { extensions }]) => `${type}\t${extensions.join(' ')}`)
const notice = `mime-db ${version}: media type, extensions. Written by generate-media-types.mjs.\n\n${license}`
  .split('\n').map(line => `# ${line}`.trimEnd())
writeFileSync('media-types.tsv', [...notice, ...lines, ''].join('\n'))
