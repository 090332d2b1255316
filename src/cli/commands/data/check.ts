/** `weft data check`: what a data set holds, and what is wrong or odd with it. */
import { checkPictures, type PictureCheck } from '../../../data/pictures/check_pictures.js';
import { countParts, type PartCounts } from '../../../data/count_parts.js';
import { censusLine, fileCensus, type FileCensus } from '../../../data/pictures/census.js';
import type { ImageDataset, PictureReport } from '../../../data/dataset.js';
import type { NearDuplicates } from '../../../data/pictures/duplicates.js';
import { visible } from '../../../text/visible.js';
import { named } from '../../../text/width.js';
import type { Parsed } from '../../declare/declared.js';
import { countsDocument, sayCounts } from '../../data_counts.js';
import { CHECK_OPTIONS } from '../../options/data/data_options.js';
import { imageConfig, loadFor, notesOf, sayReading } from '../../options/images.js';
import { resolveOptions } from '../../options/options.js';
import { print, printJson } from '../../output.js';

/** From so few training images little is learned, and a few test images say little. */
const FEW = 10;

/** Classes with few training images, or none to test on. */
function oddClasses({ classes }: ImageDataset, parts: readonly PartCounts[]): string[] {
  return parts.flatMap(({ part, counts }) => {
    const odd = classes.flatMap((name, c) =>
      counts[c] === 0 || (part === 'train' && counts[c] < FEW) ? [`${named(name)} ${counts[c]}`] : [],
    );
    return odd.length === 0
      ? []
      : [
          `few or no ${part === 'train' ? 'training' : part} images of ` +
            `${odd.length === 1 ? 'a class' : `${odd.length} classes`}: ${odd.join(', ')}`,
        ];
  });
}

/** A line, and below it the first few names. */
function sayNamed(line: string, names: readonly string[], shown: number): void {
  if (names.length === 0) return;
  const listed = names.slice(0, shown).map(visible);
  const more = names.length - listed.length;
  const below = more > 0 && shown > 0 ? [...listed, `and ${more} more`] : listed;
  print([line, ...below.map((name) => `  ${name}`)].join('\n'));
}

/** Groups of pictures, the worst first. */
function copiesSaid(groups: readonly NearDuplicates[], sign: string): string[] {
  const marks = (d: NearDuplicates): string =>
    [d.isAcrossParts ? 'in two parts' : '', d.isConflict ? 'different labels' : '']
      .filter((m) => m !== '')
      .map((m) => ` (${m})`)
      .join('');
  const worstFirst = [...groups].sort(
    (a, b) => Number(b.isAcrossParts) + Number(b.isConflict) - Number(a.isAcrossParts) - Number(a.isConflict),
  );
  return worstFirst.map((d) => `${d.files.join(` ${sign} `)}${marks(d)}`);
}

/** @param census null: it has been said. */
function sayPictures(
  { unreadable, warned, damaged, tiny, enlarged, copies, keepsDuplicates, duplicates }: PictureCheck,
  leftOut: PictureReport['leftOut'],
  census: FileCensus | null,
  imageSize: number,
  shown: number,
): void {
  print(census === null ? '' : `\n${censusLine(census)}`);
  if (keepsDuplicates && copies > 0)
    print(`${copies} byte-identical ${copies === 1 ? 'copy is' : 'copies are'} among those used`);
  sayNamed(
    'left out:',
    leftOut.filter((f) => f.why !== 'hidden').map(({ file, why }) => `${file}: ${why}`),
    shown,
  );
  sayNamed(
    'cannot be read:',
    unreadable.map(({ file, reason }) => `${file} ${reason}`),
    shown,
  );
  sayNamed(
    `used though a part is lost: ${damaged.length}`,
    damaged.map(({ file, reason }) => `${file} ${reason}`),
    shown,
  );
  sayNamed(
    'used though not as a file should be:',
    warned.map(({ file, warning }) => `${file} ${warning}`),
    shown,
  );
  sayNamed('identical:', copiesSaid(duplicates, '='), shown);
  sayNamed(
    `tiny: ${tiny.length}`,
    tiny.map(({ file, width, height }) => `${file} ${width}x${height}`),
    shown,
  );
  if (enlarged > 0) print(`${enlarged} are smaller than ${imageSize} pixels and are enlarged (--image-size)`);
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(CHECK_OPTIONS, argv);
  const splits = await loadFor(String(argv['data']), { ...(await imageConfig(o)), seed: 0 });
  const { train } = splits;
  const notes = notesOf(splits);
  const parts = countParts(splits);
  sayCounts(train, parts);
  const odd = oddClasses(train, parts);
  if (odd.length > 0) print(`\n${odd.join('\n')}`);
  const pictures =
    splits.pictures === undefined
      ? null
      : await checkPictures(splits.pictures, train.width, (done, total) =>
          sayReading({ work: 'checking pictures', done, total }),
        );
  const census = fileCensus(splits);
  const leftOut = splits.pictures?.leftOut ?? [];
  if (pictures !== null && census !== null)
    sayPictures(
      pictures,
      leftOut,
      notes.some((note) => note.endsWith(censusLine(census))) ? null : census,
      train.width,
      Number(o['names']),
    );
  const near = splits.pictures?.near;
  if (near !== undefined)
    print(
      `${near.length} ${near.length === 1 ? 'group' : 'groups'} of pictures that look the same (within ` +
        `${Number(o['near'])} of 64 bits), ${near.filter((d) => d.isAcrossParts).length} of them in two parts`,
    );
  if (near !== undefined) sayNamed('look the same:', copiesSaid(near, '~'), Number(o['names']));
  if (argv['json'] === true)
    printJson({
      ...countsDocument(train, parts),
      notes,
      odd,
      pictures: pictures === null ? null : { ...pictures, census, leftOut },
      ...(near === undefined ? {} : { nearDuplicates: near }),
    });
}
