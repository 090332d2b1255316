/** Pictures of a run's images within its report: the most confident mistakes, and what training saw. */
import type { ImageDataset } from '../../data/dataset.js';
import { DataError } from '../../device/errors.js';
import type { ImageAnswers } from '../../inference/image_answers.js';
import { forHtml } from '../../text/html.js';
import { named } from '../../text/width.js';
import { thumbnails, type Thumbnail } from './thumbnail.js';

/** Pictures of a sheet at most. */
export const SHEET = 24;
/** Pictures of so few pixels a side are shown with their pixels as squares. */
const PIXELS = 40;

/** @param captions HTML for each picture. @param words of what it is, for each picture, for those who do not see it. */
export function pictureSheet(
  pictures: readonly Thumbnail[],
  captions: readonly string[],
  words: readonly string[],
): string {
  const isSmall = (pictures[0]?.width ?? 0) <= PIXELS;
  const items = pictures.map(
    ({ address, width, height }, i) =>
      `<li><figure><img src="${address}" width="${width}" height="${height}" alt="${forHtml(words[i])}">` +
      `<figcaption>${captions[i]}</figcaption></figure></li>`,
  );
  return `<ul class="sheet${isSmall ? ' pixels' : ''}">\n${items.join('\n')}\n</ul>`;
}

const percent = (p: number): string => `${(100 * p).toFixed(1)}\u00a0%`; // not to be parted

/** Entries of the answers that are wrong, the largest loss first. */
export function worstMistakes({ labels, predictions, losses }: ImageAnswers, most = SHEET): number[] {
  return Array.from(labels.keys())
    .filter((i) => labels[i] !== predictions[i])
    .sort((a, b) => losses[b] - losses[a] || a - b)
    .slice(0, most);
}

/**
 * The images whose loss is largest: what the network was surest of, and wrong.
 * @param data that the answers are about, with its labels among the model's classes.
 */
export async function mistakesSection(
  answers: ImageAnswers,
  data: ImageDataset,
  classes: readonly string[],
): Promise<string> {
  const worst = worstMistakes(answers);
  if (worst.length === 0) return `<p>None: all ${answers.labels.length} images were right.</p>`;
  const wrong = answers.labels.reduce((n, label, i) => n + (label === answers.predictions[i] ? 0 : 1), 0);
  const indices = worst.map((i) => answers.indices[i]);
  let pictures: Thumbnail[];
  try {
    pictures = await thumbnails(data, indices);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return `<p>The pictures cannot be shown: ${forHtml(error.message)}.</p>`;
  }
  if (pictures.length === 0) return `<p>Images of ${data.channels} channels have no pictures here.</p>`;
  const about = worst.map((i, k) => ({
    truth: named(classes[answers.labels[i]]),
    predicted: named(classes[answers.predictions[i]]),
    p: percent(answers.pPredicted[i]),
    pTrue: percent(answers.pTrue[i]),
    name: data.origins?.[indices[k]]?.file.replace(/^.*[\\/]/, '') ?? `image ${indices[k]}`,
  }));
  return (
    `<p>The ${worst.length} of ${wrong.toLocaleString('en-US')} mistakes with the largest loss, the most confident ` +
    `ones. Wrong labels are often among them.</p>` +
    pictureSheet(
      pictures,
      about.map(
        (a) =>
          `<strong>${forHtml(a.truth)}</strong> (${a.pTrue})<br><span class="wrong-answer">taken for ` +
          `${forHtml(a.predicted)} (${a.p})</span><br>${forHtml(named(a.name))}`,
      ),
      about.map((a) => `${a.truth}, taken for ${a.predicted} with ${a.p}: ${a.name}`),
    )
  );
}

/** Images as training is given them. */
export interface SeenByTraining {
  readonly data: ImageDataset;
  /** What happens to them; null: nothing. */
  readonly augment: string | null;
}

export async function trainingSection({ data, augment }: SeenByTraining): Promise<string> {
  let pictures: Thumbnail[];
  try {
    pictures = await thumbnails(
      data,
      Array.from({ length: Math.min(SHEET, data.count) }, (_, i) => i),
    );
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return `<p>The pictures cannot be shown: ${forHtml(error.message)}.</p>`;
  }
  if (pictures.length === 0) return '';
  const names = pictures.map((_, i) => named(data.classes[data.labels[i]]));
  const words = names.map((name) => `a training image of ${name}`); // no repetition of what stands below it
  const about =
    augment === null
      ? 'Training images as the network is given them; nothing is done to them.'
      : `Training images as the network is given them, each changed anew in every epoch: ${augment}.`;
  return `<p>${forHtml(about)}</p>${pictureSheet(pictures, names.map(forHtml), words)}`;
}
