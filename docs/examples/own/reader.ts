// weft train --data ./reader.ts:FOLDER --model lenet5, where FOLDER has train.txt and test.txt: a digit and its pixels
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { data } from 'weftgrad';

const SIDE = 12;

/** A line of text is an image: its class, a space, and SIDE * SIDE characters from '.' (black) to '#' (white). */
function part(file: string): data.ReadImages {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const images = new Uint8Array(lines.length * SIDE * SIDE);
  lines.forEach((line, n) => {
    [...line.slice(2)].forEach((mark, i) => (images[n * SIDE * SIDE + i] = mark === '#' ? 255 : 0));
  });
  return { images, labels: lines.map((line) => Number(line[0])) };
}

export const marks = data.defineReader({
  name: 'marks',
  read: ({ argument: folder }) => ({
    train: part(join(folder, 'train.txt')),
    test: part(join(folder, 'test.txt')),
    classes: ['row', 'column'],
    channels: 1,
    height: SIDE,
    width: SIDE,
  }),
});
