/**
 * What is known of a class besides its images, as numbers: what aligned auto-encoders are told. From a table of
 * attributes, or from the class's name.
 */
import { DataError } from '../device/errors.js';
import { normalName } from '../data/names.js';
import type { FeatureSet } from '../data/feature_set.js';
import { parseCsv } from '../data/tables/csv_fields.js';
import { namedAll } from '../text/width.js';

/** Characters of the pieces of a name. */
const PIECES = [1, 2, 3];
/** Begins and ends a name, so that its first and last pieces are their own. */
const EDGE = '\u0000';

/** The pieces of a name of one to three characters, each as often as it is there. */
function piecesOf(name: string): Map<string, number> {
  const text = [EDGE, ...normalName(name), EDGE];
  const counts = new Map<string, number>();
  for (const length of PIECES)
    for (let at = 0; at + length <= text.length; at++) {
      const piece = text.slice(at, at + length).join('');
      if (piece !== EDGE) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
  return counts;
}

/**
 * Counts of the character n-grams (n = 1, 2, 3) of each name, divided by the vector's length. They say how names are
 * spelled and nothing of what they mean: Shirt is near T-shirt, and as far from Pullover as from Bag.
 */
export function nameVectors(classes: readonly string[]): FeatureSet {
  const pieces = classes.map(piecesOf);
  const known = [...new Set(pieces.flatMap((p) => [...p.keys()]))].sort();
  const rows = pieces.map((own) => {
    const counts = known.map((piece) => own.get(piece) ?? 0);
    const length = Math.hypot(...counts);
    return counts.map((n) => (length === 0 ? 0 : n / length));
  });
  return asSet('names of the classes', classes, rows);
}

/**
 * A CSV with a line for each class: its name in the column `class`, numbers in all others.
 * @param file for messages. @throws DataError for a class without a line, or what is no number.
 */
export function attributeVectors(text: string, file: string, classes: readonly string[]): FeatureSet {
  const [header = [], ...rows] = parseCsv(text, file).map(({ fields }) => fields);
  const at = header.findIndex((name) => name.trim().toLowerCase() === 'class');
  if (at < 0 || header.length < 2)
    throw new DataError(`${file}: has no column class and numbers beside it`, {
      fix: 'write a first line such as class,sleeves,legs and a line for each class',
    });
  const lines = new Map(rows.map((fields) => [normalName((fields[at] ?? '').trim()), fields]));
  const vectors = classes.map((name) => {
    const fields = lines.get(normalName(name));
    if (fields === undefined)
      throw new DataError(`${file}: has no line for the class ${name}`, {
        fix: `add one; the classes are ${namedAll(classes)}`,
      });
    return header.flatMap((column, i) => {
      if (i === at) return [];
      const value = Number(fields[i]);
      if ((fields[i] ?? '').trim() === '' || !Number.isFinite(value))
        throw new DataError(`${file}: ${column} of ${name} is ${JSON.stringify(fields[i] ?? '')}, not a number`, {
          fix: 'give a number, e.g. 0 or 1',
        });
      return [value];
    });
  });
  return asSet(file, classes, vectors);
}

function asSet(name: string, classes: readonly string[], rows: readonly (readonly number[])[]): FeatureSet {
  return {
    name,
    features: Float32Array.from(rows.flat()),
    labels: Uint32Array.from(classes, (_, c) => c),
    count: classes.length,
    width: rows[0].length,
    classes,
  };
}
