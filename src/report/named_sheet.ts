/** Contact sheets with names: of each row before it, of each picture below it. */
import { GAP, tileForm, tileSheet } from '../data/pictures/contact_sheet.js';
import type { ImageDataset } from '../data/dataset.js';
import { forHtml } from '../text/html.js';
import { shortened } from '../text/width.js';
import { chartNames } from './chart_text.js';
import { CHART_FONT } from './glyphs.js';
import { renderPicture } from './render.js';

/** Pixels of letters, and about what a column of them takes in width. */
const LETTERS = 11;
const COLUMN = 6.6;
/** Of the line below a picture. */
const CAPTION = 15;
/** Narrower pictures have no room for a name below them. */
const NARROWEST = 64;

/** Images in rows, and what is said of them. */
export interface NamedRows {
  /** Indices. */
  readonly rows: readonly (readonly number[])[];
  /** Of each row; absent: rows have no names. */
  readonly names?: readonly string[];
  /** What stands below an image, by its index; null: nothing. Absent: below none. */
  readonly captionOf?: (index: number) => string | null;
}

function text(x: number, y: number, words: string, isAtEnd: boolean): string {
  const anchor = isAtEnd ? ' text-anchor="end"' : '';
  return `<text x="${x}" y="${y}" font-family="${CHART_FONT}" font-size="${LETTERS}"${anchor}>${forHtml(words)}</text>`;
}

/** The bytes of a PNG: pictures as `tileSheet` draws them, pixel for pixel, with their names. */
export async function namedSheet(
  data: Pick<ImageDataset, 'channels' | 'height' | 'width' | 'images'>,
  { rows, names, captionOf }: NamedRows,
): Promise<Uint8Array> {
  const { tileHeight, tileWidth } = tileForm(data);
  const labels = names === undefined ? [] : (await chartNames(names, 'rows of the sheet')).labels;
  const margin = Math.ceil(COLUMN * Math.max(0, ...labels.map((label) => [...label].length))) + (names ? 12 : 0);
  const captions = rows.map((row) => row.map((i) => (tileWidth < NARROWEST ? null : (captionOf?.(i) ?? null))));
  const below = captions.flat().some((caption) => caption !== null) ? CAPTION : 0;
  const [rowHeight, step] = [tileHeight + 2 * GAP, tileWidth + GAP];
  const width = margin + Math.max(0, ...rows.map((row) => row.length)) * step + GAP;
  const parts = rows.flatMap((row, r) => {
    const top = r * (rowHeight + below);
    const png = Buffer.from(tileSheet(data, [row], row.length)).toString('base64');
    const image =
      row.length === 0
        ? []
        : [
            `<image x="${margin}" y="${top}" width="${row.length * step + GAP}" height="${rowHeight}" ` +
              `image-rendering="optimizeSpeed" href="data:image/png;base64,${png}"/>`,
          ];
    return [
      ...image,
      ...(r < labels.length ? [text(margin - 6, top + rowHeight / 2 + LETTERS / 3, labels[r], true)] : []),
      ...captions[r].flatMap((caption, k) =>
        caption === null
          ? []
          : [
              text(
                margin + GAP + k * step,
                top + rowHeight + LETTERS,
                shortened(caption, Math.floor(tileWidth / COLUMN) - 1),
                false,
              ),
            ],
      ),
    ];
  });
  const height = rows.length * (rowHeight + below);
  return renderPicture(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join('')}</svg>`,
    1,
  );
}
