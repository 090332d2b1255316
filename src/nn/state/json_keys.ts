/**
 * The first key that occurs twice in one object of a JSON text, or null. JSON.parse keeps the last of two silently, so
 * two readers of the same file could see different contents; a strict reader must refuse. `json` must already have
 * passed JSON.parse: this walk only looks for strings and brackets. Keys are compared decoded ("a" equals "\u0061").
 */
export function duplicateKey(json: string): string | null {
  const objects: (Set<string> | null)[] = []; // one per open bracket; null for an array
  let keyNext = false; // the next string is a key: after `{`, and after `,` in an object
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{') {
      objects.push(new Set());
      keyNext = true;
    } else if (c === '[') {
      objects.push(null);
      keyNext = false;
    } else if (c === '}' || c === ']') {
      objects.pop();
      keyNext = false;
    } else if (c === ',') {
      keyNext = objects.at(-1) !== null;
    } else if (c === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
      if (!keyNext) continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      const seen = objects.at(-1)!;
      if (seen.has(key)) return key;
      seen.add(key);
      keyNext = false;
    }
  }
  return null;
}
