// Indented JSON that keeps numbers of any length, repeated names and the order of names as received.

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Returns the text with each value on its own line; null if it is not JSON. */
export function indent(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }

  const out = [];
  let depth = 0;
  const tokens = text.match(token) ?? [];
  const line = () => out.push(`\n${'  '.repeat(depth)}`);
  tokens.forEach((each, i) => {
    if (each === '{' || each === '[') {
      out.push(each);
      if (tokens[i + 1] !== '}' && tokens[i + 1] !== ']') {
        depth++;
        line();
      }
    } else if (each === '}' || each === ']') {
      if (tokens[i - 1] !== '{' && tokens[i - 1] !== '[') {
        depth--;
        line();
      }

      out.push(each);
    } else if (each === ',') {
      out.push(each);
      line();
    } else {
      out.push(each === ':' ? ': ' : each);
    }
  });
  return out.join('');
}
